package ply

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/engine/scene"
)

type files map[string]string

func (f files) ReadFile(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return []byte(data), nil
	}
	return nil, fs.ErrNotExist
}

func read(t *testing.T, data string, f files) (*scene.Scene, error) {
	t.Helper()
	src := scene.Source{Name: "x.ply", Size: int64(len(data)), Reader: strings.NewReader(data)}
	if f != nil {
		src.Companions = f
	}
	return Read(t.Context(), src)
}

func mustRead(t *testing.T, data string, f files) *scene.Scene {
	t.Helper()
	s, err := read(t, data, f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const square = `ply
format ascii 1.0
comment made by hand
element vertex 5
property float x
property float y
property float z
element face 1
property list uchar int vertex_indices
end_header
0 0 0
1 0 0
1 1 0
0 1 0
9 9 9
4 0 1 2 3
`

func TestASCII(t *testing.T) {
	for name, text := range map[string]string{
		"plain":   square,
		"crlf":    strings.ReplaceAll(square, "\n", "\r\n"),
		"one row": square[:strings.Index(square, "0 0 0\n")] + "0 0 0 1 0 0 1 1 0 0 1 0 9 9 9 4 0 1 2 3",
	} {
		s := mustRead(t, text, nil)
		p := s.Parts[0]
		if !slices.Equal(p.Points, []float32{0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}) || !slices.Equal(p.Indices, []uint32{0, 1, 2, 0, 2, 3}) {
			t.Errorf("%s: %v %v, want the stray vertex gone", name, p.Points, p.Indices)
		}
		if s.Up != scene.Z || !s.UpAssumed || !s.UnitsAssumed || p.Material != -1 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// binaryPLY has doubles, an unknown element with a list, colours and normals.
func binaryPLY(order binary.AppendByteOrder, format string) string {
	head := "ply\nformat " + format + ` 1.0
element camera 1
property list uchar short values
element vertex 3
property double x
property double y
property double z
property float nx
property float ny
property float nz
property uchar red
property uchar green
property uchar blue
property short extra
element face 1
property int flags
property list uchar uint vertex_index
end_header
`
	b := []byte(head)
	b = append(b, 2)
	b = order.AppendUint16(b, 7)
	b = order.AppendUint16(b, 8)
	for _, v := range [][3]float64{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}} {
		for _, x := range v {
			b = order.AppendUint64(b, math.Float64bits(x))
		}
		for _, x := range []float32{0, 0, 3} {
			b = order.AppendUint32(b, math.Float32bits(x))
		}
		b = append(b, 255, 128, 0)
		b = order.AppendUint16(b, 1)
	}
	b = order.AppendUint32(b, 5)
	b = append(b, 3)
	for i := range uint32(3) {
		b = order.AppendUint32(b, i)
	}
	return string(b)
}

func TestBinary(t *testing.T) {
	for _, data := range []string{binaryPLY(binary.LittleEndian, "binary_little_endian"), binaryPLY(binary.BigEndian, "binary_big_endian")} {
		p := mustRead(t, data, nil).Parts[0]
		if !slices.Equal(p.Points, []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}) || !slices.Equal(p.Normals[:3], []float32{0, 0, 1}) {
			t.Errorf("%+v", p)
		}
		if p.Colors[0] != 1 || math.Abs(float64(p.Colors[1])-0.2158605) > 1e-6 || p.Colors[2] != 0 {
			t.Errorf("colours %v, want linear", p.Colors[:3])
		}
	}
}

func TestTexture(t *testing.T) {
	text := strings.Replace(square, "made by hand", `TextureFile  my wood.png`, 1)
	text = strings.Replace(text, "property float z\n", "property float z\nproperty float s\nproperty float t\n", 1)
	text = strings.ReplaceAll(text, " 0\n", " 0 0.25 0.75\n")
	text = strings.ReplaceAll(text, "9 9 9\n", "9 9 9 9 9\n")
	s := mustRead(t, text, files{"my wood.png": "\x89PNG\r\n\x1a\n"})
	if len(s.Images) != 1 || s.Parts[0].Material != 0 || s.Materials[0].BaseColorTex == nil || !slices.Equal(s.Parts[0].UVs[:2], []float32{0.25, 0.75}) {
		t.Errorf("%+v", s)
	}
	s = mustRead(t, text, nil)
	if !slices.Equal(s.Warnings, []string{"texture my wood.png is missing"}) {
		t.Errorf("warnings %q", s.Warnings)
	}
}

// TestWedges: texture coordinates of faces split the vertices where they differ.
func TestWedges(t *testing.T) {
	text := strings.Replace(square, "element face 1\n", "element face 2\n", 1)
	text = strings.Replace(text, "vertex_indices\n", "vertex_indices\nproperty list uchar float texcoord\n", 1)
	text = strings.Replace(text, "4 0 1 2 3\n", "3 0 1 2 6 0 0 1 0 1 1\n3 0 2 3 6 0 0 0.5 0.5 0 1\n", 1)
	p := mustRead(t, text, nil).Parts[0]
	if !slices.Equal(p.Indices, []uint32{0, 1, 2, 0, 4, 3}) || !slices.Equal(p.UVs, []float32{0, 0, 1, 0, 1, 1, 0, 1, 0.5, 0.5}) {
		t.Errorf("indices %v, uvs %v", p.Indices, p.UVs)
	}
}

func TestStrips(t *testing.T) {
	text := strings.Replace(square, "element face 1", "element tristrips 1", 1)
	text = strings.Replace(text, "4 0 1 2 3\n", "8 0 1 2 3 -1 0 1 3\n", 1)
	p := mustRead(t, text, nil).Parts[0]
	if !slices.Equal(p.Indices, []uint32{0, 1, 2, 2, 1, 3, 0, 1, 3}) {
		t.Errorf("indices %v", p.Indices)
	}
}

func TestRefusals(t *testing.T) {
	cloud := strings.Replace(square[:strings.Index(square, "4 0 1 2 3")], "element face 1", "element face 0", 1)
	for name, c := range map[string]struct{ data, want string }{
		"empty":        {"", "no PLY file"},
		"header only":  {square[:60], "header does not end"},
		"cloud":        {cloud, "point cloud"},
		"cut":          {square[:len(square)-4], "cut short"},
		"word":         {strings.Replace(square, "9 9 9", "9 x 9", 1), "a word where a number should be"},
		"range":        {strings.Replace(square, "4 0 1 2 3", "4 0 1 2 5", 1), "vertex 5 of 5"},
		"negative":     {strings.Replace(square, "4 0 1 2 3", "4 0 1 2 -1", 1), "vertex -1 of 5"},
		"nan":          {strings.Replace(square, "1 1 0", "1 nan 0", 1), "not a finite number"},
		"huge count":   {strings.Replace(square, "vertex 5", "vertex 2000000000", 1), "more than its"},
		"huge list":    {strings.Replace(square, "4 0 1 2 3", "1e9 0 1 2 3", 1), "a list of 1e+09"},
		"no positions": {strings.Replace(square, "float z", "float w", 1), "no x, y and z"},
		"bad type":     {strings.Replace(square, "float z", "quad z", 1), "line 7 of its header"},
		"bad format":   {strings.Replace(square, "ascii", "morse", 1), "line 2 of its header"},
	} {
		_, err := read(t, c.data, nil)
		e, ok := errors.AsType[*scene.InputError](err)
		if !ok || !strings.Contains(e.Reason, c.want) {
			t.Errorf("%s: %v, want an input error with %q", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(square))
	f.Add([]byte(binaryPLY(binary.LittleEndian, "binary_little_endian")))
	f.Add([]byte(binaryPLY(binary.BigEndian, "binary_big_endian")))
	f.Add([]byte(strings.Replace(square, "face", "tristrips", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(t.Context(), scene.Source{
			Name: "x", Size: int64(len(data)), Reader: bytes.NewReader(data), Limits: scene.Limits{Triangles: 100_000, Vertices: 100_000},
		})
		if _, ok := errors.AsType[*scene.InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
		if err == nil && s.Triangles() > len(data) {
			t.Fatalf("%d triangles of %d bytes", s.Triangles(), len(data))
		}
	})
}
