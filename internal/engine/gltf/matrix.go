package gltf

import (
	"math"

	"simdrop/internal/engine/scene"
)

// matrix is a 4 by 4 transform, column-major as in the file.
type matrix [16]float64

var identity = matrix(scene.Identity)

func (a matrix) times(b matrix) matrix {
	var m matrix
	for col := range 4 {
		for row := range 4 {
			var sum float64
			for k := range 4 {
				// The conversion keeps the product from being fused on some machines.
				sum += float64(a[4*k+row] * b[4*col+k])
			}
			m[4*col+row] = sum
		}
	}
	return m
}

// local gives a node's own transform: its matrix, or translation × rotation × scale.
func (n *node) local() (matrix, error) {
	if n.Matrix != nil {
		if len(n.Matrix) != 16 {
			return matrix{}, scene.Refuse("node %q has a matrix of %d numbers", n.Name, len(n.Matrix))
		}
		return matrix(n.Matrix), nil
	}
	t, s, q := [3]float64{}, [3]float64{1, 1, 1}, [4]float64{0, 0, 0, 1}
	if !fill(t[:], n.Translation) || !fill(s[:], n.Scale) || !fill(q[:], n.Rotation) {
		return matrix{}, scene.Refuse("node %q has a translation, rotation or scale of the wrong length", n.Name)
	}
	x, y, z, w := unit(q)
	return matrix{
		s[0] * (1 - 2*(y*y+z*z)), s[0] * (2 * (x*y + z*w)), s[0] * (2 * (x*z - y*w)), 0,
		s[1] * (2 * (x*y - z*w)), s[1] * (1 - 2*(x*x+z*z)), s[1] * (2 * (y*z + x*w)), 0,
		s[2] * (2 * (x*z + y*w)), s[2] * (2 * (y*z - x*w)), s[2] * (1 - 2*(x*x+y*y)), 0,
		t[0], t[1], t[2], 1,
	}, nil
}

// fill copies given over the defaults in field and reports whether the lengths agree.
func fill(field, given []float64) bool {
	if given == nil {
		return true
	}
	return copy(field, given) == len(field) && len(given) == len(field)
}

func unit(q [4]float64) (x, y, z, w float64) {
	length := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3])
	if length == 0 || math.IsInf(length, 0) || math.IsNaN(length) {
		return 0, 0, 0, 1
	}
	return q[0] / length, q[1] / length, q[2] / length, q[3] / length
}

// point transforms a position.
func (a *matrix) point(x, y, z float64) (float64, float64, float64) {
	return a[0]*x + a[4]*y + a[8]*z + a[12],
		a[1]*x + a[5]*y + a[9]*z + a[13],
		a[2]*x + a[6]*y + a[10]*z + a[14]
}

// direction transforms a normal, by the cofactors of the upper left 3 by 3: right
// under any scale, and not yet of unit length.
func (a *matrix) direction(x, y, z float64) (float64, float64, float64) {
	cx := (a[5]*a[10]-a[6]*a[9])*x + (a[6]*a[8]-a[4]*a[10])*y + (a[4]*a[9]-a[5]*a[8])*z
	cy := (a[2]*a[9]-a[1]*a[10])*x + (a[0]*a[10]-a[2]*a[8])*y + (a[1]*a[8]-a[0]*a[9])*z
	cz := (a[1]*a[6]-a[2]*a[5])*x + (a[2]*a[4]-a[0]*a[6])*y + (a[0]*a[5]-a[1]*a[4])*z
	return cx, cy, cz
}

func (a *matrix) determinant() float64 {
	return a[0]*(a[5]*a[10]-a[6]*a[9]) + a[4]*(a[6]*a[1]-a[2]*a[9]) + a[8]*(a[1]*a[6]-a[2]*a[5])
}
