package geom

// Affine is a linear map (row major) and a translation.
type Affine struct {
	L [9]float64
	T Vec
}

// FromColumns reads a column-major 4×4 matrix, as glTF writes it. The bottom row
// is taken as 0 0 0 1.
func FromColumns(m [16]float64) Affine {
	return Affine{
		L: [9]float64{m[0], m[4], m[8], m[1], m[5], m[9], m[2], m[6], m[10]},
		T: Vec{m[12], m[13], m[14]},
	}
}

// Apply maps a point.
func (a *Affine) Apply(p Vec) Vec { return a.Linear(p).Add(a.T) }

// Linear maps a direction.
func (a *Affine) Linear(v Vec) Vec {
	l := &a.L
	return Vec{
		float64(l[0]*v[0]) + float64(l[1]*v[1]) + float64(l[2]*v[2]),
		float64(l[3]*v[0]) + float64(l[4]*v[1]) + float64(l[5]*v[2]),
		float64(l[6]*v[0]) + float64(l[7]*v[1]) + float64(l[8]*v[2]),
	}
}

// Then returns the map that does a first and b after it.
func (a Affine) Then(b Affine) Affine {
	var r Affine
	for col := range 3 {
		v := b.Linear(Vec{a.L[col], a.L[3+col], a.L[6+col]})
		r.L[col], r.L[3+col], r.L[6+col] = v[0], v[1], v[2]
	}
	r.T = b.Apply(a.T)
	return r
}

// Det is the determinant of the linear part: negative for a mirror.
func (a *Affine) Det() float64 {
	r0, r1, r2 := a.rows()
	return r0.Dot(r1.Cross(r2))
}

// Normals returns the map for surface normals: the inverse transpose up to a
// positive factor, so the result has to be made unit again. It exists for
// singular maps too.
func (a *Affine) Normals() Affine {
	r0, r1, r2 := a.rows()
	c0, c1, c2 := r1.Cross(r2), r2.Cross(r0), r0.Cross(r1)
	s := 1.0
	if a.Det() < 0 {
		s = -1
	}
	return Affine{L: [9]float64{
		s * c0[0], s * c0[1], s * c0[2],
		s * c1[0], s * c1[1], s * c1[2],
		s * c2[0], s * c2[1], s * c2[2],
	}}
}

func (a *Affine) rows() (r0, r1, r2 Vec) {
	l := &a.L
	return Vec{l[0], l[1], l[2]}, Vec{l[3], l[4], l[5]}, Vec{l[6], l[7], l[8]}
}
