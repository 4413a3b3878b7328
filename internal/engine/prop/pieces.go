package prop

import (
	"cmp"
	"slices"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/mass"
	"simdrop/internal/engine/mesh"
)

// A part that is one mesh but several bodies of surface, as a chair's legs and
// seat, fills a hull far larger than itself. Then each of its connected components
// gets a hull of its own. What that rests on:
const (
	// MaxPieces is the most hulls one part gets.
	MaxPieces = 32
	// maxPieces bounds those of a whole prop, which costs a solver more than a
	// coarse shape does.
	maxPieces = 1024
	// gain is how much of the part's hull its pieces may fill together: only a clear
	// gain is worth several colliders for one.
	gain = 0.8
	// tiny is the size of a component, as a share of the part's, under which it gets
	// no hull of its own: a screw joins what it is nearest to.
	tiny = 0.05
)

// piece is a component, or several, of a part.
type piece struct {
	points []float32
	box    geom.Box
	hull   hull.Hull
}

// pieces returns one hull for each piece of the mesh, or nil where the mesh's own
// hull is not clearly larger than they are together. of numbers the mesh's
// triangles by component, −1 for none.
func pieces(m *mesh.Mesh, of []int32, whole hull.Hull, limit int) []hull.Hull {
	all := components(m, of)
	if len(all) < 2 || limit < 2 || whole.Floored {
		return nil
	}
	large, small := anchors(all, tiny*geom.Bounds(m.Points).Diagonal(), limit)
	if len(large) < 2 {
		return nil
	}
	for _, s := range small {
		large[nearest(large, s)].join(s)
	}
	for _, p := range large {
		p.hull = hull.Of(p.points, hull.MaxVertices, Thickness)
	}
	large = dropInner(large)
	sum := 0.0
	for _, p := range large {
		sum += volume(p.hull)
	}
	if len(large) < 2 || !(sum < gain*volume(whole)) {
		return nil
	}
	out := make([]hull.Hull, len(large))
	for i, p := range large {
		out[i] = p.hull
	}
	return out
}

// components sorts the mesh's points by the component of their first triangle. No
// point is in two: sharing one is what makes triangles one component.
func components(m *mesh.Mesh, of []int32) []*piece {
	at := map[int32]*piece{}
	var out []*piece
	seen := make([]bool, m.Vertices())
	for t, c := range of {
		if c < 0 {
			continue
		}
		p := at[c]
		if p == nil {
			p = &piece{box: geom.Empty()}
			at[c] = p
			out = append(out, p)
		}
		for _, i := range m.Indices[3*t : 3*t+3] {
			if !seen[i] {
				seen[i] = true
				p.points = append(p.points, m.Points[3*i:3*i+3]...)
				p.box.Add(geom.At(m.Points, int(i)))
			}
		}
	}
	return out
}

// anchors splits components into those that get a hull, at most limit, the largest
// first, and the rest. A flat one is never an anchor: a plate one millimetre thick
// lets through what a hull stops.
func anchors(all []*piece, least float64, limit int) (large, small []*piece) {
	slices.SortStableFunc(all, func(a, b *piece) int { return cmp.Compare(b.box.Diagonal(), a.box.Diagonal()) })
	for _, p := range all {
		if len(large) < limit && p.box.Diagonal() >= least && !hull.Flat(p.points) {
			large = append(large, p)
		} else {
			small = append(small, p)
		}
	}
	return large, small
}

// nearest is the piece whose box grows least when it takes in s.
func nearest(large []*piece, s *piece) int {
	best, least := 0, 0.0
	for i, p := range large {
		box := p.box
		box.Union(s.box)
		if grown := box.Diagonal() - p.box.Diagonal(); i == 0 || grown < least {
			best, least = i, grown
		}
	}
	return best
}

func (p *piece) join(s *piece) {
	p.points = append(p.points, s.points...)
	p.box.Union(s.box)
}

// dropInner leaves out pieces that lie within another's hull: nothing can touch them.
func dropInner(all []*piece) []*piece {
	var out []*piece
	for i, p := range all {
		inner := slices.ContainsFunc(all[:i], func(o *piece) bool {
			return p.box.Inside(o.box) && o.hull.Contains(p.hull.Points)
		})
		if !inner {
			out = append(out, p)
		}
	}
	return out
}

// volume of a closed hull in m³.
func volume(h hull.Hull) float64 {
	m := mass.Moments{Ref: geom.Bounds(h.Points).Centre()}
	addHull(&m, h)
	return m.Volume
}
