package obj

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"simdrop/internal/engine/scene"
)

// files are companions held in memory.
type files map[string]string

func (f files) ReadFile(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return []byte(data), nil
	}
	return nil, fs.ErrNotExist
}

const png = "\x89PNG\r\n\x1a\n"

func read(t *testing.T, text string, f files) (*scene.Scene, error) {
	t.Helper()
	src := scene.Source{Name: "x.obj", Size: int64(len(text)), Reader: strings.NewReader(text)}
	if f != nil {
		src.Companions = f
	}
	return Read(t.Context(), src)
}

func mustRead(t *testing.T, text string, f files) *scene.Scene {
	t.Helper()
	s, err := read(t, text, f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const square = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"

func TestFaces(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []uint32
	}{
		{"triangle", square + "f 1 2 3\n", []uint32{0, 1, 2}},
		{"no line end", square + "f 1 2 3", []uint32{0, 1, 2}},
		{"negative", square + "f -4 -3 -2\n", []uint32{0, 1, 2}},
		{"quad", square + "f 1 2 3 4\n", []uint32{0, 1, 2, 0, 2, 3}},
		{"slashes", square + "vt 0 0\nvn 0 0 1\nf 1/1/1 2//1 3/1\n", []uint32{0, 1, 2}},
		{"crlf, tabs and comments", strings.ReplaceAll(square+"# x\nf\t1 2\t3 # y\n", "\n", "\r\n"), []uint32{0, 1, 2}},
		{"cr only", strings.ReplaceAll(square+"f 1 2 3\n", "\n", "\r"), []uint32{0, 1, 2}},
		{"continued", square + "f 1 \\\n2 \\\r\n3\n", []uint32{0, 1, 2}},
		{"before its vertices", "f 1 2 3\n" + square, []uint32{0, 1, 2}},
		{"bom", "\xef\xbb\xbf" + square + "f 1 2 3\n", []uint32{0, 1, 2}},
		{"degenerate", square + "f 1 2 2\nf 1 2 3\n", []uint32{0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustRead(t, c.text, nil)
			if len(s.Parts) != 1 || !slices.Equal(s.Parts[0].Indices, c.want) {
				t.Fatalf("parts %+v, want indices %v", s.Parts, c.want)
			}
			if p := s.Parts[0].Points; !slices.Equal(p[:9], []float32{0, 0, 0, 1, 0, 0, 1, 1, 0}) {
				t.Errorf("points %v", p)
			}
		})
	}
}

func TestUTF16(t *testing.T) {
	for _, bigEndian := range []bool{true, false} {
		for _, bom := range []string{"\ufeff", ""} {
			var raw []byte
			for _, u := range utf16.Encode([]rune(bom + square + "o Stühle\nf 1 2 3\n")) {
				if bigEndian {
					raw = append(raw, byte(u>>8), byte(u))
				} else {
					raw = append(raw, byte(u), byte(u>>8))
				}
			}
			s := mustRead(t, string(raw), nil)
			if s.Parts[0].Name != "Stühle" {
				t.Errorf("big endian %v, bom %q: name %q", bigEndian, bom, s.Parts[0].Name)
			}
		}
	}
}

func TestAttributes(t *testing.T) {
	s := mustRead(t, `v 0 0 0 1 0 0
v 1 0 0 0 0.5 0
v 1 1 0 0 0 0
vt 0 0.25
vt 1
vn 0 0 2
f 1/1/1 2/2/1 3/1/1
f 1/2/1 2/2/1 3/1/1
`, nil)
	p := s.Parts[0]
	if len(p.Points) != 12 || !slices.Equal(p.Indices, []uint32{0, 1, 2, 3, 1, 2}) {
		t.Fatalf("points %v, indices %v", p.Points, p.Indices)
	}
	if !slices.Equal(p.UVs, []float32{0, 0.25, 1, 0, 0, 0.25, 1, 0}) {
		t.Errorf("uvs %v: v is up already, and a missing one is 0", p.UVs)
	}
	if !slices.Equal(p.Normals[:3], []float32{0, 0, 1}) {
		t.Errorf("normals %v", p.Normals)
	}
	if p.Colors[0] != 1 || math.Abs(float64(p.Colors[4])-0.21404) > 1e-4 {
		t.Errorf("colours %v, want linear", p.Colors)
	}
}

func TestParts(t *testing.T) {
	s := mustRead(t, square+`
mtllib a.mtl b.mtl
o Chair
usemtl wood
f 1 2 3
usemtl steel
f 1 3 4
usemtl wood
f 1 2 4
o Table
g top
f 1 2 3
`, files{"a.mtl": "newmtl wood\nKd 1 0.5 0\nNs 0\n"})
	type part struct {
		name, material   string
		group, triangles int
	}
	var got []part
	for _, p := range s.Parts {
		got = append(got, part{p.Name, s.Materials[p.Material].Name, p.Group, len(p.Indices) / 3})
	}
	want := []part{{"Chair", "wood", 0, 2}, {"Chair", "steel", 0, 1}, {"Table", "wood", 1, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if s.Materials[0].BaseColor != [3]float64{1, 0.5, 0} || s.Materials[0].Roughness != 1 {
		t.Errorf("wood: %+v", s.Materials[0])
	}
	if !slices.Contains(s.Warnings, "material library b.mtl is missing") || !slices.Contains(s.Warnings, "material steel is in no material library") {
		t.Errorf("warnings %q", s.Warnings)
	}
}

func TestGroupsWithoutObjects(t *testing.T) {
	s := mustRead(t, square+"g a\nf 1 2 3\nusemtl m\nf 1 3 4\ng b\nf 1 2 4\n", nil)
	var groups []int
	for _, p := range s.Parts {
		groups = append(groups, p.Group)
	}
	if !slices.Equal(groups, []int{0, 0, 1}) || s.Parts[2].Name != "b" {
		t.Errorf("groups %v", groups)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "holds no triangles"},
		{"points only", square, "holds no triangles"},
		{"range", square + "f 1 2 5\n", "does not have"},
		{"zero", square + "f 0 1 2\n", "does not have"},
		{"too far back", square + "f -5 1 2\n", "does not have"},
		{"normal range", square + "f 1//1 2//1 3//1\n", "does not have"},
		{"huge", square + "f 99999999999999999999 1 2\n", "line 5 has a face that cannot be read"},
		{"word", square + "f 1 2 x\n", "line 5 has a face that cannot be read"},
		{"short vertex", "v 1 2\n", "line 1 has a vertex of fewer"},
		{"nan", "v nan 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\n", "not a finite number"},
		{"overflow", "v 1e300 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\n", "not a finite number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, c.text, nil)
			e, ok := errors.AsType[*scene.InputError](err)
			if !ok || !strings.Contains(e.Reason, c.want) {
				t.Errorf("got %v, want an input error with %q", err, c.want)
			}
		})
	}
}

// TestManyCornersOfOnePosition: vertices past the short search are still found.
func TestManyCornersOfOnePosition(t *testing.T) {
	var b strings.Builder
	b.WriteString(square)
	for range 400 {
		b.WriteString("vt 0 0\n")
	}
	for range 2 {
		for i := 1; i <= 400; i++ {
			b.WriteString("f 1/" + strings.Repeat("1", 0) + itoa(i) + " 2/1 3/1\n")
		}
	}
	p := mustRead(t, b.String(), nil).Parts[0]
	if len(p.Points)/3 != 402 || len(p.Indices) != 2400 {
		t.Errorf("%d vertices, %d indices", len(p.Points)/3, len(p.Indices))
	}
}

func itoa(i int) string {
	return string([]byte{byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(square+"f 1 2 3 4\n"), []byte("newmtl a\nKd 1 1 1\n"))
	f.Add([]byte(square+"mtllib m\nvt 0 0\nusemtl a\nf 1/1 2/1 3/1 -1/-1\n"), []byte("newmtl a\nmap_Kd -s 1 1 -o 0 x.png\nnorm y.png\nd 0.5"))
	f.Add([]byte("v 0 0 0\nv 4 0 0\nv 4 4 0\nv 2 1 0\nv 0 4 0\nf 1 2 3 4 5\n\\\n"), []byte("bump -bm 1 n.png\\\n"))
	f.Add([]byte("\xfe\xff\x00v\x00 \x001"), []byte("\xff\xfen\x00"))
	f.Fuzz(func(t *testing.T, data, mtl []byte) {
		s, err := Read(t.Context(), scene.Source{
			Name: "x.obj", Size: int64(len(data)), Reader: strings.NewReader(string(data)),
			Companions: files{"m": string(mtl), "x.png": png, "y.png": png},
			Limits:     scene.Limits{Vertices: 100_000, Triangles: 100_000},
		})
		if _, ok := errors.AsType[*scene.InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
		if err == nil && s.Triangles() > len(data) {
			t.Fatalf("%d triangles of %d bytes", s.Triangles(), len(data))
		}
	})
}
