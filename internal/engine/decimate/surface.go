package decimate

import (
	"math"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/mesh"
	"simdrop/internal/engine/scene"
)

const (
	none = int32(-1)
	gone = math.MaxUint32 // the place of a triangle's corners once it is removed
	// weldTolerance is how near points are one place, of the object's diagonal.
	weldTolerance = 1e-6
)

// surface is all parts as one set of triangles. A place is a point in space, a
// vertex one of the file's (several can share a place), a corner one of a
// triangle's three. Corners of a place are chained, so that two chains are joined
// in no time when a place moves onto another.
type surface struct {
	in     []scene.Part
	first  []uint32 // by part: number of its first vertex
	plain  []bool   // by part: its normals are those of its triangles and are left out
	place  []uint32 // by corner
	vert   []uint32 // by corner
	class  []uint32 // by vertex: equal for vertices of one place that look the same
	owner  []int32  // by triangle: its part
	pos    []geom.Vec
	q      []quadric
	head   []int32 // by place: its first corner
	next   []int32 // by corner
	locked []bool  // by place: more than one sheet meets here
	order  order
	goal   []uint32 // by place: where its worked-out move goes, gone when there is none
	live   int      // triangles

	// Scratch for one place's neighbourhood, valid where mark equals stamp.
	mark   []uint32
	count  []uint8
	stamp  uint32
	around []neighbour
	list   []neighbour
	pairs  []pair
	ring   []uint32
}

func newSurface(parts []scene.Part) (*surface, bool) {
	s := &surface{in: parts}
	box := geom.Empty()
	place := make([]geom.Affine, len(parts))
	for i := range parts {
		t := parts[i].Transform
		if t == ([16]float64{}) {
			t = scene.Identity
		}
		place[i] = geom.FromColumns(t)
		for k := range len(parts[i].Points) / 3 {
			box.Add(place[i].Apply(geom.At(parts[i].Points, k)))
		}
	}
	d := box.Diagonal()
	if !(d > 0) || math.IsInf(d, 0) {
		return nil, false
	}
	s.number(place, box.Centre(), 1/d)
	s.link()
	return s, true
}

// number welds each object's vertices to places and copies the triangles.
func (s *surface) number(at []geom.Affine, centre geom.Vec, scale float64) {
	s.first = make([]uint32, len(s.in)+1)
	s.plain = make([]bool, len(s.in))
	for i := range s.in {
		s.first[i+1] = s.first[i] + uint32(len(s.in[i].Points)/3)
		s.plain[i] = faceted(&s.in[i])
	}
	placeOf := make([]uint32, s.first[len(s.in)])
	for _, object := range objects(s.in) {
		meshes := make([]*mesh.Mesh, len(object))
		box := geom.Empty()
		for k, i := range object {
			meshes[k] = &mesh.Mesh{Points: s.in[i].Points}
			box.Union(geom.Bounds(s.in[i].Points))
		}
		ids, n := mesh.Weld(meshes, weldTolerance*box.Diagonal())
		base := len(s.pos)
		s.pos = append(s.pos, make([]geom.Vec, n)...)
		for k, i := range object {
			for v := len(ids[k]) - 1; v >= 0; v-- { // the first vertex of a place has the last word
				p := uint32(base) + ids[k][v]
				placeOf[s.first[i]+uint32(v)] = p
				s.pos[p] = at[i].Apply(geom.At(s.in[i].Points, v)).Sub(centre).Scale(scale)
			}
		}
	}
	s.copyTriangles(placeOf)
	s.classify(placeOf)
}

func (s *surface) copyTriangles(placeOf []uint32) {
	for i := range s.in {
		n := uint32(len(s.in[i].Points) / 3)
		ix := s.in[i].Indices
		for t := 0; t+2 < len(ix); t += 3 {
			if ix[t] >= n || ix[t+1] >= n || ix[t+2] >= n {
				continue
			}
			a, b, c := s.first[i]+ix[t], s.first[i]+ix[t+1], s.first[i]+ix[t+2]
			pa, pb, pc := placeOf[a], placeOf[b], placeOf[c]
			if pa == pb || pb == pc || pc == pa {
				continue // a line or a point, which nobody sees
			}
			s.vert = append(s.vert, a, b, c)
			s.place = append(s.place, pa, pb, pc)
			s.owner = append(s.owner, int32(i))
		}
	}
	s.live = len(s.owner)
}

// objects lists the parts that were one object and lie in one frame, in the order
// of their first.
func objects(parts []scene.Part) (out [][]int) {
	type key struct {
		group int
		frame [16]float64
	}
	at := map[key]int{}
	for i := range parts {
		k := key{parts[i].Group, parts[i].Transform}
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// link chains the corners of each place and finds the places where more than one
// sheet meets.
func (s *surface) link() {
	n := len(s.pos)
	s.head, s.next = make([]int32, n), make([]int32, len(s.place))
	for i := range s.head {
		s.head[i] = none
	}
	for c := len(s.place) - 1; c >= 0; c-- {
		p := s.place[c]
		s.next[c], s.head[p] = s.head[p], int32(c)
	}
	s.q = make([]quadric, n)
	s.locked = make([]bool, n)
	s.order, s.goal = newOrder(n), make([]uint32, n)
	s.mark, s.count = make([]uint32, n), make([]uint8, n)
	after := make([]uint32, n) // by neighbour: the one that follows it around the place
	for u := range s.head {
		s.locked[u] = !s.oneSheet(uint32(u), after)
	}
}

// oneSheet reports that the triangles around u form a single fan or disc.
func (s *surface) oneSheet(u uint32, after []uint32) bool {
	s.stamp += 2
	leads, follows := s.stamp-1, s.stamp
	total, start := 0, uint32(gone)
	for c := s.head[u]; c != none; c = s.next[c] {
		a := s.place[turn(uint32(c))]
		if s.mark[a] == leads {
			return false // two triangles walk the same way along one edge
		}
		s.mark[a], after[a] = leads, s.place[back(uint32(c))]
		total++
		if start == gone {
			start = a
		}
	}
	if total == 0 {
		return true
	}
	// An open fan begins at the neighbour that follows none.
	begins := 0
	for c := s.head[u]; c != none; c = s.next[c] {
		if b := s.place[back(uint32(c))]; s.mark[b] == leads {
			s.count[b] = 1
		}
	}
	for c := s.head[u]; c != none; c = s.next[c] {
		a := s.place[turn(uint32(c))]
		if s.count[a] == 0 {
			begins++
			start = a
		}
	}
	for c := s.head[u]; c != none; c = s.next[c] {
		s.count[s.place[back(uint32(c))]] = 0
	}
	if begins > 1 {
		return false
	}
	steps := 0
	for a := start; s.mark[a] == leads && steps < total; steps++ {
		s.mark[a] = follows
		a = after[a]
	}
	return steps == total
}
