package stl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/engine/scene"
)

// tetrahedron has four vertices, which STL writes twelve times.
var tetrahedron = [][9]float32{
	{0, 0, 0, 0, 1, 0, 1, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1},
}

func binarySTL(head string, facets [][9]float32) []byte {
	var b bytes.Buffer
	b.WriteString(head + strings.Repeat(" ", 80-len(head)))
	binary.Write(&b, binary.LittleEndian, uint32(len(facets)))
	for _, f := range facets {
		binary.Write(&b, binary.LittleEndian, [3]float32{})
		binary.Write(&b, binary.LittleEndian, f)
		b.WriteString("\x00\x00")
	}
	return b.Bytes()
}

const text1 = `solid one part
 facet normal 0 0 1
  outer loop
   vertex 0 0 0
   vertex 1 0 0
   vertex 1 1 0
  endloop
 endfacet
endsolid one part
`

func read(t *testing.T, data []byte) (*scene.Scene, error) {
	t.Helper()
	return Read(t.Context(), scene.Source{Name: "x.stl", Size: int64(len(data)), Reader: bytes.NewReader(data)})
}

func TestBinary(t *testing.T) {
	for _, head := range []string{"a header", "solid but binary", ""} {
		s, err := read(t, binarySTL(head, tetrahedron))
		if err != nil {
			t.Fatal(err)
		}
		p := s.Parts[0]
		if len(p.Points) != 12 || !slices.Equal(p.Indices, []uint32{0, 1, 2, 0, 2, 3, 0, 3, 1, 2, 1, 3}) || p.Normals != nil {
			t.Errorf("%q: %+v", head, p)
		}
		if s.Up != scene.Z || !s.UpAssumed || !s.UnitsAssumed {
			t.Errorf("frame: %+v", s)
		}
	}
}

func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		parts []string
		want  string // warning
	}{
		"one":       {text1, []string{"one part"}, ""},
		"two":       {text1 + strings.ReplaceAll(text1, "one", "two"), []string{"one part", "two part"}, ""},
		"uppercase": {strings.ToUpper(text1), []string{"ONE PART"}, ""},
		"crlf":      {strings.ReplaceAll(text1, "\n", "\r\n"), []string{"one part"}, ""},
		"cut":       {text1[:strings.Index(text1, "endsolid")], []string{"one part"}, "may be cut short"},
	} {
		s, err := read(t, []byte(c.in))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var parts []string
		for _, p := range s.Parts {
			parts = append(parts, p.Name)
			if !slices.Equal(p.Points, []float32{0, 0, 0, 1, 0, 0, 1, 1, 0}) {
				t.Errorf("%s: points %v", name, p.Points)
			}
		}
		if !slices.Equal(parts, c.parts) || !strings.Contains(strings.Join(s.Warnings, ";"), c.want) {
			t.Errorf("%s: parts %q, warnings %q", name, parts, s.Warnings)
		}
	}
}

func TestRefusals(t *testing.T) {
	nan := float32(math.NaN())
	good := binarySTL("x", tetrahedron)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":        {nil, "holds no triangles"},
		"cut":          {good[:len(good)-1], "cut short"},
		"nan":          {binarySTL("x", [][9]float32{{nan, 0, 0, 1, 0, 0, 1, 1, 0}}), "not a finite number"},
		"text nan":     {[]byte(strings.Replace(text1, "vertex 0", "vertex nan", 1)), "not a finite number"},
		"degenerate":   {binarySTL("x", [][9]float32{{0, 0, 0, 0, 0, 0, 1, 1, 0}}), "holds no triangles"},
		"short vertex": {[]byte(strings.Replace(text1, "vertex 0 0 0", "vertex 0 0", 1)), "line 4"},
		"solid only":   {[]byte("solid x\nendsolid x\n"), "holds no triangles"},
	} {
		_, err := read(t, c.data)
		e, ok := errors.AsType[*scene.InputError](err)
		if !ok || !strings.Contains(e.Reason, c.want) {
			t.Errorf("%s: %v, want an input error with %q", name, err, c.want)
		}
	}
	s, err := read(t, append(good, "tail"...))
	if err != nil || len(s.Warnings) != 1 {
		t.Errorf("bytes at the end: %v, %v", s, err)
	}
}

func TestWelderGrows(t *testing.T) {
	var w welder
	for round := range 2 {
		for i := range 100_000 {
			if got := w.vertex(float32(i), float32(-i), 0.5); got != uint32(i) {
				t.Fatalf("round %d: vertex %d is %d", round, i, got)
			}
		}
	}
	if zero := float32(math.Copysign(0, -1)); w.vertex(0, zero, 0.5) != 0 {
		t.Error("-0 and 0 are two vertices")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(binarySTL("solid", tetrahedron))
	f.Add([]byte(text1))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(t.Context(), scene.Source{
			Name: "x", Size: int64(len(data)), Reader: bytes.NewReader(data), Limits: scene.Limits{Triangles: 100_000},
		})
		if _, ok := errors.AsType[*scene.InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
		if err == nil && s.Triangles() > len(data) {
			t.Fatalf("%d triangles of %d bytes", s.Triangles(), len(data))
		}
	})
}
