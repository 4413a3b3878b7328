package mesh

import (
	"math"

	"simdrop/internal/engine/geom"
)

// Bounds returns the box of what is seen of the mesh, the triangles with an area,
// as a would place them.
func (m *Mesh) Bounds(a *geom.Affine) geom.Box {
	seen := make([]bool, m.Vertices())
	for t := range m.Triangles() {
		if i := m.Indices[3*t : 3*t+3]; !seen[i[0]] || !seen[i[1]] || !seen[i[2]] {
			if _, ok := m.faceNormal(t); ok {
				seen[i[0]], seen[i[1]], seen[i[2]] = true, true, true
			}
		}
	}
	b := geom.Empty()
	for i, ok := range seen {
		if ok {
			b.Add(a.Apply(geom.At(m.Points, i)))
		}
	}
	return b
}

// Bake moves the points and normals by a into arrays of their own. A map that
// mirrors turns the triangles round, so that they stay counter-clockwise.
func (m *Mesh) Bake(a *geom.Affine) {
	pts := make([]float32, len(m.Points))
	for i := range m.Vertices() {
		put(pts, i, a.Apply(geom.At(m.Points, i)))
	}
	m.Points = pts
	if m.Normals != nil {
		na := a.Normals()
		nrm := make([]float32, len(m.Normals))
		for i := range len(nrm) / 3 {
			u, _ := na.Linear(geom.At(m.Normals, i)).Unit()
			put(nrm, i, u)
		}
		m.Normals = nrm
	}
	if a.Det() < 0 {
		ix := make([]uint32, len(m.Indices))
		for t := 0; t+2 < len(ix); t += 3 {
			ix[t], ix[t+1], ix[t+2] = m.Indices[t], m.Indices[t+2], m.Indices[t+1]
		}
		m.Indices = ix
	}
}

// put rounds to the file's precision. Adding zero turns −0 into 0.
func put(dst []float32, i int, v geom.Vec) {
	q := dst[3*i : 3*i+3 : 3*i+3]
	q[0], q[1], q[2] = float32(v[0])+0, float32(v[1])+0, float32(v[2])+0
}

// DropEmpty removes the triangles without area, which have no front and no
// normal, and returns how many they were. Call it after asking for the topology:
// such slivers often hold a closed surface together.
func (m *Mesh) DropEmpty() int {
	out := m.Indices
	dropped := 0
	for t := range m.Triangles() {
		tri := m.Indices[3*t : 3*t+3]
		if _, ok := m.faceNormal(t); ok {
			if dropped > 0 {
				out = append(out, tri...)
			}
			continue
		}
		if dropped == 0 {
			out = append(make([]uint32, 0, len(m.Indices)), m.Indices[:3*t]...)
		}
		dropped++
	}
	if dropped > 0 {
		m.Indices = out
		m.compact()
	}
	return dropped
}

// sliver is the relative height under which a triangle has no usable normal at
// single precision.
const sliver = 1e-7

// faceNormal returns the unit normal of triangle t, and false when it has none.
func (m *Mesh) faceNormal(t int) (geom.Vec, bool) {
	a, b, c := m.Corner(t)
	e, f := b.Sub(a), c.Sub(a)
	n := e.Cross(f)
	g := f.Sub(e)
	longest := max(e.Dot(e), f.Dot(f), g.Dot(g))
	l := n.Len()
	if !(l > sliver*longest) || math.IsInf(longest, 0) {
		return geom.Vec{}, false
	}
	return n.Unit()
}

// Turn reverses the triangles that pass the test.
func (m *Mesh) Turn(pass func(t int) bool) {
	var ix []uint32
	for t := range m.Triangles() {
		if !pass(t) {
			continue
		}
		if ix == nil {
			ix = append(ix, m.Indices...)
		}
		ix[3*t+1], ix[3*t+2] = ix[3*t+2], ix[3*t+1]
	}
	if ix != nil {
		m.Indices = ix
	}
}
