package decimate

import (
	"cmp"
	"slices"

	"simdrop/internal/engine/geom"
)

// neighbour is a place next to another, with what moving there costs at least.
type neighbour struct {
	place uint32
	faces uint8 // shared triangles, at most 3
	cost  float64
}

// pair says which vertex at the goal takes over a class of vertices.
type pair struct{ from, to uint32 }

// move takes place u onto place v.
type move struct {
	u, v uint32
	cost float64
}

const (
	// leastTurn is the cosine up to which a triangle's normal may turn, 75°.
	leastTurn = 0.26
	// thinnest is the height of a triangle, relative to its longest side, under
	// which it may not be made thinner.
	thinnest = 1e-3
	// shortFirst prefers short edges where the error decides nothing, as on a plane.
	shortFirst = 1e-9
)

// gather lists the neighbours of u in s.around.
func (s *surface) gather(u uint32) {
	s.stamp++
	s.around = s.around[:0]
	see := func(v uint32) {
		if s.mark[v] != s.stamp {
			s.mark[v], s.count[v] = s.stamp, 0
			s.around = append(s.around, neighbour{place: v})
		}
		s.count[v] = min(s.count[v]+1, 3)
	}
	for c := s.head[u]; c != none; c = s.next[c] {
		see(s.place[turn(uint32(c))])
		see(s.place[back(uint32(c))])
	}
	for i := range s.around {
		s.around[i].faces = s.count[s.around[i].place]
		s.count[s.around[i].place] = 0
	}
}

// moves gathers the neighbours u may move to as far as borders decide, with costs.
func (s *surface) moves(u uint32) []neighbour {
	if s.locked[u] || s.head[u] == none {
		return nil
	}
	s.gather(u)
	border := slices.ContainsFunc(s.around, func(n neighbour) bool { return n.faces == 1 })
	out := s.around[:0]
	for _, n := range s.around {
		if border && n.faces != 1 {
			continue
		}
		n.cost = s.cost(u, n.place)
		out = append(out, n)
	}
	return out
}

// cost is the error of moving u to v, without what the looks suffer.
func (s *surface) cost(u, v uint32) float64 {
	p := s.pos[v]
	d := p.Sub(s.pos[u])
	return s.q[u].at(p) + s.q[v].at(p) + float64(shortFirst*d.Dot(d))
}

// cheapest is a lower bound of what moving u costs.
func (s *surface) cheapest(u uint32) float64 {
	least := float64(never)
	for _, n := range s.moves(u) {
		least = min(least, n.cost)
	}
	return least
}

// bestMove finds the cheapest legal move of u.
func (s *surface) bestMove(u uint32) (move, bool) {
	s.list = append(s.list[:0], s.moves(u)...) // s.around is needed again below
	list := s.list
	slices.SortFunc(list, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.place, b.place))
	})
	best := move{u: u, cost: never}
	for _, n := range list {
		if n.cost >= best.cost {
			break
		}
		if !s.allowed(u, n) {
			continue
		}
		if c := n.cost + s.looks(u, n.place); c < best.cost {
			best.v, best.cost = n.place, c
		}
	}
	return best, best.cost < never
}

// allowed reports that u may move to a neighbour, and leaves in s.pairs what
// happens to its vertices.
func (s *surface) allowed(u uint32, n neighbour) bool {
	return s.matchVertices(u, n.place) && s.keepsFaces(u, n.place) && s.keepsTopology(u, n)
}

// neighbour finds v among the places u may move to.
func (s *surface) neighbour(u, v uint32) (neighbour, bool) {
	for _, n := range s.moves(u) {
		if n.place == v {
			return n, true
		}
	}
	return neighbour{}, false
}

// keepsTopology is the link condition (Dey et al. 1999): u and v share only the
// neighbours opposite their edge, and the collapse folds nothing flat.
func (s *surface) keepsTopology(u uint32, n neighbour) bool {
	v := n.place
	if n.faces > 2 {
		return false
	}
	s.gather(u)
	stamp := s.stamp
	borderU := slices.ContainsFunc(s.around, func(n neighbour) bool { return n.faces == 1 })
	shared := 0
	s.stamp++
	seen := s.stamp // marks of the common neighbours counted already
	borders := 0
	for c := s.head[v]; c != none; c = s.next[c] {
		for _, w := range [2]uint32{s.place[turn(uint32(c))], s.place[back(uint32(c))]} {
			if s.mark[w] == stamp {
				s.mark[w] = seen
				shared++
			}
		}
	}
	if shared != int(n.faces) {
		return false
	}
	var tips [2]uint32
	k, faces := 0, 0
	for c := s.head[u]; c != none; c = s.next[c] {
		faces++
		a, b := s.place[turn(uint32(c))], s.place[back(uint32(c))]
		if a == v {
			tips[k&1], k = b, k+1
		} else if b == v {
			tips[k&1], k = a, k+1
		}
	}
	if n.faces == 1 {
		// A triangle with three open sides would vanish.
		borders = s.sharing(u, tips[0]) + s.sharing(v, tips[0])
		return borders > 2
	}
	if borderU {
		return false
	}
	// A tetrahedron would fold flat: v already has the triangle that u would give it.
	return !(faces == 3 && s.hasFace(v, tips[0], tips[1]))
}

// sharing counts the triangles at the edge between two places.
func (s *surface) sharing(u, v uint32) (n int) {
	for c := s.head[u]; c != none; c = s.next[c] {
		if s.place[turn(uint32(c))] == v || s.place[back(uint32(c))] == v {
			n++
		}
	}
	return n
}

func (s *surface) hasFace(v, a, b uint32) bool {
	for c := s.head[v]; c != none; c = s.next[c] {
		p, q := s.place[turn(uint32(c))], s.place[back(uint32(c))]
		if p == a && q == b || p == b && q == a {
			return true
		}
	}
	return false
}

// matchVertices finds in s.pairs which vertex at v takes over for each at u: the
// one across their edge, in the same triangle. A class of vertices without one, or
// with two, lies on a seam or hard edge that the move would tear.
func (s *surface) matchVertices(u, v uint32) bool {
	s.pairs = s.pairs[:0]
	for c := s.head[u]; c != none; c = s.next[c] {
		from := s.class[s.vert[c]]
		for _, o := range [2]uint32{turn(uint32(c)), back(uint32(c))} {
			if s.place[o] != v {
				continue
			}
			if have, ok := s.paired(from); !ok {
				s.pairs = append(s.pairs, pair{from, s.vert[o]})
			} else if s.class[have] != s.class[s.vert[o]] {
				return false
			}
		}
	}
	for c := s.head[u]; c != none; c = s.next[c] {
		if _, ok := s.paired(s.class[s.vert[c]]); !ok {
			return false
		}
	}
	return true
}

func (s *surface) paired(class uint32) (uint32, bool) {
	for _, p := range s.pairs {
		if p.from == class {
			return p.to, true
		}
	}
	return 0, false
}

// keepsFaces reports that no triangle around u turns over or becomes a needle.
func (s *surface) keepsFaces(u, v uint32) bool {
	from, to := s.pos[u], s.pos[v]
	for c := s.head[u]; c != none; c = s.next[c] {
		a, b := s.place[turn(uint32(c))], s.place[back(uint32(c))]
		if a == v || b == v {
			continue
		}
		pa, pb := s.pos[a], s.pos[b]
		old, now := pa.Sub(from).Cross(pb.Sub(from)), pa.Sub(to).Cross(pb.Sub(to))
		was, is := old.Len(), now.Len()
		if was > 0 && !(old.Dot(now) > float64(leastTurn*float64(was*is))) {
			return false
		}
		if is < thinnest*longest(pa, pb, to) && is*longest(pa, pb, from) < was*longest(pa, pb, to) {
			return false
		}
	}
	return true
}

// longest is the square of a triangle's longest side.
func longest(a, b, c geom.Vec) float64 {
	x, y, z := a.Sub(b), b.Sub(c), c.Sub(a)
	return max(x.Dot(x), y.Dot(y), z.Dot(z))
}
