// Package geom is the vector arithmetic of the local engine.
//
// Equal input has to give equal bytes on every machine. Go may fuse a product and
// a sum into one rounding where the processor can (arm64, GOAMD64=v3), so every
// product here is rounded by an explicit float64 conversion, which forbids that.
package geom

import "math"

// Vec is a point or direction in three dimensions.
type Vec [3]float64

// Add returns a+b.
func (a Vec) Add(b Vec) Vec { return Vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

// Sub returns a−b.
func (a Vec) Sub(b Vec) Vec { return Vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

// Scale returns a·s.
func (a Vec) Scale(s float64) Vec { return Vec{a[0] * s, a[1] * s, a[2] * s} }

// Dot returns the scalar product.
func (a Vec) Dot(b Vec) float64 {
	return float64(a[0]*b[0]) + float64(a[1]*b[1]) + float64(a[2]*b[2])
}

// Cross returns the vector product.
func (a Vec) Cross(b Vec) Vec {
	return Vec{
		float64(a[1]*b[2]) - float64(a[2]*b[1]),
		float64(a[2]*b[0]) - float64(a[0]*b[2]),
		float64(a[0]*b[1]) - float64(a[1]*b[0]),
	}
}

// Len returns the length.
func (a Vec) Len() float64 { return math.Sqrt(a.Dot(a)) }

// Unit returns a at length 1, and false when a has no direction.
func (a Vec) Unit() (Vec, bool) {
	m := max(math.Abs(a[0]), math.Abs(a[1]), math.Abs(a[2]))
	if m == 0 || !finite(m) {
		return Vec{}, false
	}
	b := Vec{a[0] / m, a[1] / m, a[2] / m}
	l := b.Len()
	return Vec{b[0] / l, b[1] / l, b[2] / l}, true
}

// Finite reports that no component is NaN or infinite.
func (a Vec) Finite() bool { return finite(a[0]) && finite(a[1]) && finite(a[2]) }

func finite(f float64) bool { return f-f == 0 }

// At reads point i of a flat array with three numbers per point.
func At(p []float32, i int) Vec {
	q := p[3*i : 3*i+3 : 3*i+3]
	return Vec{float64(q[0]), float64(q[1]), float64(q[2])}
}

// Perpendicular returns a unit vector at a right angle to the unit vector a.
func (a Vec) Perpendicular() Vec {
	k := 0
	for i := 1; i < 3; i++ {
		if math.Abs(a[i]) < math.Abs(a[k]) {
			k = i
		}
	}
	var e Vec
	e[k] = 1
	u, _ := a.Cross(e).Unit()
	return u
}
