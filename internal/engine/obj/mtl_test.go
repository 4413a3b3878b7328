package obj

import (
	"math"
	"slices"
	"testing"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// materialOf reads a library with one material in use.
func materialOf(t *testing.T, mtl string, more files) (scene.Material, *scene.Scene) {
	t.Helper()
	f := files{"m.mtl": "newmtl a b\n" + mtl, "c.png": png, "n.png": png}
	for name, data := range more {
		f[name] = data
	}
	s := mustRead(t, square+"mtllib m.mtl\nusemtl a b\nf 1 2 3\n", f)
	return s.Materials[0], s
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		mtl   string
		check func(scene.Material) bool
	}{
		{"", func(m scene.Material) bool {
			return m.Name == "a b" && m.Opacity == 1 && m.Roughness == 0.5 && !m.MetallicSet
		}},
		{"Ns 98", func(m scene.Material) bool { return math.Abs(m.Roughness-math.Sqrt(0.02)) < 1e-12 }},
		{"Ns 98\nPr 0.7\nPm 1", func(m scene.Material) bool { return m.Roughness == 0.7 && m.Metallic == 1 && m.MetallicSet }},
		{"d 0.25", func(m scene.Material) bool { return m.Opacity == 0.25 && m.AlphaMode == scene.Blend }},
		{"d -halo 0.5", func(m scene.Material) bool { return m.Opacity == 0.5 }},
		{"Tr 0.25", func(m scene.Material) bool { return m.Opacity == 0.75 }},
		{"Tr 1", func(m scene.Material) bool { return m.Opacity == 1 && m.AlphaMode == scene.Opaque }},
		{"Kd 0.5", func(m scene.Material) bool { return m.BaseColor == [3]float64{0.5, 0.5, 0.5} }},
		{"Ke 1 2 3", func(m scene.Material) bool { return m.Emissive == [3]float64{1, 2, 3} }},
		{"Kd 0 0 0\nmap_Kd c.png", func(m scene.Material) bool { return m.BaseColor == [3]float64{1, 1, 1} && m.BaseColorTex != nil }},
		{"map_d c.png", func(m scene.Material) bool { return m.OpacityTex != nil && m.AlphaMode == scene.Blend }},
		{"map_Bump -bm 0.5 n.png", func(m scene.Material) bool { return m.NormalTex != nil && m.NormalScale == 0.5 }},
		{"bump c.png", func(m scene.Material) bool { return m.NormalTex == nil }},
		{"bump c.png\nnorm n.png", func(m scene.Material) bool { return m.NormalTex != nil }},
		{"map_Pr c.png", func(m scene.Material) bool { return m.MetalRoughTex != nil && m.Roughness == 1 && m.Metallic == 0 }},
		{"map_Pr c.png\nmap_Pm c.png", func(m scene.Material) bool { return m.MetalRoughTex != nil && m.Metallic == 1 }},
	} {
		if m, _ := materialOf(t, c.mtl, nil); !c.check(m) {
			t.Errorf("%q: %+v", c.mtl, m)
		}
	}
}

func TestMapOptions(t *testing.T) {
	for _, c := range []struct {
		in   string
		want statement
	}{
		{"wood.png", statement{file: "wood.png"}},
		{"my wood  1.png ", statement{file: "my wood  1.png"}},
		{`.\tex\wood.png`, statement{file: "./tex/wood.png"}},
		{"-s 2 3 1 -o 0.5 wood.png", statement{file: "wood.png", scale: [2]float64{2, 3}, offset: [2]float64{0.5, 0}}},
		{"-s 2 wood.png", statement{file: "wood.png", scale: [2]float64{2, 1}}},
		{"-clamp on -blendu off -mm 0 1 -imfchan r wood.png", statement{file: "wood.png", clamp: true}},
		{"wood.png -bm 1.5", statement{file: "wood.png", bumpScale: 1.5}},
		{"-o 1 2.png", statement{file: "2.png", offset: [2]float64{1, 0}}},
		{"-s", statement{}},
	} {
		if c.want.scale == [2]float64{} {
			c.want.scale = [2]float64{1, 1}
		}
		if c.want.bumpScale == 0 {
			c.want.bumpScale = 1
		}
		if got := parseMap(text.Fields(c.in)); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.in, got, c.want)
		}
	}
}

func TestTexturePlaces(t *testing.T) {
	// Beside the library, which lies in a folder; else beside the OBJ.
	f := files{
		"lib/m.mtl": "newmtl a\nmap_Kd c.png\nmap_Ke top.png\nmap_d gone.png\nnorm x.tga",
		"lib/c.png": png, "top.png": png, "lib/x.tga": "no picture",
	}
	s := mustRead(t, square+"mtllib lib\\m.mtl\nusemtl a\nf 1 2 3\n", f)
	m := s.Materials[0]
	if m.BaseColorTex == nil || m.EmissiveTex == nil || m.OpacityTex != nil || len(s.Images) != 2 || s.Images[1].Name != "top.png" {
		t.Errorf("%+v, images %d", m, len(s.Images))
	}
	want := []string{"texture gone.png is missing", "texture x.tga is left out: it is not PNG, JPEG or WebP"}
	slices.Sort(s.Warnings)
	if !slices.Equal(s.Warnings, want) {
		t.Errorf("warnings %q", s.Warnings)
	}
}
