package decimate

import "simdrop/internal/engine/geom"

// quadric is the sum of squared distances to planes, each times its weight: the
// upper half of a symmetric 4×4 matrix.
type quadric struct{ xx, yy, zz, xy, yz, zx, x, y, z, c float64 }

// plane adds the plane through p with unit normal n.
func (q *quadric) plane(n, p geom.Vec, weight float64) {
	d := -n.Dot(p)
	w := n.Scale(weight)
	q.xx += float64(w[0] * n[0])
	q.yy += float64(w[1] * n[1])
	q.zz += float64(w[2] * n[2])
	q.xy += float64(w[0] * n[1])
	q.yz += float64(w[1] * n[2])
	q.zx += float64(w[2] * n[0])
	q.x += float64(w[0] * d)
	q.y += float64(w[1] * d)
	q.z += float64(w[2] * d)
	q.c += float64(float64(weight*d) * d)
}

func (q *quadric) add(o *quadric) {
	q.xx += o.xx
	q.yy += o.yy
	q.zz += o.zz
	q.xy += o.xy
	q.yz += o.yz
	q.zx += o.zx
	q.x += o.x
	q.y += o.y
	q.z += o.z
	q.c += o.c
}

// at is the error at p; rounding may not make it negative.
func (q *quadric) at(p geom.Vec) float64 {
	x, y, z := p[0], p[1], p[2]
	r := float64(x*(float64(q.xx*x)+2*(float64(q.xy*y)+float64(q.zx*z)+q.x))) +
		float64(y*(float64(q.yy*y)+2*(float64(q.yz*z)+q.y))) +
		float64(z*(float64(q.zz*z)+2*q.z)) + q.c
	return max(r, 0)
}

// How much an edge that must stay where it is weighs, by its squared length.
const (
	borderWeight = 10
	seamWeight   = 1
)

// constrain gives every vertex the planes of its triangles by area, and at borders
// and seams a plane upright on the triangle, so that the line keeps its course.
func (s *surface) constrain() {
	for f := range len(s.place) / 3 {
		if s.place[3*f] == gone {
			continue
		}
		a, b, c := s.place[3*f], s.place[3*f+1], s.place[3*f+2]
		pa := s.pos[a]
		cross := s.pos[b].Sub(pa).Cross(s.pos[c].Sub(pa))
		n, ok := cross.Unit()
		if !ok {
			continue
		}
		area := cross.Len() / 2
		for _, v := range [3]uint32{a, b, c} {
			s.q[v].plane(n, pa, area)
		}
		for k := range 3 {
			if w := s.edgeWeight(uint32(3*f + k)); w > 0 {
				i, j := s.place[3*f+k], s.place[3*f+(k+1)%3]
				e := s.pos[j].Sub(s.pos[i])
				if up, ok := e.Cross(n).Unit(); ok {
					s.q[i].plane(up, s.pos[i], w*e.Dot(e))
					s.q[j].plane(up, s.pos[i], w*e.Dot(e))
				}
			}
		}
	}
}

// edgeWeight looks at the edge from corner c to the next one of its triangle.
func (s *surface) edgeWeight(c uint32) float64 {
	a, b := s.place[c], s.place[turn(c)]
	for o := s.head[a]; o != none; o = s.next[o] {
		// The triangle on the other side walks from b to a.
		if before := back(uint32(o)); s.place[before] == b {
			if s.class[s.vert[o]] != s.class[s.vert[c]] || s.class[s.vert[before]] != s.class[s.vert[turn(c)]] {
				return seamWeight
			}
			return 0
		}
	}
	return borderWeight
}

// turn and back give the next and the previous corner of a triangle.
func turn(c uint32) uint32 {
	if c%3 == 2 {
		return c - 2
	}
	return c + 1
}

func back(c uint32) uint32 {
	if c%3 == 0 {
		return c + 2
	}
	return c - 1
}
