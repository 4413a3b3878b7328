package hull

import "simdrop/internal/engine/geom"

// face is a triangle of the growing hull. Neighbour k lies across the edge from
// vertex k to vertex k+1.
type face struct {
	v      [3]int32
	near   [3]int32
	normal geom.Vec // unit, outwards
	off    float64  // normal · a vertex
	dead   bool
	seen   bool
	// outside are the points beyond this face that belong to it, far the farthest.
	outside []int32
	far     int32
	dist    float64
}

type builder struct {
	pts   []geom.Vec
	eps   float64
	faces []face
	heap  []int32 // faces with points outside; a binary heap by dist, then number
}

func newBuilder(pts []geom.Vec) *builder {
	box := geom.Empty()
	for _, p := range pts {
		box.Add(p)
	}
	return &builder{pts: pts, eps: tolerance * box.Diagonal()}
}

// simplex finds four points that span a volume: two extremes along an axis, the
// farthest from their line, the farthest from their plane.
func (b *builder) simplex() (s [4]int32, ok bool) {
	p := b.pts
	if len(p) < 4 || b.eps == 0 {
		return s, false
	}
	best := -1.0
	for k := range 3 {
		lo, hi := 0, 0
		for i := range p {
			if p[i][k] < p[lo][k] {
				lo = i
			}
			if p[i][k] > p[hi][k] {
				hi = i
			}
		}
		if d := p[hi][k] - p[lo][k]; d > best {
			best, s[0], s[1] = d, int32(lo), int32(hi)
		}
	}
	line, ok := p[s[1]].Sub(p[s[0]]).Unit()
	if !ok {
		return s, false
	}
	far := b.eps
	for i := range p {
		if d := p[i].Sub(p[s[0]]).Cross(line).Len(); d > far {
			far, s[2] = d, int32(i)
		}
	}
	if far == b.eps {
		return s, false
	}
	n, ok := line.Cross(p[s[2]].Sub(p[s[0]])).Unit()
	if !ok {
		return s, false
	}
	// A solid no thicker than a few tolerances would fold over itself.
	least := 16 * b.eps
	far = least
	above := false
	for i := range p {
		d := p[i].Sub(p[s[0]]).Dot(n)
		if d > far || -d > far {
			far, above, s[3] = max(d, -d), d > 0, int32(i)
		}
	}
	if far == least {
		return s, false
	}
	if above { // the base has to look away from the apex
		s[0], s[1] = s[1], s[0]
	}
	return s, true
}

// start makes the tetrahedron and shares the points out among its faces.
func (b *builder) start(s [4]int32) {
	for _, v := range [4][3]int32{{s[0], s[1], s[2]}, {s[0], s[3], s[1]}, {s[1], s[3], s[2]}, {s[2], s[3], s[0]}} {
		b.add(v)
	}
	b.faces[0].near = [3]int32{1, 2, 3}
	b.faces[1].near = [3]int32{3, 2, 0}
	b.faces[2].near = [3]int32{1, 3, 0}
	b.faces[3].near = [3]int32{2, 1, 0}
	for i := range b.pts {
		b.share(int32(i), 0)
	}
	for f := range int32(4) {
		b.push(f)
	}
}

func (b *builder) add(v [3]int32) int32 {
	p, q, r := b.pts[v[0]], b.pts[v[1]], b.pts[v[2]]
	n, _ := q.Sub(p).Cross(r.Sub(p)).Unit()
	b.faces = append(b.faces, face{v: v, normal: n, off: n.Dot(p)})
	return int32(len(b.faces) - 1)
}

// share gives point i to the face it lies farthest beyond, among the faces from first on.
func (b *builder) share(i int32, first int) {
	best, most := -1, b.eps
	p := b.pts[i]
	for k := first; k < len(b.faces); k++ {
		f := &b.faces[k]
		if d := f.normal.Dot(p) - f.off; d > most {
			best, most = k, d
		}
	}
	if best < 0 {
		return
	}
	f := &b.faces[best]
	f.outside = append(f.outside, i)
	if most > f.dist {
		f.dist, f.far = most, i
	}
}

// grow takes the farthest point outside until none is left or limit (0: none)
// is reached, and reports whether some were left.
func (b *builder) grow(limit int) (capped bool) {
	var horizon []edge
	var orphans, gone []int32
	for n := 4; ; n++ {
		k, ok := b.pop()
		// Corners may come back, but rounding must not let them do so for ever.
		if !ok || n > 4*len(b.pts) {
			return false
		}
		if limit > 0 && n >= limit {
			return true
		}
		apex := b.faces[k].far
		gone, horizon = b.visible(k, apex, gone[:0], horizon[:0])
		if !ring(horizon) {
			b.forget(k, apex, gone)
			n--
			continue
		}
		orphans = orphans[:0]
		for _, f := range gone {
			b.faces[f].dead = true
			orphans = append(orphans, b.faces[f].outside...)
			b.faces[f].outside = nil
		}
		orphans = b.swallowed(gone, horizon, orphans)
		first := int32(len(b.faces))
		b.cone(horizon, apex)
		for _, i := range orphans {
			if i != apex {
				b.share(i, int(first))
			}
		}
		for f := first; f < int32(len(b.faces)); f++ {
			b.push(f)
		}
	}
}

// edge is a horizon edge: from a to b as the removed face walks it, with the
// face that stays behind it.
type edge struct {
	a, b int32
	stay int32
}

// visible walks the faces the apex sees, starting at k, and returns them and their
// horizon as a closed walk. Faces in whose plane the apex lies, within the
// tolerance, count as seen: a cone over an edge to such a face could fold back
// over it, while over any other edge it is at least the tolerance wide.
func (b *builder) visible(k, apex int32, gone []int32, horizon []edge) ([]int32, []edge) {
	type visit struct {
		face  int32
		enter int // the edge we came in by
		step  int
	}
	p := b.pts[apex]
	stack := []visit{{face: k}}
	b.faces[k].seen = true
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		f := &b.faces[top.face]
		if top.step == 3 {
			gone = append(gone, top.face)
			stack = stack[:len(stack)-1]
			continue
		}
		e := (top.enter + top.step) % 3
		top.step++
		next := f.near[e]
		g := &b.faces[next]
		switch {
		case g.seen:
		case g.normal.Dot(p)-g.off > -b.eps:
			g.seen = true
			stack = append(stack, visit{face: next, enter: g.edge(f.v[(e+1)%3])})
		default:
			horizon = append(horizon, edge{f.v[e], f.v[(e+1)%3], next})
		}
	}
	return gone, horizon
}

// ring reports that the edges form one closed walk that meets no vertex twice.
// Rounding could make it otherwise for points that lie within the tolerance.
func ring(horizon []edge) bool {
	seen := make(map[int32]bool, len(horizon))
	for i, e := range horizon {
		if e.b != horizon[(i+1)%len(horizon)].a || seen[e.a] {
			return false
		}
		seen[e.a] = true
	}
	return len(horizon) >= 3
}

// forget leaves the faces as they were and gives up the apex.
func (b *builder) forget(k, apex int32, gone []int32) {
	for _, f := range gone {
		b.faces[f].seen = false
	}
	f := &b.faces[k]
	kept := f.outside[:0]
	f.dist, f.far = 0, 0
	for _, i := range f.outside {
		if i == apex {
			continue
		}
		kept = append(kept, i)
		if d := f.normal.Dot(b.pts[i]) - f.off; d > f.dist {
			f.dist, f.far = d, i
		}
	}
	f.outside = kept
	b.push(k)
}

// swallowed adds the corners of removed faces that are not on the horizon: they
// may lie outside by a little.
func (b *builder) swallowed(gone []int32, horizon []edge, orphans []int32) []int32 {
	if len(gone) < 3 {
		return orphans // a corner inside has three faces or more
	}
	seen := make(map[int32]bool, 3*len(gone))
	for _, e := range horizon {
		seen[e.a] = true
	}
	for _, f := range gone {
		for _, v := range b.faces[f].v {
			if !seen[v] {
				seen[v] = true
				orphans = append(orphans, v)
			}
		}
	}
	return orphans
}

// edge is the number of the edge that starts at vertex v.
func (f *face) edge(v int32) int {
	for k, w := range f.v {
		if w == v {
			return k
		}
	}
	panic("hull: neighbour without the shared edge")
}

// cone joins the horizon to the apex.
func (b *builder) cone(horizon []edge, apex int32) {
	first, n := int32(len(b.faces)), int32(len(horizon))
	for i, e := range horizon {
		k := b.add([3]int32{e.a, e.b, apex})
		b.faces[k].near = [3]int32{e.stay, first + (int32(i)+1)%n, first + (int32(i)+n-1)%n}
		s := &b.faces[e.stay]
		s.near[s.edge(e.b)] = k
	}
}
