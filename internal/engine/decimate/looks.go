package decimate

import (
	"math"

	"simdrop/internal/engine/geom"
)

// How much a change of normal or colour over a distance weighs against moving the
// surface by that distance: over an edge, a turn by θ lifts the surface by about
// an eighth of θ times its length.
const looksWeight = 1.0 / 64

// looks is what a move costs the vertices at u: for each kind of vertex there, how
// far texture, normal and colour at u's place will be from what they are now, as a
// distance, times the area around.
func (s *surface) looks(u, v uint32) float64 {
	total := 0.0
	for _, p := range s.pairs {
		part := s.partOf(p.to)
		if in := &s.in[part]; in.UVs != nil || in.Colors != nil || in.Normals != nil && !s.plain[part] {
			total += s.lookOf(u, v, p, part)
		}
	}
	return total
}

// lookOf is the cost for one kind of vertex.
func (s *surface) lookOf(u, v uint32, p pair, part int) float64 {
	here := s.pos[u]
	nearest, area, areaUV := never, 0.0, 0.0
	var at [3]uint32
	var share geom.Vec
	in := &s.in[part]
	n := len(in.Points) / 3
	textured := len(in.UVs) == 2*n
	for c := s.head[u]; c != none; c = s.next[c] {
		if s.class[s.vert[c]] != p.from {
			continue
		}
		i, j := turn(uint32(c)), back(uint32(c))
		a, b := s.pos[s.place[i]], s.pos[s.place[j]]
		area += a.Sub(here).Cross(b.Sub(here)).Len() / 2
		base := s.first[part]
		if textured {
			areaUV += uvArea(in.UVs, s.vert[c]-base, s.vert[i]-base, s.vert[j]-base)
		}
		if s.place[i] == v || s.place[j] == v {
			continue
		}
		w, d := closest(here, s.pos[v], a, b)
		if d < nearest {
			nearest, share = d, w
			at = [3]uint32{p.to - base, s.vert[i] - base, s.vert[j] - base}
		}
	}
	if nearest == never {
		return 0
	}
	was := p.from - s.first[part]
	e := s.pos[v].Sub(here)
	cost := 0.0
	if textured && areaUV > 0 {
		cost += float64(apart(in.UVs, 2, was, at, share) * (area / areaUV))
	}
	if len(in.Normals) == 3*n && !s.plain[part] {
		cost += float64(looksWeight * float64(apart(in.Normals, 3, was, at, share)*e.Dot(e)))
	}
	if len(in.Colors) == 3*n {
		cost += float64(looksWeight * float64(apart(in.Colors, 3, was, at, share)*e.Dot(e)))
	}
	return float64(cost * area)
}

func (s *surface) partOf(vert uint32) int {
	lo, hi := 0, len(s.in)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.first[mid] <= vert {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// apart is the squared distance between a vertex's values and those interpolated
// in a triangle of vertices.
func apart(values []float32, width, was uint32, at [3]uint32, share geom.Vec) (sum float64) {
	for k := range width {
		d := float64(values[width*was+k])
		for i, v := range at {
			d -= float64(share[i] * float64(values[width*v+k]))
		}
		sum += float64(d * d)
	}
	return sum
}

func uvArea(uv []float32, a, b, c uint32) float64 {
	x, y := float64(uv[2*a]), float64(uv[2*a+1])
	bx, by := float64(uv[2*b])-x, float64(uv[2*b+1])-y
	cx, cy := float64(uv[2*c])-x, float64(uv[2*c+1])-y
	return math.Abs(float64(bx*cy)-float64(by*cx)) / 2
}

// closest finds the point of a triangle nearest to p, as shares of its corners,
// and the squared distance (Ericson, Real-Time Collision Detection, 5.1.5).
func closest(p, a, b, c geom.Vec) (share geom.Vec, d float64) {
	ab, ac, ap := b.Sub(a), c.Sub(a), p.Sub(a)
	d1, d2 := ab.Dot(ap), ac.Dot(ap)
	bp, cp := p.Sub(b), p.Sub(c)
	d3, d4 := ab.Dot(bp), ac.Dot(bp)
	d5, d6 := ab.Dot(cp), ac.Dot(cp)
	va := float64(d3*d6) - float64(d5*d4)
	vb := float64(d5*d2) - float64(d1*d6)
	vc := float64(d1*d4) - float64(d3*d2)
	switch {
	case d1 <= 0 && d2 <= 0:
		share = geom.Vec{1, 0, 0}
	case d3 >= 0 && d4 <= d3:
		share = geom.Vec{0, 1, 0}
	case d6 >= 0 && d5 <= d6:
		share = geom.Vec{0, 0, 1}
	case vc <= 0 && d1 >= 0 && d3 <= 0:
		t := d1 / (d1 - d3)
		share = geom.Vec{1 - t, t, 0}
	case vb <= 0 && d2 >= 0 && d6 <= 0:
		t := d2 / (d2 - d6)
		share = geom.Vec{1 - t, 0, t}
	case va <= 0 && d4-d3 >= 0 && d5-d6 >= 0:
		t := (d4 - d3) / ((d4 - d3) + (d5 - d6))
		share = geom.Vec{0, 1 - t, t}
	default:
		sum := va + vb + vc
		if !(sum > 0) {
			share = geom.Vec{1, 0, 0} // no area: any corner is as good
			break
		}
		share = geom.Vec{va / sum, vb / sum, vc / sum}
	}
	q := a.Scale(share[0]).Add(b.Scale(share[1])).Add(c.Scale(share[2]))
	return share, p.Sub(q).Dot(p.Sub(q))
}
