package mass

import (
	"math"

	"simdrop/internal/engine/geom"
)

// Tensor is a symmetric 3×3 matrix: xx, yy, zz, xy, yz, zx.
type Tensor [6]float64

// Principal is a tensor in the frame where it is diagonal.
type Principal struct {
	Moments [3]float64 // largest first, as MuJoCo orders them
	Axes    [4]float64 // unit quaternion w, x, y, z with w ≥ 0: the frame's axes seen from the body
}

// negligible is the size, relative to the trace, under which an off-diagonal
// term is rounding: a cube would otherwise get an arbitrary rotation.
const negligible = 1e-9

// Principal diagonalises the tensor by Jacobi rotations.
func (t Tensor) Principal() Principal {
	a := [3][3]float64{{t[0], t[3], t[5]}, {t[3], t[1], t[4]}, {t[5], t[4], t[2]}}
	v := [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	tiny := negligible * (math.Abs(a[0][0]) + math.Abs(a[1][1]) + math.Abs(a[2][2]))
	for i := range 3 {
		for j := range 3 {
			if i != j && math.Abs(a[i][j]) <= tiny {
				a[i][j] = 0
			}
		}
	}
	for range 32 {
		if a[0][1] == 0 && a[1][2] == 0 && a[0][2] == 0 {
			break
		}
		rotate(&a, &v, 0, 1)
		rotate(&a, &v, 1, 2)
		rotate(&a, &v, 0, 2)
	}
	order := [3]int{0, 1, 2}
	// Moments that differ by rounding only keep their order.
	for _, p := range [3]int{0, 1, 0} {
		if a[order[p+1]][order[p+1]] > a[order[p]][order[p]]+tiny {
			order[p], order[p+1] = order[p+1], order[p]
		}
	}
	var out Principal
	var axes [3]geom.Vec
	for k, o := range order {
		out.Moments[k] = a[o][o]
		axes[k] = lookAlong(geom.Vec{v[0][o], v[1][o], v[2][o]})
	}
	if axes[0].Cross(axes[1]).Dot(axes[2]) < 0 {
		axes[2] = axes[2].Scale(-1)
	}
	out.Axes = quaternion(axes)
	return out
}

// rotate makes a[p][q] zero (Golub and Van Loan, symmetric Schur decomposition).
func rotate(a, v *[3][3]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(float64(t*t)+1)
	s := t * c
	for k := range 3 {
		x, y := a[k][p], a[k][q]
		a[k][p], a[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	for k := range 3 {
		x, y := a[p][k], a[q][k]
		a[p][k], a[q][k] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
		x, y = v[k][p], v[k][q]
		v[k][p], v[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	a[p][q], a[q][p] = 0, 0
}

// lookAlong picks, of an axis' two directions, the one whose largest component is positive.
func lookAlong(a geom.Vec) geom.Vec {
	k := 0
	for i := 1; i < 3; i++ {
		if math.Abs(a[i]) > math.Abs(a[k])+1e-9 {
			k = i
		}
	}
	if a[k] < 0 {
		a = a.Scale(-1)
	}
	return a
}

// quaternion converts the rotation whose columns are the axes (Shepperd's method).
func quaternion(c [3]geom.Vec) [4]float64 {
	m := func(i, j int) float64 { return c[j][i] }
	sq := [4]float64{
		1 + m(0, 0) + m(1, 1) + m(2, 2),
		1 + m(0, 0) - m(1, 1) - m(2, 2),
		1 - m(0, 0) + m(1, 1) - m(2, 2),
		1 - m(0, 0) - m(1, 1) + m(2, 2),
	}
	k := 0
	for i := range sq {
		if sq[i] > sq[k]+1e-9 {
			k = i
		}
	}
	s := 2 * math.Sqrt(sq[k])
	var q [4]float64
	switch k {
	case 0:
		q = [4]float64{s / 4, (m(2, 1) - m(1, 2)) / s, (m(0, 2) - m(2, 0)) / s, (m(1, 0) - m(0, 1)) / s}
	case 1:
		q = [4]float64{(m(2, 1) - m(1, 2)) / s, s / 4, (m(0, 1) + m(1, 0)) / s, (m(0, 2) + m(2, 0)) / s}
	case 2:
		q = [4]float64{(m(0, 2) - m(2, 0)) / s, (m(0, 1) + m(1, 0)) / s, s / 4, (m(1, 2) + m(2, 1)) / s}
	default:
		q = [4]float64{(m(1, 0) - m(0, 1)) / s, (m(0, 2) + m(2, 0)) / s, (m(1, 2) + m(2, 1)) / s, s / 4}
	}
	return unitQuaternion(q)
}

func unitQuaternion(q [4]float64) [4]float64 {
	n := 0.0
	for i := range q {
		if math.Abs(q[i]) < 1e-12 {
			q[i] = 0
		}
		n += float64(q[i] * q[i])
	}
	n = math.Sqrt(n)
	first := 0
	for first < 3 && q[first] == 0 {
		first++
	}
	if q[first] < 0 {
		n = -n
	}
	for i := range q {
		q[i] = q[i]/n + 0
	}
	return q
}
