package scene

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCompact(t *testing.T) {
	p := Part{
		Points:  []float32{0, 0, 0, 9, 9, 9, 1, 0, 0, 1, 1, 0, 8, 8, 8},
		UVs:     []float32{0, 0, 9, 9, 1, 0, 1, 1, 8, 8},
		Indices: []uint32{3, 0, 2},
	}
	p.Compact()
	if !slices.Equal(p.Points, []float32{0, 0, 0, 1, 0, 0, 1, 1, 0}) || !slices.Equal(p.UVs, []float32{0, 0, 1, 0, 1, 1}) ||
		!slices.Equal(p.Indices, []uint32{2, 0, 1}) || p.Normals != nil {
		t.Errorf("%+v", p)
	}
}

func TestFinish(t *testing.T) {
	nan := float32(math.NaN())
	good := func() Part {
		return Part{Points: []float32{0, 0, 0, 1, 0, 0, 1, 1, 0}, Indices: []uint32{0, 1, 2}, Transform: Identity}
	}
	for _, c := range []struct {
		name   string
		change func(*Part)
		limits Limits
		want   string
	}{
		{"good", func(*Part) {}, Limits{}, ""},
		{"empty", func(p *Part) { p.Indices = nil }, Limits{}, "x holds no triangles"},
		{"nan", func(p *Part) { p.Points[4] = nan }, Limits{}, "not a finite number"},
		{"infinite place", func(p *Part) { p.Transform[12] = math.Inf(1) }, Limits{}, "not a finite number"},
		{"range", func(p *Part) { p.Indices[1] = 3 }, Limits{}, "vertex 3 of 3"},
		{"vertices", func(*Part) {}, Limits{Vertices: 2}, "too large"},
		{"triangles", func(p *Part) { p.Indices = append(p.Indices, 0, 1, 2) }, Limits{Triangles: 1}, "too large"},
		{"bad normals", func(p *Part) { p.Normals = []float32{nan, 0, 0, 0, 0, 1, 0, 0, 1} }, Limits{}, ""},
	} {
		p := good()
		c.change(&p)
		s := Scene{Parts: []Part{p}}
		err := s.Finish("x", c.limits)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if c.name == "bad normals" && (s.Parts[0].Normals != nil || len(s.Warnings) != 1) {
			t.Errorf("bad normals are kept: %v", s)
		}
	}
}

func TestReadPrimary(t *testing.T) {
	data := bytes.Repeat([]byte("abc"), 1000)
	for _, size := range []int64{0, 10, 3000, 5000} { // the size is a hint: it may be wrong
		got, err := Source{Name: "x", Size: size, Reader: bytes.NewReader(data)}.ReadPrimary()
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("size %d: %d bytes, %v", size, len(got), err)
		}
	}
	for _, size := range []int64{0, 3000} {
		_, err := Source{Name: "x", Size: size, Reader: bytes.NewReader(data), Limits: Limits{PrimaryBytes: 2999}}.ReadPrimary()
		if _, ok := errors.AsType[*InputError](err); !ok {
			t.Errorf("size %d beyond the limit: %v", size, err)
		}
	}
}

func TestWarningsAreBounded(t *testing.T) {
	s := new(Scene)
	for i := range 1000 {
		s.Warn("warning %d", i)
		s.Warn("warning %d", i)
	}
	if len(s.Warnings) != maxWarnings+1 || !strings.HasPrefix(s.Warnings[maxWarnings], "and more") {
		t.Errorf("%d warnings, the last %q", len(s.Warnings), s.Warnings[len(s.Warnings)-1])
	}
}
