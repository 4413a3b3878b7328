package hull

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"simdrop/internal/engine/geom"
)

func volume(h Hull) float64 {
	v := 0.0
	for t := 0; t+2 < len(h.Indices); t += 3 {
		i := h.Indices[t : t+3]
		a, b, c := geom.At(h.Points, int(i[0])), geom.At(h.Points, int(i[1])), geom.At(h.Points, int(i[2]))
		v += a.Dot(b.Cross(c)) / 6
	}
	return v
}

// sound checks that the hull is a closed polyhedron: every edge once each way,
// V − E + F = 2.
func sound(t *testing.T, h Hull) {
	t.Helper()
	edges := map[[2]uint32]int{}
	for k := 0; k+2 < len(h.Indices); k += 3 {
		for j := range 3 {
			edges[[2]uint32{h.Indices[k+j], h.Indices[k+(j+1)%3]}]++
		}
	}
	for e, n := range edges {
		if n != 1 || edges[[2]uint32{e[1], e[0]}] != 1 {
			t.Fatalf("edge %v is there %d times, its reverse %d times", e, n, edges[[2]uint32{e[1], e[0]}])
		}
	}
	if v, e, f := len(h.Points)/3, len(edges)/2, len(h.Indices)/3; v-e+f != 2 {
		t.Fatalf("%d vertices − %d edges + %d faces is not 2", v, e, f)
	}
}

// outermost is how far the farthest point lies beyond a facet. Narrow facets are
// passed over: their planes, extended over the whole size, stray by far more than
// the facets themselves.
func outermost(h Hull, pts []float32) float64 {
	far := math.Inf(-1)
	narrow := 0.01 * geom.Bounds(h.Points).Diagonal()
	for k := 0; k+2 < len(h.Indices); k += 3 {
		a := geom.At(h.Points, int(h.Indices[k]))
		e, f := geom.At(h.Points, int(h.Indices[k+1])).Sub(a), geom.At(h.Points, int(h.Indices[k+2])).Sub(a)
		n, ok := e.Cross(f).Unit()
		if height := e.Cross(f).Len() / max(e.Len(), f.Len(), f.Sub(e).Len()); !ok || height < narrow {
			continue
		}
		for i := range len(pts) / 3 {
			far = max(far, geom.At(pts, i).Sub(a).Dot(n))
		}
	}
	return far
}

// folded counts the facets, narrow ones aside, that have the mean corner outside.
func folded(h Hull) (n int) {
	var c geom.Vec
	for i := range len(h.Points) / 3 {
		c = c.Add(geom.At(h.Points, i).Scale(3 / float64(len(h.Points))))
	}
	narrow := 0.01 * geom.Bounds(h.Points).Diagonal()
	for k := 0; k+2 < len(h.Indices); k += 3 {
		a := geom.At(h.Points, int(h.Indices[k]))
		e, f := geom.At(h.Points, int(h.Indices[k+1])).Sub(a), geom.At(h.Points, int(h.Indices[k+2])).Sub(a)
		if e.Cross(f).Len() < narrow*max(e.Len(), f.Len()) {
			continue
		}
		if e.Cross(f).Dot(c.Sub(a)) > 0 {
			n++
		}
	}
	return n
}

func cube(edge float32) (pts []float32) {
	for i := range 8 {
		pts = append(pts, edge*float32(i&1), edge*float32(i>>1&1), edge*float32(i>>2&1))
	}
	return pts
}

func sphere(n int, r float64) (pts []float32) {
	for i := range n { // points of a Fibonacci spiral
		z := 1 - (2*float64(i)+1)/float64(n)
		s, a := math.Sqrt(1-z*z), float64(i)*math.Pi*(3-math.Sqrt(5))
		pts = append(pts, float32(r*s*math.Cos(a)), float32(r*s*math.Sin(a)), float32(r*z))
	}
	return pts
}

func TestVolumesOfKnownSolids(t *testing.T) {
	grid := []float32{}
	for i := range 1000 {
		grid = append(grid, float32(i%10)/9, float32(i/10%10)/9, float32(i/100)/9)
	}
	phi := float32((1 + math.Sqrt(5)) / 2)
	ico := []float32{}
	for _, a := range []float32{-1, 1} {
		for _, b := range []float32{-phi, phi} {
			ico = append(ico, 0, a, b, a, b, 0, b, 0, a)
		}
	}
	for _, c := range []struct {
		name  string
		pts   []float32
		want  float64
		faces int
	}{
		{"tetrahedron", []float32{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, 1.0 / 6, 4},
		{"cube", cube(2), 8, 12},
		{"cube with points inside and on its faces", grid, 1, 12},
		{"icosahedron of edge 2", ico, 8 * 5 * (3 + math.Sqrt(5)) / 12, 20},
	} {
		h := Of(c.pts, 0, 0.001)
		sound(t, h)
		if v := volume(h); math.Abs(v-c.want) > 1e-6*c.want {
			t.Errorf("%s: volume %g, want %g", c.name, v, c.want)
		}
		if n := len(h.Indices) / 3; n != c.faces {
			t.Errorf("%s: %d triangles, want %d", c.name, n, c.faces)
		}
		if h.Floored || h.Capped {
			t.Errorf("%s: floored %v, capped %v", c.name, h.Floored, h.Capped)
		}
	}
}

func TestUncappedHoldsAllPoints(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		pts := cloud(rng)
		h := Of(pts, 0, 0.001)
		sound(t, h)
		size := geom.Bounds(pts).Diagonal()
		if d := outermost(h, pts); d > 20*tolerance*size {
			t.Errorf("seed %d: a point lies %g of the size outside", seed, d/size)
		}
	}
}

// cloud makes points of a random character: in a ball, on a sphere, on a lattice,
// nearly flat.
func cloud(rng *rand.Rand) (pts []float32) {
	n := 4 + rng.IntN(2000)
	kind := rng.IntN(4)
	for range n {
		x, y, z := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		switch l := math.Sqrt(x*x + y*y + z*z); kind {
		case 1:
			x, y, z = x/l, y/l, z/l
		case 2:
			x, y, z = math.Round(2*x), math.Round(2*y), math.Round(2*z)
		case 3:
			z *= 1e-4
		}
		pts = append(pts, float32(x), float32(y), float32(z))
	}
	return pts
}

func TestCappedLiesInside(t *testing.T) {
	pts := sphere(20000, 0.5)
	full, capped := Of(pts, 0, 0.001), Of(pts, MaxVertices, 0.001)
	sound(t, full)
	sound(t, capped)
	if n := len(capped.Points) / 3; n != MaxVertices {
		t.Errorf("%d vertices, want %d", n, MaxVertices)
	}
	if !capped.Capped || full.Capped {
		t.Errorf("capped %v and %v", capped.Capped, full.Capped)
	}
	if d := outermost(full, capped.Points); d > 1e-7 {
		t.Errorf("the capped hull reaches %g m out of the full one", d)
	}
	if r := volume(capped) / volume(full); r < 0.88 || r >= 1 {
		t.Errorf("the capped hull has %g of the volume", r)
	}
}

func TestFlatInputGetsAThickness(t *testing.T) {
	disc := []float32{}
	for i := range 500 {
		a := float64(i) / 500 * 2 * math.Pi
		disc = append(disc, float32(math.Cos(a)), float32(math.Sin(a)), 3)
	}
	for _, c := range []struct {
		name string
		pts  []float32
		want float64
		most int
	}{
		{"triangle", []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}, 0.5e-3, 6},
		{"square with repeats", []float32{0, 0, 5, 1, 0, 5, 1, 1, 5, 0, 1, 5, 0, 0, 5}, 1e-3, 8},
		{"disc", disc, 16 * 2 * math.Sin(2*math.Pi/32) / 2 * 1e-3, 64},
		{"line", []float32{0, 0, 0, 1, 1, 1, 2, 2, 2}, math.Sqrt(12) * 1e-6, 8},
		{"place", []float32{1, 1, 1, 1, 1, 1}, 1e-9, 8},
	} {
		h := Of(c.pts, MaxVertices, 0.001)
		sound(t, h)
		if !h.Floored {
			t.Errorf("%s: not called floored", c.name)
		}
		if v := volume(h); math.Abs(v-c.want) > 0.02*c.want {
			t.Errorf("%s: volume %g, want %g", c.name, v, c.want)
		}
		if n := len(h.Points) / 3; n > c.most {
			t.Errorf("%s: %d vertices, want at most %d", c.name, n, c.most)
		}
	}
}

func TestOrderOfPointsDoesNotMatterForABox(t *testing.T) {
	pts := cube(1)
	want := Of(pts, MaxVertices, 0.001)
	var turned []float32
	for i := 7; i >= 0; i-- {
		turned = append(turned, pts[3*i:3*i+3]...)
	}
	got := Of(turned, MaxVertices, 0.001)
	if !slices.Equal(got.Points, want.Points) {
		t.Errorf("vertices %v, want %v", got.Points, want.Points)
	}
}

func FuzzHull(f *testing.F) {
	f.Add(uint64(1), uint16(20), uint8(0), uint8(64))
	f.Add(uint64(2), uint16(300), uint8(3), uint8(0))
	f.Add(uint64(3), uint16(5), uint8(7), uint8(8))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, bits, limit uint8) {
		rng := rand.New(rand.NewPCG(seed, uint64(bits)))
		scale := math.Pow(10, float64(int(bits>>3)%20-10))
		pts := make([]float32, 3*(1+int(n)%3000))
		for i := range pts {
			v := rng.Float64()
			if bits&1 != 0 { // many coordinates repeat: coplanar and collinear sets
				v = math.Floor(v*5) / 5
			}
			if bits&2 != 0 && i%3 == 2 {
				v *= 1e-7
			}
			if bits&4 != 0 && i%3 == 1 {
				v = float64(pts[i-1]) / scale
			}
			pts[i] = float32(v * scale)
		}
		h := Of(pts, int(limit), 0.001)
		sound(t, h)
		if limit > 0 && len(h.Points)/3 > max(int(limit), 8) {
			t.Fatalf("%d vertices, the limit is %d", len(h.Points)/3, limit)
		}
		if v := volume(h); !(v > 0) {
			t.Fatalf("volume %g", v)
		}
		if d := folded(h); d > 0 && !h.Floored { // a thin plate far from the origin tilts by rounding
			t.Fatalf("%d of %d facets look inwards; floored %v, capped %v, box %v of %v", d, len(h.Indices)/3, h.Floored, h.Capped, geom.Bounds(h.Points), geom.Bounds(pts))
		}
		if size := geom.Bounds(pts).Diagonal(); limit == 0 && outermost(h, pts) > 1e-5*max(size, 0.001) {
			t.Fatalf("a point lies %g outside of %g", outermost(h, pts), size)
		}
	})
}

func BenchmarkHull(b *testing.B) {
	pts := sphere(500_000, 1)
	for b.Loop() {
		Of(pts, MaxVertices, 0.001)
	}
}
