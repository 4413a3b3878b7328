package decimate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"simdrop/internal/engine/decimate"
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/scene"
)

func reduce(t testing.TB, target int, parts ...scene.Part) ([]scene.Part, decimate.Stats) {
	t.Helper()
	out, st, err := decimate.Reduce(context.Background(), parts, target)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range out {
		n += len(out[i].Indices) / 3
		if points := uint32(len(out[i].Points) / 3); len(out[i].Indices) > 0 && slices.Max(out[i].Indices) >= points {
			t.Fatalf("part %d refers to a vertex that is not there", i)
		}
	}
	if n != st.After {
		t.Fatalf("%d triangles, said to be %d", n, st.After)
	}
	return out, st
}

func TestClosedSurfacesKeepTheirShape(t *testing.T) {
	for _, c := range []struct {
		name      string
		part      scene.Part
		target    int
		euler     int
		tolerance float64 // of volume and of distance, relative
	}{
		{"sphere", sphere(64), 2000, 2, 0.01},
		{"coarse sphere", sphere(64), 300, 2, 0.06},
		{"torus", torus(64), 2000, 0, 0.02},
		{"bevelled cube", bevelled(64), 1000, 2, 0.01},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := measured([]scene.Part{c.part})
			if was.open != 0 || was.euler != c.euler {
				t.Fatalf("the shape itself is wrong: %+v", was)
			}
			out, st := reduce(t, c.target, c.part)
			is := measured(out)
			if st.Why != "" || st.After > c.target || float64(st.After) < 0.99*float64(c.target) {
				t.Errorf("%d triangles of %d, %q", st.After, c.target, st.Why)
			}
			if is.open != 0 || is.euler != c.euler {
				t.Errorf("open edges %d, Euler characteristic %d, want 0 and %d", is.open, is.euler, c.euler)
			}
			if math.Abs(is.volume/was.volume-1) > c.tolerance || math.Abs(is.area/was.area-1) > c.tolerance {
				t.Errorf("volume %g of %g, area %g of %g", is.volume, was.volume, is.area, was.area)
			}
			silhouette(t, c.part, out[0], c.tolerance)
		})
	}
}

// silhouette compares how far the shapes reach in many directions.
func silhouette(t *testing.T, a, b scene.Part, tolerance float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	reach := func(p scene.Part, d geom.Vec) (far float64) {
		for i := range len(p.Points) / 3 {
			far = max(far, geom.At(p.Points, i).Dot(d))
		}
		return far
	}
	for range 200 {
		d, _ := geom.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.Unit()
		if x, y := reach(a, d), reach(b, d); math.Abs(x-y) > tolerance*x {
			t.Errorf("reaches %g towards %v, was %g", y, d, x)
			return
		}
	}
}

func TestNoTriangleTurnsOver(t *testing.T) {
	out, _ := reduce(t, 400, sphere(48))
	p := out[0]
	for k := 0; k < len(p.Indices); k += 3 {
		a, b, c := geom.At(p.Points, int(p.Indices[k])), geom.At(p.Points, int(p.Indices[k+1])), geom.At(p.Points, int(p.Indices[k+2]))
		if n := b.Sub(a).Cross(c.Sub(a)); n.Dot(a.Add(b).Add(c)) <= 0 {
			t.Fatalf("triangle %d looks inwards", k/3)
		}
	}
}

// TestSeamsAreKept: texture coordinates stay what the sphere's formula says, and
// no triangle spans the seam.
func TestSeamsAreKept(t *testing.T) {
	out, _ := reduce(t, 2000, sphere(64))
	p := out[0]
	worst := 0.0
	for k := 0; k < len(p.Indices); k += 3 {
		var at geom.Vec
		var u, v, least, most float64 = 0, 0, 1, 0
		for _, i := range p.Indices[k : k+3] {
			at = at.Add(geom.At(p.Points, int(i)).Scale(1. / 3))
			u += float64(p.UVs[2*i]) / 3
			v += float64(p.UVs[2*i+1]) / 3
			least, most = min(least, float64(p.UVs[2*i])), max(most, float64(p.UVs[2*i]))
		}
		r := math.Hypot(at[0], at[1])
		if r < 0.2 {
			continue // near the poles u means little
		}
		wantU := math.Mod(math.Atan2(at[1], at[0])/(2*math.Pi)+1, 1)
		if d := math.Abs(u - wantU); d < 0.5 { // else the formula is on the seam's other side
			worst = max(worst, d*r)
		}
		worst = max(worst, math.Abs(v-(1-math.Acos(at[2]/at.Len())/math.Pi)))
		if most-least > 0.5 {
			t.Fatalf("a triangle spans the seam: u from %g to %g", least, most)
		}
	}
	if worst > 0.02 {
		t.Errorf("texture coordinates are off by %g", worst)
	}
	t.Logf("worst texture error %g", worst)
}

func TestBordersStay(t *testing.T) {
	wave := sheet(40, 40, func(u, v float64) (geom.Vec, geom.Vec) {
		return geom.Vec{u, v, 0.05 * math.Sin(9*u) * math.Cos(7*v)}, geom.Vec{0, 0, 1}
	})
	out, st := reduce(t, 400, wave)
	if m := measured(out); m.euler != 1 || st.After > 400 {
		t.Errorf("%+v, %d triangles", m, st.After)
	}
	box, was := geom.Bounds(out[0].Points), geom.Bounds(wave.Points)
	for k := range 2 {
		if box.Min[k] != was.Min[k] || box.Max[k] != was.Max[k] {
			t.Errorf("the outline moved: %v, was %v", box, was)
		}
	}
}

// TestMaterialsStayJoined: an object split by material has no gap afterwards.
func TestMaterialsStayJoined(t *testing.T) {
	a, b := sphere(48), sphere(48)
	half := len(a.Indices) / 6 * 3
	a.Indices, b.Indices, b.Material = a.Indices[:half], b.Indices[half:], 1
	out, st := reduce(t, 1000, a, b)
	if m := measured(out); m.open != 0 || m.euler != 2 || st.After > 1000 {
		t.Errorf("%+v, %+v", m, st)
	}
	b.Group = 1
	out, _ = reduce(t, 1000, a, b)
	if m := measured(out[:1]); m.borders == 0 || m.euler != 1 {
		t.Errorf("parts that were not one object: %+v", m)
	}
}

func TestFacetedSurfaceIsReduced(t *testing.T) {
	s := sphere(32)
	var p scene.Part
	p.Transform = scene.Identity
	for k := 0; k < len(s.Indices); k += 3 {
		var q [3]geom.Vec
		for j := range 3 {
			q[j] = geom.At(s.Points, int(s.Indices[k+j]))
		}
		n, _ := q[1].Sub(q[0]).Cross(q[2].Sub(q[0])).Unit()
		for j := range 3 {
			p.Indices = append(p.Indices, uint32(len(p.Points)/3))
			p.Points = append(p.Points, float32(q[j][0]), float32(q[j][1]), float32(q[j][2]))
			p.Normals = append(p.Normals, float32(n[0]), float32(n[1]), float32(n[2]))
		}
	}
	out, st := reduce(t, 500, p)
	if st.After > 500 || out[0].Normals != nil {
		t.Errorf("%+v, normals kept: %v", st, out[0].Normals != nil)
	}
}

func TestWhatCannotBeReachedIsSaid(t *testing.T) {
	var soup scene.Part // triangles that touch nowhere
	soup.Transform = scene.Identity
	for i := range uint32(50) {
		x := float32(i)
		soup.Points = append(soup.Points, x, 0, 0, x+0.5, 0, 0, x, 0.5, 0)
		soup.Indices = append(soup.Indices, 3*i, 3*i+1, 3*i+2)
	}
	out, st := reduce(t, 10, soup)
	if st.After != 50 || st.Why == "" || len(out[0].Points) != 450 {
		t.Errorf("%+v", st)
	}
	if _, st := reduce(t, 3, sphere(16)); st.After < 4 || st.Why == "" {
		t.Errorf("a solid of less than four triangles: %+v", st)
	}
}

func TestDegenerateInput(t *testing.T) {
	nan := float32(math.NaN())
	for name, p := range map[string]scene.Part{
		"nothing":          {},
		"one place":        {Points: make([]float32, 9), Indices: []uint32{0, 1, 2, 0, 1, 2}},
		"index too large":  {Points: []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}, Indices: []uint32{0, 1, 9, 0, 1, 2, 0, 2, 1}},
		"not numbers":      {Points: []float32{nan, 0, 0, 1, 0, 0, 0, 1, 0}, Indices: []uint32{0, 1, 2, 0, 2, 1}},
		"a triangle twice": {Points: []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}, Indices: []uint32{0, 1, 2, 0, 1, 2, 0, 2, 1}},
		"wrong lengths":    {Points: []float32{0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, UVs: []float32{1}, Indices: []uint32{0, 1, 2, 1, 3, 2}},
	} {
		p.Transform = scene.Identity
		if out, _ := reduce(t, 1, p); len(out) != 1 {
			t.Errorf("%s: %d parts", name, len(out))
		}
	}
	if out, st := reduce(t, 0, sphere(4)); st.After != st.Before || len(out) != 1 {
		t.Error("a target of 0 keeps all")
	}
}

func TestInputIsNotChangedAndResultsAreEqual(t *testing.T) {
	p, q := torus(40), torus(40)
	a, _ := reduce(t, 700, p)
	b, _ := reduce(t, 700, p)
	if !reflect.DeepEqual(p, q) {
		t.Error("the input was changed")
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("equal input, different results")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := decimate.Reduce(ctx, []scene.Part{sphere(32)}, 100); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzReduce reduces random soups that share many points: whatever they are, no
// edge opens that was closed, and the count is what is said.
func FuzzReduce(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed, uint8(20+seed), uint8(10*seed), uint8(10))
	}
	f.Fuzz(func(t *testing.T, seed uint64, points, faces, target uint8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var parts []scene.Part
		for g := range 1 + int(seed%3) {
			p := scene.Part{Transform: scene.Identity, Group: g % 2, UVs: []float32{}}
			for range int(points) + 1 {
				p.Points = append(p.Points, float32(rng.IntN(4)), float32(rng.IntN(4)), float32(rng.NormFloat64()))
				p.UVs = append(p.UVs, float32(rng.IntN(2)), 0)
				p.Normals = append(p.Normals, 0, 0, 1)
			}
			for range 3 * int(faces) {
				p.Indices = append(p.Indices, uint32(rng.IntN(int(points)+1)))
			}
			parts = append(parts, p)
		}
		reduce(t, int(target), parts...)
	})
}

// FuzzClosed takes bumpy closed surfaces down as far as they go.
func FuzzClosed(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(30), false)
	f.Add(uint64(2), uint8(12), uint8(4), true)
	f.Fuzz(func(t *testing.T, seed uint64, n, target uint8, ring bool) {
		n = 3 + n%16
		p := sphere(int(n))
		if ring {
			p = torus(int(n))
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		bump := map[geom.Vec]float32{}
		for i := 0; i < len(p.Points); i += 3 {
			q := geom.At(p.Points, i/3)
			if _, ok := bump[q]; !ok {
				bump[q] = 0.7 + 0.6*rng.Float32()
			}
			for k := range 3 {
				p.Points[i+k] *= bump[q]
			}
		}
		was := measured([]scene.Part{p})
		out, _ := reduce(t, int(target), p)
		if is := measured(out); was.open == 0 && (is.open != 0 || is.euler != was.euler) {
			t.Errorf("%+v became %+v", was, is)
		}
	})
}

func BenchmarkReduce(b *testing.B) {
	for _, n := range []int{50, 158, 500} {
		p := sphere(n)
		b.Run(fmt.Sprintf("triangles=%d", len(p.Indices)/3), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				reduce(b, len(p.Indices)/30, p)
			}
		})
	}
}
