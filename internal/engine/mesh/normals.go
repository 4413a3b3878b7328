package mesh

import "simdrop/internal/engine/geom"

// NormalFix counts what FixNormals had to do.
type NormalFix struct {
	Made    bool // there were none: flat ones were computed
	Flipped bool // the file's normals looked inwards on most triangles: they were turned
	Split   int  // triangles whose normals contradicted the winding and got their face's own
}

// FixNormals makes normals that are there, finite, unit and on the outer side of
// every triangle. The winding is trusted: it decides about volume and mass too.
// Every triangle must have an area (DropEmpty).
func (m *Mesh) FixNormals() NormalFix {
	if m.Normals == nil || m.PerCorner {
		m.flat()
		return NormalFix{Made: true}
	}
	var fix NormalFix
	against, faces := 0, m.Triangles()
	for t := range faces {
		if !m.agrees(t, 1) && m.agrees(t, -1) {
			against++
		}
	}
	if 2*against > faces {
		fix.Flipped = true
		for i, f := range m.Normals {
			m.Normals[i] = 0 - f
		}
	}
	var wrong []int
	for t := range faces {
		if !m.agrees(t, 1) {
			wrong = append(wrong, t)
		}
	}
	fix.Split = len(wrong)
	m.split(wrong)
	return fix
}

// agrees reports that the normals of triangle t are usable, and their mean looks
// to the front of the triangle (side 1) or to its back (side −1).
func (m *Mesh) agrees(t int, side float64) bool {
	n, ok := m.faceNormal(t)
	if !ok {
		return false
	}
	var sum geom.Vec
	for _, i := range m.Indices[3*t : 3*t+3] {
		v := geom.At(m.Normals, int(i))
		if l := v.Dot(v); !(l > 0.99 && l < 1.01) {
			return false
		}
		sum = sum.Add(v)
	}
	return side*n.Dot(sum) > 0
}

// flat gives every corner its triangle's normal.
func (m *Mesh) flat() {
	m.PerCorner = true
	m.Normals = make([]float32, 3*len(m.Indices))
	for t := range m.Triangles() {
		n, _ := m.faceNormal(t)
		for k := range 3 {
			put(m.Normals, 3*t+k, n)
		}
	}
}

// split gives the triangles points of their own with their face's normal.
func (m *Mesh) split(tris []int) {
	if len(tris) == 0 {
		return
	}
	ix := append([]uint32(nil), m.Indices...)
	m.Points = append([]float32(nil), m.Points...)
	m.UVs, m.Colors = append([]float32(nil), m.UVs...), append([]float32(nil), m.Colors...)
	for _, t := range tris {
		n, _ := m.faceNormal(t)
		for k := 3 * t; k < 3*t+3; k++ {
			i := int(ix[k])
			ix[k] = uint32(len(m.Points) / 3)
			m.Points = append(m.Points, m.Points[3*i:3*i+3]...)
			m.Normals = append(m.Normals, float32(n[0])+0, float32(n[1])+0, float32(n[2])+0)
			if len(m.UVs) > 0 {
				m.UVs = append(m.UVs, m.UVs[2*i:2*i+2]...)
			}
			if len(m.Colors) > 0 {
				m.Colors = append(m.Colors, m.Colors[3*i:3*i+3]...)
			}
		}
	}
	m.Indices = ix
	m.compact() // a point may have been used by these triangles only
}
