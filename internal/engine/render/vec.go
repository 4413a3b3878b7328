package render

import (
	"math"

	"simdrop/internal/engine/geom"
)

// vec is a vector or a colour. It is geom.Vec as a structure, which the compiler
// keeps in registers where it keeps arrays in memory: drawing is twice as fast with
// it. Products are rounded by themselves for the reason that package geom gives.
type vec struct{ x, y, z float64 }

func of(v [3]float64) vec { return vec{v[0], v[1], v[2]} }

// at reads point i of a flat array.
func at(p []float32, i int) vec {
	q := p[3*i : 3*i+3 : 3*i+3]
	return vec{float64(q[0]), float64(q[1]), float64(q[2])}
}

func (a vec) add(b vec) vec       { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec       { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(b vec) vec     { return vec{float64(a.x * b.x), float64(a.y * b.y), float64(a.z * b.z)} }
func (a vec) scale(s float64) vec { return vec{float64(a.x * s), float64(a.y * s), float64(a.z * s)} }

func (a vec) dot(b vec) float64 {
	return float64(a.x*b.x) + float64(a.y*b.y) + float64(a.z*b.z)
}

func (a vec) cross(b vec) vec {
	return vec{
		float64(a.y*b.z) - float64(a.z*b.y),
		float64(a.z*b.x) - float64(a.x*b.z),
		float64(a.x*b.y) - float64(a.y*b.x),
	}
}

func (a vec) len() float64 { return math.Sqrt(a.dot(a)) }

// unit returns a at length 1, and false when a has no direction.
func (a vec) unit() (vec, bool) {
	u, ok := geom.Vec{a.x, a.y, a.z}.Unit()
	return of(u), ok
}

// between goes the part t of the way from a to b.
func between(a, b vec, t float64) vec { return a.add(b.sub(a).scale(t)) }
