package decimate

import "slices"

// collapse moves m.u onto m.v, whose legality has been checked, and asks the
// neighbours for their costs again.
func (s *surface) collapse(m move) {
	s.matchVertices(m.u, m.v)
	for c := s.head[m.u]; c != none; c = s.next[c] {
		f := uint32(c) / 3 * 3
		if s.place[turn(uint32(c))] == m.v || s.place[back(uint32(c))] == m.v {
			s.place[f], s.place[f+1], s.place[f+2] = gone, gone, gone
			s.live--
		}
	}
	s.adopt(m.u, m.v)
	s.q[m.v].add(&s.q[m.u])
	s.head[m.u] = none
	s.order.remove(m.u)
	s.gather(m.v)
	s.ring = s.ring[:0]
	for _, n := range s.around {
		s.ring = append(s.ring, n.place)
	}
	for _, w := range s.ring {
		s.goal[w] = gone
		// Errors only grow: what a move cost at least it costs at least still.
		if s.order.at[w] == none {
			s.order.push(w, s.cheapest(w))
		}
	}
	s.goal[m.v] = gone
	s.order.push(m.v, s.cheapest(m.v))
}

// adopt gives u's living corners to v.
func (s *surface) adopt(u, v uint32) {
	last := none
	for c := s.head[u]; c != none; c = s.next[c] {
		if s.place[c] != gone {
			to, _ := s.paired(s.class[s.vert[c]])
			s.place[c], s.vert[c] = v, to
		}
		last = c
	}
	if last != none {
		s.next[last] = s.head[v]
		s.head[v] = s.head[u]
	}
	s.unchain(v)
	// The tips of the removed triangles still hold corners of them.
	for c := s.head[v]; c != none; c = s.next[c] {
		s.unchain(s.place[turn(uint32(c))])
		s.unchain(s.place[back(uint32(c))])
	}
}

// unchain takes the corners of removed triangles out of a place's chain.
func (s *surface) unchain(p uint32) {
	at := &s.head[p]
	for *at != none {
		if s.place[*at] == gone {
			*at = s.next[*at]
			continue
		}
		at = &s.next[*at]
	}
}

func (s *surface) onBorder(u uint32) bool {
	s.gather(u)
	return slices.ContainsFunc(s.around, func(n neighbour) bool { return n.faces == 1 })
}

// onSeam reports that the vertices at u do not all look the same.
func (s *surface) onSeam(u uint32) bool {
	first := s.class[s.vert[s.head[u]]]
	for c := s.head[u]; c != none; c = s.next[c] {
		if s.class[s.vert[c]] != first {
			return true
		}
	}
	return false
}
