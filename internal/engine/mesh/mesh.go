// Package mesh prepares triangle meshes for a physics package: it cleans what
// files get wrong, bakes transforms into the points, makes normals that agree with
// the winding, and says which surfaces are closed.
//
// A mesh is flat arrays, as in the file and as in USD: three numbers per point,
// three indices per triangle, counter-clockwise seen from outside.
package mesh

import (
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/scene"
)

// Mesh is a triangle mesh with one material, in metres and Z up once it is baked.
type Mesh struct {
	Name     string
	Group    int
	Material int
	Points   []float32 // 3 per point
	Normals  []float32 // 3 per point, or per index when PerCorner
	// PerCorner says that the normals belong to the corners of triangles, so that
	// neighbours which share a point can be flat.
	PerCorner bool
	UVs       []float32 // 2 per point, or nil
	Colors    []float32 // 3 per point, or nil
	Indices   []uint32  // 3 per triangle
}

// Triangles is the number of triangles.
func (m *Mesh) Triangles() int { return len(m.Indices) / 3 }

// Vertices is the number of points.
func (m *Mesh) Vertices() int { return len(m.Points) / 3 }

// Corner returns the three points of triangle t.
func (m *Mesh) Corner(t int) (a, b, c geom.Vec) {
	i := m.Indices[3*t : 3*t+3 : 3*t+3]
	return geom.At(m.Points, int(i[0])), geom.At(m.Points, int(i[1])), geom.At(m.Points, int(i[2]))
}

// Cleaned counts what Clean left out.
type Cleaned struct {
	Bad   int // triangles with an index out of range or a point that is not a number
	Extra int // arrays of the wrong length
}

// Clean copies a part without what cannot be drawn: triangles that refer to
// missing or non-finite points, and points no triangle uses. Arrays that need no
// change are shared with the part.
func Clean(p *scene.Part) (*Mesh, Cleaned) {
	var c Cleaned
	m := &Mesh{Name: p.Name, Group: p.Group, Material: p.Material}
	n := len(p.Points) / 3
	m.Points = p.Points[:3*n]
	m.Normals = fit(p.Normals, 3*n, &c)
	m.UVs = fit(p.UVs, 2*n, &c)
	m.Colors = fit(p.Colors, 3*n, &c)
	if badFloats(m.UVs) {
		m.UVs = nil
		c.Extra++
	}
	if badFloats(m.Colors) {
		m.Colors = nil
		c.Extra++
	}
	m.Indices, c.Bad = keep(p.Indices[:len(p.Indices)/3*3], m.Points)
	m.compact()
	return m, c
}

// fit drops an optional array whose length does not match the points.
func fit(a []float32, n int, c *Cleaned) []float32 {
	if len(a) == n {
		return a
	}
	if len(a) > 0 {
		c.Extra++
	}
	return nil
}

func badFloats(a []float32) bool {
	for _, f := range a {
		if f-f != 0 {
			return true
		}
	}
	return false
}

// keep returns the triangles whose points exist and are finite.
func keep(ix []uint32, pts []float32) (out []uint32, bad int) {
	n := uint32(len(pts) / 3)
	ok := func(i uint32) bool { return i < n && geom.At(pts, int(i)).Finite() }
	for t := 0; t+2 < len(ix); t += 3 {
		if ok(ix[t]) && ok(ix[t+1]) && ok(ix[t+2]) {
			if bad > 0 {
				out = append(out, ix[t:t+3]...)
			}
			continue
		}
		if bad == 0 {
			out = append(make([]uint32, 0, len(ix)-3), ix[:t]...)
		}
		bad++
	}
	if bad == 0 {
		return ix, 0
	}
	return out, bad
}

// compact drops the points that no triangle uses. Primitives of one glTF mesh
// often share one large vertex array.
func (m *Mesh) compact() {
	n := m.Vertices()
	remap := make([]uint32, n)
	used := 0
	for _, i := range m.Indices {
		if remap[i] == 0 {
			remap[i] = 1
			used++
		}
	}
	if used == n {
		return
	}
	next := uint32(0)
	old := *m
	m.Points = make([]float32, 0, 3*used)
	for i := range n {
		if remap[i] == 0 {
			continue
		}
		remap[i] = next
		next++
		m.Points = append(m.Points, old.Points[3*i:3*i+3]...)
	}
	m.Normals = pick(old.Normals, 3, old.Indices, remap, used)
	m.UVs = pick(old.UVs, 2, old.Indices, remap, used)
	m.Colors = pick(old.Colors, 3, old.Indices, remap, used)
	m.Indices = make([]uint32, len(old.Indices))
	for k, i := range old.Indices {
		m.Indices[k] = remap[i]
	}
}

func pick(a []float32, width int, ix, remap []uint32, used int) []float32 {
	if a == nil {
		return nil
	}
	out := make([]float32, width*used)
	for _, i := range ix {
		copy(out[width*int(remap[i]):], a[width*int(i):width*int(i)+width])
	}
	return out
}
