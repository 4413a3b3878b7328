package scene

import "math"

// Triangulator cuts polygons into triangles by clipping ears, so that concave
// faces keep their shape. It reuses its memory and serves one goroutine.
type Triangulator struct {
	xs, ys []float64
	next   []int32
	prev   []int32
}

// MaxCorners is the largest polygon cut: ear clipping takes the square of it.
const MaxCorners = 20_000

// Cut calls emit with the corners (0 to n-1) of each triangle of a polygon of n
// corners, in its own winding; at gives a corner's position. It emits n-2
// triangles whatever the polygon's shape.
func (t *Triangulator) Cut(n int, at func(int) [3]float32, emit func(a, b, c int)) {
	switch {
	case n < 3:
	case n == 3:
		emit(0, 1, 2)
	case n == 4:
		t.cutQuad(at, emit)
	default:
		t.cutEars(n, at, emit)
	}
}

// cutQuad splits along the diagonal that lies inside, the first when both do.
func (t *Triangulator) cutQuad(at func(int) [3]float32, emit func(a, b, c int)) {
	a, b, c, d := at(0), at(1), at(2), at(3)
	abc, acd := normal(a, b, c), normal(a, c, d)
	if dot(abc, acd) >= 0 {
		emit(0, 1, 2)
		emit(0, 2, 3)
		return
	}
	emit(0, 1, 3)
	emit(1, 2, 3)
}

func (t *Triangulator) cutEars(n int, at func(int) [3]float32, emit func(a, b, c int)) {
	t.project(n, at)
	t.next, t.prev = t.next[:0], t.prev[:0]
	for i := range n {
		t.next = append(t.next, int32((i+1)%n))
		t.prev = append(t.prev, int32((i+n-1)%n))
	}
	current, left := 0, n
	for misses := 0; left > 3; {
		p, q := int(t.prev[current]), int(t.next[current])
		// A polygon that crosses itself may have no ear: cut on rather than stop.
		if misses < left && !t.isEar(p, current, q) {
			current, misses = q, misses+1
			continue
		}
		emit(p, current, q)
		t.next[p], t.prev[q] = int32(q), int32(p)
		left, misses = left-1, 0
		current = int(t.next[q]) // skip one: thinner fans come from clipping neighbours in a row
	}
	emit(int(t.prev[current]), current, int(t.next[current]))
}

// project lays the polygon on the axis plane that shows most of it, by its
// Newell normal, counter-clockwise.
func (t *Triangulator) project(n int, at func(int) [3]float32) {
	var nx, ny, nz float64
	last := at(n - 1)
	for i := range n {
		p := at(i)
		ax, ay, az := float64(last[0]), float64(last[1]), float64(last[2])
		bx, by, bz := float64(p[0]), float64(p[1]), float64(p[2])
		nx += (ay - by) * (az + bz)
		ny += (az - bz) * (ax + bx)
		nz += (ax - bx) * (ay + by)
		last = p
	}
	u, v, sign := 0, 1, nz
	if x, y, z := math.Abs(nx), math.Abs(ny), math.Abs(nz); x >= y && x >= z {
		u, v, sign = 1, 2, nx
	} else if y >= z {
		u, v, sign = 2, 0, ny
	}
	if sign < 0 {
		u, v = v, u
	}
	t.xs, t.ys = t.xs[:0], t.ys[:0]
	for i := range n {
		p := at(i)
		t.xs, t.ys = append(t.xs, float64(p[u])), append(t.ys, float64(p[v]))
	}
}

// isEar reports whether the corner b between a and c is convex and no other
// corner lies in the triangle.
func (t *Triangulator) isEar(a, b, c int) bool {
	if t.area(a, b, c) <= 0 {
		return false
	}
	for i := int(t.next[c]); i != a; i = int(t.next[i]) {
		if t.same(i, a) || t.same(i, b) || t.same(i, c) {
			continue // a keyhole's doubled corner
		}
		if t.area(a, b, i) >= 0 && t.area(b, c, i) >= 0 && t.area(c, a, i) >= 0 {
			return false
		}
	}
	return true
}

func (t *Triangulator) same(i, j int) bool { return t.xs[i] == t.xs[j] && t.ys[i] == t.ys[j] }

// area is twice the signed area of a triangle of corners.
func (t *Triangulator) area(a, b, c int) float64 {
	return (t.xs[b]-t.xs[a])*(t.ys[c]-t.ys[a]) - (t.ys[b]-t.ys[a])*(t.xs[c]-t.xs[a])
}

func normal(a, b, c [3]float32) [3]float64 {
	ux, uy, uz := float64(b[0]-a[0]), float64(b[1]-a[1]), float64(b[2]-a[2])
	vx, vy, vz := float64(c[0]-a[0]), float64(c[1]-a[1]), float64(c[2]-a[2])
	return [3]float64{uy*vz - uz*vy, uz*vx - ux*vz, ux*vy - uy*vx}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
