// Package mass computes mass, centre of mass and inertia of solids bounded by
// triangles, exactly: each triangle and a reference point span a tetrahedron whose
// signed integrals are polynomials in its corners, and over a closed surface the
// signs cancel everything outside (Mirtich 1996; Tonon 2004).
package mass

import (
	"simdrop/internal/engine/geom"
)

// Moments are the integrals of 1, x and x·xᵀ over a solid of density 1, about a
// reference point: volume (m³), first moment (m⁴), second moment (m⁵).
type Moments struct {
	Ref    geom.Vec
	Volume float64
	First  geom.Vec
	Second [6]float64 // xx, yy, zz, xy, yz, zx
}

// Triangle adds the tetrahedron of the reference point and a triangle,
// counter-clockwise seen from outside. Its volume is negative when the reference
// point lies in front of the triangle.
func (m *Moments) Triangle(a, b, c geom.Vec) {
	a, b, c = a.Sub(m.Ref), b.Sub(m.Ref), c.Sub(m.Ref)
	v := a.Dot(b.Cross(c)) / 6
	m.Volume += v
	s := a.Add(b).Add(c)
	m.First = m.First.Add(s.Scale(v / 4))
	for k, ij := range pairs {
		i, j := ij[0], ij[1]
		q := float64(s[i]*s[j]) + float64(a[i]*a[j]) + float64(b[i]*b[j]) + float64(c[i]*c[j])
		m.Second[k] += float64(q * (v / 20))
	}
}

var pairs = [6][2]int{{0, 0}, {1, 1}, {2, 2}, {0, 1}, {1, 2}, {2, 0}}

// Scale returns the moments of the solid at another density (or turned inside out, at −1).
func (m Moments) Scale(d float64) Moments {
	m.Volume *= d
	m.First = m.First.Scale(d)
	for k := range m.Second {
		m.Second[k] *= d
	}
	return m
}

// About returns the moments about another reference point.
func (m Moments) About(ref geom.Vec) Moments {
	d := m.Ref.Sub(ref)
	out := Moments{Ref: ref, Volume: m.Volume, First: m.First.Add(d.Scale(m.Volume))}
	for k, ij := range pairs {
		i, j := ij[0], ij[1]
		out.Second[k] = m.Second[k] + float64(m.First[i]*d[j]) + float64(m.First[j]*d[i]) + float64(float64(d[i]*d[j])*m.Volume)
	}
	return out
}

// Add joins two solids. Both have the same reference point.
func (m Moments) Add(o Moments) Moments {
	o = o.About(m.Ref)
	m.Volume += o.Volume
	m.First = m.First.Add(o.First)
	for k := range m.Second {
		m.Second[k] += o.Second[k]
	}
	return m
}

// Centre is the centre of mass.
func (m Moments) Centre() geom.Vec { return m.Ref.Add(m.First.Scale(1 / m.Volume)) }

// Inertia is the inertia tensor about the centre of mass, as xx, yy, zz, xy, yz, zx.
func (m Moments) Inertia() Tensor {
	c := m.About(m.Centre()).Second
	return Tensor{c[1] + c[2], c[2] + c[0], c[0] + c[1], -c[3], -c[4], -c[5]}
}
