package mesh

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/scene"
)

// cube is a unit cube, each face with points of its own, as exporters write it.
func cube() *Mesh {
	m := &Mesh{}
	for _, q := range [6][4]int{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		n := uint32(len(m.Points) / 3)
		for _, c := range q {
			m.Points = append(m.Points, float32(c&1), float32(c>>1&1), float32(c>>2&1))
		}
		m.Indices = append(m.Indices, n, n+1, n+2, n, n+2, n+3)
	}
	return m
}

func move(m *Mesh, x, y, z float32) *Mesh {
	for i := 0; i < len(m.Points); i += 3 {
		m.Points[i] += x
		m.Points[i+1] += y
		m.Points[i+2] += z
	}
	return m
}

// take returns the triangles from one to another of a mesh, as a mesh.
func take(m *Mesh, from, to int) *Mesh {
	return &Mesh{Points: m.Points, Indices: m.Indices[3*from : 3*to]}
}

func TestTopology(t *testing.T) {
	whole := cube()
	turned := cube()
	turned.Indices[0], turned.Indices[1] = turned.Indices[1], turned.Indices[0]
	both := &Mesh{Points: append(slices.Clone(whole.Points), move(cube(), 1, 1, 0).Points...), Indices: slices.Clone(whole.Indices)}
	for _, i := range whole.Indices {
		both.Indices = append(both.Indices, i+24)
	}
	for _, c := range []struct {
		name       string
		in         []*Mesh
		components int
		closed     bool
	}{
		{"cube", []*Mesh{whole}, 1, true},
		{"cube without a face", []*Mesh{take(whole, 0, 10)}, 1, false},
		{"cube split by material", []*Mesh{take(whole, 0, 5), take(whole, 5, 12)}, 1, true},
		{"cube with one triangle turned", []*Mesh{turned}, 1, false},
		{"two cubes that touch along an edge", []*Mesh{both}, 1, true},
		{"two cubes apart", []*Mesh{whole, move(cube(), 5, 0, 0)}, 2, true},
		{"nothing", []*Mesh{{}}, 0, false},
	} {
		top := Analyse(c.in, 1e-6)
		if top.Components != c.components || top.Closed() != c.closed {
			t.Errorf("%s: %d components, closed %v (open edges %v); want %d, %v",
				c.name, top.Components, top.Closed(), top.Open, c.components, c.closed)
		}
	}
}

// TestWeldFindsNeighboursAcrossCells compares with the plain answer on lattice
// points shaken by less than the tolerance.
func TestWeldFindsNeighboursAcrossCells(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const tol = 1e-3
	m := &Mesh{}
	want := []uint32{}
	for range 3 {
		for i := range 1000 {
			for _, k := range [3]int{i % 10, i / 10 % 10, i / 100} {
				m.Points = append(m.Points, float32(float64(k)*0.0137-0.06+(rng.Float64()-0.5)*tol*0.5))
			}
			want = append(want, uint32(i))
		}
	}
	ids, n := Weld([]*Mesh{m}, tol)
	if n != 1000 || !slices.Equal(ids[0], want) {
		t.Errorf("%d places, want 1000 in order", n)
	}
}

func TestCleanLeavesOutWhatCannotBeDrawn(t *testing.T) {
	nan := float32(math.NaN())
	m, c := Clean(&scene.Part{
		Points:  []float32{9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0, nan, 0, 0},
		UVs:     []float32{9, 9, 0, 0, 1, 0, 0, 1, 0, 0},
		Normals: []float32{0, 0, 1},
		Indices: []uint32{1, 2, 3, 1, 2, 4, 1, 2, 77},
	})
	if c.Bad != 2 || c.Extra != 1 {
		t.Errorf("%+v, want 2 bad triangles and 1 bad array", c)
	}
	if !slices.Equal(m.Indices, []uint32{0, 1, 2}) || !slices.Equal(m.Points, []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}) ||
		!slices.Equal(m.UVs, []float32{0, 0, 1, 0, 0, 1}) || m.Normals != nil {
		t.Errorf("%+v", m)
	}
}

func volume(m *Mesh) (v float64) {
	for t := range m.Triangles() {
		a, b, c := m.Corner(t)
		v += a.Dot(b.Cross(c)) / 6
	}
	return v
}

func TestBakeKeepsTheOutsideOut(t *testing.T) {
	for _, c := range []struct {
		name string
		l    [9]float64
		want float64
	}{
		{"turn", [9]float64{1, 0, 0, 0, 0, -1, 0, 1, 0}, 1},
		{"mirror", [9]float64{-1, 0, 0, 0, 1, 0, 0, 0, 1}, 1},
		{"stretched mirror", [9]float64{2, 0, 0, 0, -3, 0, 0, 0, 1}, 6},
	} {
		m := cube()
		m.FixNormals()
		m.Normals, m.PerCorner = vertexNormals(m), false
		m.Bake(&geom.Affine{L: c.l, T: geom.Vec{1, 2, 3}})
		if v := volume(m); math.Abs(v-c.want) > 1e-6 {
			t.Errorf("%s: volume %g, want %g", c.name, v, c.want)
		}
		if fix := m.FixNormals(); fix != (NormalFix{}) {
			t.Errorf("%s: baked normals needed %+v", c.name, fix)
		}
	}
}

func vertexNormals(m *Mesh) []float32 {
	out := make([]float32, len(m.Points))
	for k, i := range m.Indices {
		copy(out[3*i:], m.Normals[3*k:3*k+3])
	}
	return out
}

func TestFixNormals(t *testing.T) {
	good := func() *Mesh {
		m := cube()
		m.FixNormals()
		m.Normals, m.PerCorner = vertexNormals(m), false
		return m
	}
	for _, c := range []struct {
		name  string
		spoil func(m *Mesh)
		want  NormalFix
	}{
		{"right ones stay", func(*Mesh) {}, NormalFix{}},
		{"none", func(m *Mesh) { m.Normals = nil }, NormalFix{Made: true}},
		{"all inwards", func(m *Mesh) {
			for i := range m.Normals {
				m.Normals[i] = -m.Normals[i]
			}
		}, NormalFix{Flipped: true}},
		{"one face without", func(m *Mesh) { clear(m.Normals[:12]) }, NormalFix{Split: 2}},
		{"one not a number", func(m *Mesh) { m.Normals[12] = float32(math.NaN()) }, NormalFix{Split: 2}},
	} {
		m := good()
		c.spoil(m)
		if got := m.FixNormals(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		for tri := range m.Triangles() {
			if !m.PerCorner && !m.agrees(tri, 1) {
				t.Errorf("%s: triangle %d still disagrees", c.name, tri)
			}
		}
	}
}

func TestDropEmpty(t *testing.T) {
	m := cube()
	m.Indices = append(m.Indices, 0, 0, 1, 0, 1, 1)
	if n := m.DropEmpty(); n != 2 || m.Triangles() != 12 {
		t.Errorf("dropped %d, %d left", n, m.Triangles())
	}
}

func BenchmarkAnalyse(b *testing.B) {
	m := &Mesh{}
	const n = 500
	for i := range n + 1 {
		for j := range 2*n + 1 {
			u, v := math.Pi*float64(i)/n, math.Pi*float64(j)/n
			m.Points = append(m.Points, float32(math.Sin(u)*math.Cos(v)), float32(math.Sin(u)*math.Sin(v)), float32(math.Cos(u)))
			if i < n && j < 2*n {
				a, c := uint32(i*(2*n+1)+j), uint32((i+1)*(2*n+1)+j)
				m.Indices = append(m.Indices, a, c, c+1, a, c+1, a+1)
			}
		}
	}
	for b.Loop() {
		Analyse([]*Mesh{m}, 1e-6)
	}
}
