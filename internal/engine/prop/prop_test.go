package prop

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/scene"
)

// block is a box between two corners, without normals.
func block(lo, hi geom.Vec) scene.Part {
	p := scene.Part{Transform: scene.Identity, Material: -1}
	for i := range 8 {
		for k := range 3 {
			v := lo[k]
			if i>>k&1 == 1 {
				v = hi[k]
			}
			p.Points = append(p.Points, float32(v))
		}
	}
	for _, q := range [6][4]uint32{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		p.Indices = append(p.Indices, q[0], q[1], q[2], q[0], q[2], q[3])
	}
	return p
}

func inside(p scene.Part) scene.Part {
	p.Indices = slices.Clone(p.Indices)
	for t := 0; t < len(p.Indices); t += 3 {
		p.Indices[t], p.Indices[t+1] = p.Indices[t+1], p.Indices[t]
	}
	return p
}

func build(t *testing.T, sc *scene.Scene) *Prop {
	t.Helper()
	if sc.MetersPerUnit == 0 {
		sc.MetersPerUnit = 1
	}
	p, err := Build(context.Background(), sc, "thing", "thing.glb")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(b)) }

func TestMass(t *testing.T) {
	unit := block(geom.Vec{0, 0, 0}, geom.Vec{1, 1, 1})
	left, right := unit, unit
	left.Indices, right.Indices = unit.Indices[:15], unit.Indices[15:]
	other := right
	other.Group = 1
	shell := inside(block(geom.Vec{0.25, 0.25, 0.25}, geom.Vec{0.75, 0.75, 0.75}))
	lid := unit
	lid.Indices = unit.Indices[:30] // a side is open
	plate := block(geom.Vec{0, 0, 0}, geom.Vec{1, 1, 0})
	plate.Indices = plate.Indices[6:12]
	for _, c := range []struct {
		name  string
		parts []scene.Part
		mass  float64 // of plastic, 1000 kg/m³
		basis MassBasis
		sure  string
	}{
		{"cube", []scene.Part{unit}, 1000, Closed, "medium"},
		{"cube inside out", []scene.Part{inside(unit)}, 1000, Closed, "medium"},
		{"cube of two materials", []scene.Part{left, right}, 1000, Closed, "medium"},
		{"halves that are not one object", []scene.Part{left, other}, 0, HullEstimate, "low"},
		{"cube with a cavity", []scene.Part{unit, shell}, 875, Closed, "low"},
		{"open box", []scene.Part{lid}, 500, HullEstimate, "low"},
		{"sheet", []scene.Part{plate}, 1, Floored, "low"},
		{"cube twice", []scene.Part{unit, unit}, 1000, Closed, "medium"},
	} {
		p := build(t, &scene.Scene{Up: scene.Z, Parts: c.parts})
		f := p.Facts
		if c.mass > 0 && !near(p.Body.Mass, c.mass) || f.MassBasis != c.basis || f.Confidence != c.sure {
			t.Errorf("%s: %g kg, %s, %s; want %g, %s, %s", c.name, p.Body.Mass, f.MassBasis, f.Confidence, c.mass, c.basis, c.sure)
		}
		if len(p.Colliders) == 0 {
			t.Errorf("%s: nothing to touch", c.name)
		}
	}
}

func TestTwoDensities(t *testing.T) {
	a, b := block(geom.Vec{0, 0, 0}, geom.Vec{1, 1, 1}), block(geom.Vec{0, 0, 1}, geom.Vec{1, 1, 2})
	a.Name, b.Name, b.Group = "steel base", "wooden top", 1
	p := build(t, &scene.Scene{Up: scene.Z, Parts: []scene.Part{a, b}})
	if !near(p.Body.Mass, 8500) || !near(p.Body.Centre[2], (7850*0.5+650*1.5)/8500) {
		t.Errorf("%g kg at %v", p.Body.Mass, p.Body.Centre)
	}
	if f := p.Facts; f.MaterialBasis != "name" || f.Confidence != "high" || len(f.Guesses) != 2 || f.Guesses[0].Substance != "steel" {
		t.Errorf("%+v", f)
	}
	if len(p.Substances) != 2 {
		t.Errorf("substances %v", p.Substances)
	}
}

func TestBakedFrame(t *testing.T) {
	part := block(geom.Vec{0, 0, 0}, geom.Vec{100, 200, 300})
	part.Transform = [16]float64{-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5000, 0, 0, 1} // a mirror, far away
	p := build(t, &scene.Scene{Up: scene.Y, MetersPerUnit: 0.001, Parts: []scene.Part{part}})
	box := geom.Bounds(p.Meshes[0].Points)
	want := geom.Box{Min: geom.Vec{-0.05, -0.15, 0}, Max: geom.Vec{0.05, 0.15, 0.2}}
	for k := range 3 {
		if !near(box.Min[k], want.Min[k]) || !near(box.Max[k], want.Max[k]) {
			t.Fatalf("box %v, want %v", box, want)
		}
	}
	if !near(p.Body.Mass, 6) {
		t.Errorf("%g kg, want 6", p.Body.Mass)
	}
}

func TestImplausibleSizesAreSaid(t *testing.T) {
	for size, want := range map[float64]string{
		743: "743 m long: probably millimetres", 20: "20 m long: probably centimetres or inches",
		2: "", 0.0004: "0.4 mm long: probably metres or another unit",
	} {
		p := build(t, &scene.Scene{Up: scene.Z, Parts: []scene.Part{block(geom.Vec{}, geom.Vec{size, size / 2, size / 2})}})
		if p.Facts.Implausible != want {
			t.Errorf("%g m: %q, want %q", size, p.Facts.Implausible, want)
		}
	}
}

func TestDegenerateInput(t *testing.T) {
	nan := float32(math.NaN())
	tri := scene.Part{Points: []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}, Indices: []uint32{0, 1, 2}, Material: -1}
	speck := scene.Part{Points: []float32{0, 0, 0, 1e-6, 0, 0, 0, 1e-6, 0}, Indices: []uint32{0, 1, 2}, Material: 7}
	for _, c := range []struct {
		name    string
		parts   []scene.Part
		refused bool
	}{
		{"one triangle", []scene.Part{tri}, false},
		{"a speck", []scene.Part{speck}, false},
		{"no parts", nil, true},
		{"no triangles", []scene.Part{{Points: tri.Points}}, true},
		{"no area", []scene.Part{{Points: tri.Points, Indices: []uint32{0, 1, 1}}}, true},
		{"a line of points", []scene.Part{{Points: []float32{0, 0, 0, 1, 0, 0, 2, 0, 0}, Indices: []uint32{0, 1, 2}}}, true},
		{"not numbers", []scene.Part{{Points: []float32{nan, 0, 0, 1, 0, 0, 0, 1, 0}, Indices: tri.Indices}}, true},
		{"too far out", []scene.Part{{Points: []float32{3e38, 0, 0, -3e38, 0, 0, 0, 1, 0}, Indices: tri.Indices}}, true},
	} {
		p, err := Build(context.Background(), &scene.Scene{MetersPerUnit: 1, Parts: c.parts}, "x", "x.glb")
		if _, ok := errors.AsType[*scene.InputError](err); ok != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && !(p.Body.Mass > 0 && p.Body.Principal.Moments[2] > 0) {
			t.Errorf("%s: %+v", c.name, p.Body)
		}
	}
}

func TestTexturesAreTakenOverOnce(t *testing.T) {
	var pic bytes.Buffer
	if err := png.Encode(&pic, image.NewNRGBA(image.Rect(0, 0, 2, 1))); err != nil {
		t.Fatal(err)
	}
	mat := plain()
	mat.BaseColorTex = &scene.Texture{Image: 0}
	mat.NormalTex = &scene.Texture{Image: 1}
	mat.EmissiveTex = &scene.Texture{Image: 2}
	mat.OcclusionTex = &scene.Texture{Image: 9}
	part := block(geom.Vec{}, geom.Vec{1, 1, 1})
	part.Material = 0
	part.UVs = make([]float32, 16)
	p := build(t, &scene.Scene{
		Parts: []scene.Part{part}, Materials: []scene.Material{mat},
		Images: []scene.Image{{Name: "Bild.PNG", Data: pic.Bytes()}, {Name: "dir\\bild.png", Data: pic.Bytes()}, {Name: "bad.tga", Data: []byte("nonsense")}},
	})
	if len(p.Textures) != 2 || p.Textures[0].File != "bild.png" || p.Textures[1].File != "bild_2.png" || !p.Textures[0].Alpha {
		t.Errorf("%+v", p.Textures)
	}
	s := p.Surfaces[0]
	if s.BaseColorTex.Image != 0 || s.NormalTex.Image != 1 || s.EmissiveTex != nil || s.OcclusionTex != nil {
		t.Errorf("%+v", s)
	}
	if w := strings.Join(p.Facts.Warnings, "\n"); !strings.Contains(w, "bad.tga") || !strings.Contains(w, "does not exist") {
		t.Errorf("warnings %q", w)
	}
	if mat.BaseColorTex.Image != 0 || mat.EmissiveTex == nil {
		t.Error("the scene was changed")
	}
}

func TestHullIsNoCopyOfAVisibleMesh(t *testing.T) {
	first := build(t, &scene.Scene{Up: scene.Z, Parts: []scene.Part{block(geom.Vec{}, geom.Vec{1, 1, 1})}})
	h := first.Colliders[0]
	again := scene.Part{Points: h.Points, Indices: h.Indices, Material: -1}
	p := build(t, &scene.Scene{Up: scene.Z, Parts: []scene.Part{again}})
	if p.Colliders[0].mesh().Same(p.Meshes[0].Mesh) {
		t.Error("the hull repeats the mesh")
	}
}

func TestThousandsOfParts(t *testing.T) {
	var parts []scene.Part
	for i := range 3000 {
		x := float64(i) * 0.003
		p := block(geom.Vec{x, 0, 0}, geom.Vec{x + 0.002, 0.002, 0.002})
		p.Group, p.Name = i, "screw"
		parts = append(parts, p)
	}
	p := build(t, &scene.Scene{Up: scene.Z, Parts: parts})
	if len(p.Meshes) != 3000 || len(p.Colliders) != 3000 || !near(p.Body.Mass, 3000*8e-9*1000) {
		t.Errorf("%d meshes, %d colliders, %g kg", len(p.Meshes), len(p.Colliders), p.Body.Mass)
	}
	if p.Meshes[2999].Name != "screw_3000" {
		t.Errorf("the last is called %s", p.Meshes[2999].Name)
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"Part A": "part_a", "": "", "__x__": "x", "9lives": "m_9lives", "Ärmel": "armel", "def": "m_def", "a--b": "a_b", "日本": "",
	} {
		if got := Snake(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
