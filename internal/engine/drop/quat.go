package drop

import (
	"math"

	"simdrop/internal/engine/geom"
)

// quat is a rotation as w, x, y, z.
type quat [4]float64

func (a quat) times(b quat) quat {
	u, v := geom.Vec{a[1], a[2], a[3]}, geom.Vec{b[1], b[2], b[3]}
	w := u.Cross(v).Add(v.Scale(a[0])).Add(u.Scale(b[0]))
	return quat{float64(a[0]*b[0]) - u.Dot(v), w[0], w[1], w[2]}
}

func (a quat) conjugate() quat { return quat{a[0], -a[1], -a[2], -a[3]} }

// unit returns a at length 1; what has no direction turns nothing.
func (a quat) unit() quat {
	n := math.Sqrt(float64(a[0]*a[0]) + float64(a[1]*a[1]) + float64(a[2]*a[2]) + float64(a[3]*a[3]))
	if !(n > 0) || math.IsInf(n, 0) {
		return quat{1, 0, 0, 0}
	}
	return quat{a[0] / n, a[1] / n, a[2] / n, a[3] / n}
}

// rotation turns by an angle about an axis.
func rotation(axis geom.Vec, angle float64) quat {
	u, _ := axis.Unit()
	s, c := math.Sincos(angle / 2)
	return quat{c, u[0] * s, u[1] * s, u[2] * s}
}

// turned is a after turning at spin (rad/s, world axes) for dt.
func (a quat) turned(spin geom.Vec, dt float64) quat {
	if w := spin.Len(); w > 0 {
		return rotation(spin, w*dt).times(a).unit()
	}
	return a
}

// matrix gives the rows of the rotation.
func (a quat) matrix() [3]geom.Vec {
	w, x, y, z := a[0], a[1], a[2], a[3]
	p := func(s, t float64) float64 { return 2 * float64(s*t) }
	return [3]geom.Vec{
		{1 - p(y, y) - p(z, z), p(x, y) - p(w, z), p(x, z) + p(w, y)},
		{p(x, y) + p(w, z), 1 - p(x, x) - p(z, z), p(y, z) - p(w, x)},
		{p(x, z) - p(w, y), p(y, z) + p(w, x), 1 - p(x, x) - p(y, y)},
	}
}

func (a quat) rotate(v geom.Vec) geom.Vec {
	r := a.matrix()
	return geom.Vec{r[0].Dot(v), r[1].Dot(v), r[2].Dot(v)}
}
