package mass

import (
	"math"
	"testing"

	"simdrop/internal/engine/geom"
)

// box returns the triangles of a box between two corners, as an affine map places it.
func box(lo, hi geom.Vec, a geom.Affine) (tris [][3]geom.Vec) {
	c := func(i int) geom.Vec {
		p := lo
		for k := range 3 {
			if i>>k&1 == 1 {
				p[k] = hi[k]
			}
		}
		return a.Apply(p)
	}
	for _, q := range [6][4]int{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		tris = append(tris, [3]geom.Vec{c(q[0]), c(q[1]), c(q[2])}, [3]geom.Vec{c(q[0]), c(q[2]), c(q[3])})
	}
	return tris
}

var identity = geom.Affine{L: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}}

func sum(tris [][3]geom.Vec, ref geom.Vec) Moments {
	m := Moments{Ref: ref}
	for _, t := range tris {
		m.Triangle(t[0], t[1], t[2])
	}
	return m
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= max(1e-12, tol*math.Abs(want))) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

func TestBox(t *testing.T) {
	// Edges 1, 2, 3 about (10, 20, 30): textbook moments, whatever the reference.
	for _, ref := range []geom.Vec{{}, {10, 20, 30}, {-5, 7, 100}} {
		m := sum(box(geom.Vec{9.5, 19, 28.5}, geom.Vec{10.5, 21, 31.5}, identity), ref).Scale(100)
		near(t, "mass", m.Volume, 600, 1e-9)
		for k, want := range []float64{10, 20, 30} {
			near(t, "centre", m.Centre()[k], want, 1e-9)
		}
		i := m.Inertia()
		for k, want := range []float64{600 * (4 + 9) / 12.0, 600 * (1 + 9) / 12.0, 600 * (1 + 4) / 12.0} {
			near(t, "inertia", i[k], want, 1e-7)
		}
		p := i.Principal()
		near(t, "largest", p.Moments[0], 650, 1e-7)
		near(t, "smallest", p.Moments[2], 250, 1e-7)
		if p.Axes != [4]float64{1, 0, 0, 0} {
			t.Errorf("axes %v, want none turned", p.Axes)
		}
	}
}

func TestRotatedBox(t *testing.T) {
	// A third of a turn about (1, 1, 1), then 30° about z.
	s, c := math.Sin(math.Pi/6), math.Cos(math.Pi/6)
	a := geom.Affine{L: [9]float64{0, 0, 1, 1, 0, 0, 0, 1, 0}}.
		Then(geom.Affine{L: [9]float64{c, -s, 0, s, c, 0, 0, 0, 1}, T: geom.Vec{1, 2, 3}})
	m := sum(box(geom.Vec{-0.5, -1, -1.5}, geom.Vec{0.5, 1, 1.5}, a), geom.Vec{})
	tensor := m.Inertia()
	p := tensor.Principal()
	for k, want := range []float64{6.5, 5, 2.5} {
		near(t, "moment", p.Moments[k], want, 1e-12)
	}
	back := rebuild(p)
	for k := range tensor {
		near(t, "tensor", back[k], tensor[k], 1e-9)
	}
	if p.Axes[0] < 0 {
		t.Errorf("w is %g", p.Axes[0])
	}
}

// rebuild turns the principal moments back into the body's frame.
func rebuild(p Principal) Tensor {
	w, x, y, z := p.Axes[0], p.Axes[1], p.Axes[2], p.Axes[3]
	r := [3][3]float64{
		{1 - 2*(y*y+z*z), 2 * (x*y - w*z), 2 * (x*z + w*y)},
		{2 * (x*y + w*z), 1 - 2*(x*x+z*z), 2 * (y*z - w*x)},
		{2 * (x*z - w*y), 2 * (y*z + w*x), 1 - 2*(x*x+y*y)},
	}
	at := func(i, j int) (s float64) {
		for k := range 3 {
			s += r[i][k] * p.Moments[k] * r[j][k]
		}
		return s
	}
	return Tensor{at(0, 0), at(1, 1), at(2, 2), at(0, 1), at(1, 2), at(2, 0)}
}

func TestPrincipalRebuildsAnyTensor(t *testing.T) {
	for _, c := range []Tensor{
		{1, 1, 1, 0, 0, 0},
		{1, 2, 3, 0, 0, 0},
		{3, 2, 1, 0.5, -0.25, 0.125},
		{2, 2, 2, 1, 1, 1},
		{5, 1, 5, 0, 2, 0},
		{1e-12, 2e-12, 2.5e-12, 1e-13, 0, 0},
		{1e9, 1e9, 1e9, 1e8, -1e8, 3e7},
	} {
		p := c.Principal()
		if p.Moments[0] < p.Moments[1]-1e-9*p.Moments[0] || p.Moments[1] < p.Moments[2]-1e-9*p.Moments[0] {
			t.Errorf("%v: moments %v are not in order", c, p.Moments)
		}
		back := rebuild(p)
		for k := range c {
			if math.Abs(back[k]-c[k]) > 1e-8*(c[0]+c[1]+c[2]) {
				t.Errorf("%v came back as %v", c, back)
				break
			}
		}
	}
}

// TestCubeIsNotTurned: equal moments leave the axes open, rounding must not choose.
func TestCubeIsNotTurned(t *testing.T) {
	m := sum(box(geom.Vec{0.1, 0.2, 0.3}, geom.Vec{1.1, 1.2, 1.3}, identity), geom.Vec{})
	if p := m.Inertia().Principal(); p.Axes != [4]float64{1, 0, 0, 0} {
		t.Errorf("axes %v", p.Axes)
	}
}

func TestSphereConverges(t *testing.T) {
	last := math.Inf(1)
	for _, n := range []int{8, 16, 32, 64, 128} {
		m := sum(ball(n, 0.5), geom.Vec{})
		v, i := 4*math.Pi/3*0.125, 0.4*0.25
		ev := math.Abs(m.Volume-v) / v
		ei := math.Abs(m.Inertia()[0]/m.Volume-i) / i
		if ev > last/3.5 {
			t.Errorf("%d rings: volume error %g, before it was %g", n, ev, last)
		}
		if n == 128 && (ev > 1e-3 || ei > 1e-3) {
			t.Errorf("errors %g and %g", ev, ei)
		}
		last = ev
	}
}

// ball makes a sphere of n rings and 2n sectors.
func ball(n int, r float64) (tris [][3]geom.Vec) {
	at := func(i, j int) geom.Vec {
		if i == 0 || i == n {
			return geom.Vec{0, 0, r * (1 - 2*float64(i)/float64(n))}
		}
		u, v := math.Pi*float64(i)/float64(n), math.Pi*float64(j%(2*n))/float64(n)
		return geom.Vec{r * math.Sin(u) * math.Cos(v), r * math.Sin(u) * math.Sin(v), r * math.Cos(u)}
	}
	for i := range n {
		for j := range 2 * n {
			a, b, c, d := at(i, j), at(i+1, j), at(i+1, j+1), at(i, j+1)
			tris = append(tris, [3]geom.Vec{a, b, c}, [3]geom.Vec{a, c, d})
		}
	}
	return tris
}

func TestAddIsOneSolid(t *testing.T) {
	left := sum(box(geom.Vec{0, 0, 0}, geom.Vec{1, 1, 1}, identity), geom.Vec{0.5, 0.5, 0.5})
	right := sum(box(geom.Vec{1, 0, 0}, geom.Vec{2, 1, 1}, identity), geom.Vec{9, 9, 9})
	whole := sum(box(geom.Vec{0, 0, 0}, geom.Vec{2, 1, 1}, identity), geom.Vec{}).Inertia()
	got := left.Add(right)
	near(t, "volume", got.Volume, 2, 1e-12)
	for k := range whole {
		near(t, "inertia", got.Inertia()[k], whole[k], 1e-10)
	}
}
