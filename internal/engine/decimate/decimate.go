// Package decimate reduces the number of triangles of a scene by collapsing edges,
// cheapest first by the quadric error of Garland and Heckbert (SIGGRAPH 1997).
//
// A collapse moves one vertex onto a neighbour, so that every vertex left is one of
// the file's own: its position, normal, texture coordinate and colour are not
// interpolated. What a collapse may not do: change the topology (closed surfaces
// stay closed, holes and handles stay), leave a border, cross a texture seam or a
// hard edge, or turn a triangle over. Parts that were one object in the file are
// reduced as one surface, so no gap opens where two materials meet.
package decimate

import (
	"context"

	"simdrop/internal/engine/scene"
)

// Stats say what came of a reduction.
type Stats struct {
	Asked, Before, After int // triangles
	// Why is set when the target was not reached: a clause for people.
	Why string
}

// Reduce brings the parts together to at most target triangles, if their borders,
// seams and topology allow it. Where triangles go is decided by the error alone,
// measured in the scene's units: large and curved parts keep more of them than
// small and flat ones. The arrays given are not changed. Equal parts give equal
// results on every machine. It fails only with the context.
func Reduce(ctx context.Context, parts []scene.Part, target int) ([]scene.Part, Stats, error) {
	st := Stats{Asked: target, Before: triangles(parts)}
	st.After = st.Before
	if target <= 0 || st.Before <= target {
		return parts, st, nil
	}
	s, ok := newSurface(parts)
	if !ok {
		st.Why = "its points lie in one place or too far apart to be measured"
		return parts, st, nil
	}
	if err := s.reduce(ctx, target); err != nil {
		return nil, st, err
	}
	out := s.parts()
	st.After = triangles(out)
	if st.After > target {
		st.Why = s.why()
	}
	return out, st, nil
}

func triangles(parts []scene.Part) (n int) {
	for i := range parts {
		n += len(parts[i].Indices) / 3
	}
	return n
}

// checkEvery is how many collapses are made between two looks at the context.
const checkEvery = 4096

func (s *surface) reduce(ctx context.Context, target int) error {
	s.constrain()
	// A vertex without a legal move is put aside; its neighbours' moves may free it
	// again, so sweep until a whole one changes nothing.
	for before := -1; s.live > target && s.live != before; {
		before = s.live
		if err := s.sweep(ctx, target); err != nil {
			return err
		}
	}
	return nil
}

func (s *surface) sweep(ctx context.Context, target int) error {
	for u := range s.head {
		s.order.key[u], s.goal[u] = s.cheapest(uint32(u)), gone
	}
	s.order.fill()
	for n := 0; s.live > target; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		u, ok := s.order.pop()
		if !ok {
			break
		}
		s.visit(u)
	}
	return nil
}

// slack is how much dearer than the cheapest move one may be that is made at once:
// the order decides little there, and asking again costs much.
const slack = 1.25

// visit collapses u if little is cheaper, or puts it back at what it really costs.
func (s *surface) visit(u uint32) {
	if v := s.goal[u]; v != gone {
		// Nothing around u has changed since its move was worked out; farther off
		// something may have.
		s.goal[u] = gone
		if n, ok := s.neighbour(u, v); ok && s.allowed(u, n) {
			s.collapse(move{u: u, v: v})
			return
		}
	}
	m, ok := s.bestMove(u)
	if !ok {
		return
	}
	if least, any := s.order.least(); any && m.cost > slack*least {
		s.goal[u] = m.v
		s.order.push(u, m.cost)
		return
	}
	s.collapse(m)
}

// why names what keeps the vertices that are left.
func (s *surface) why() string {
	border, seam, all := 0, 0, 0
	for u := range s.head {
		if s.head[u] == none {
			continue
		}
		all++
		switch {
		case s.onBorder(uint32(u)):
			border++
		case s.locked[u] || s.onSeam(uint32(u)):
			seam++
		}
	}
	switch {
	case 2*border > all:
		return "most of its vertices lie on open borders, which are kept"
	case 2*(border+seam) > all:
		return "most of its vertices lie on borders, texture seams, hard edges or where surfaces meet, which are kept"
	}
	return "fewer would change its shape: holes would close or triangles turn over"
}
