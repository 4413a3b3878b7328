package decimate

import "simdrop/internal/engine/scene"

// parts are the parts that were given with the triangles that are left, in their
// order, and the vertices these use, in theirs.
func (s *surface) parts() []scene.Part {
	out := make([]scene.Part, len(s.in))
	number := make([]uint32, s.first[len(s.in)])
	for c, v := range s.vert {
		if s.place[c] != gone {
			number[v] = 1
		}
	}
	for i := range out {
		p := s.in[i]
		n := len(p.Points) / 3
		used := uint32(0)
		mine := number[s.first[i]:s.first[i+1]]
		for v, mark := range mine {
			if mark == 0 {
				mine[v] = gone
				continue
			}
			mine[v] = used
			used++
		}
		if s.plain[i] {
			p.Normals = nil
		}
		p.Points = pick(p.Points, 3, n, mine, used)
		p.Normals = pick(p.Normals, 3, n, mine, used)
		p.UVs = pick(p.UVs, 2, n, mine, used)
		p.Colors = pick(p.Colors, 3, n, mine, used)
		p.Indices = nil
		out[i] = p
	}
	for f, i := range s.owner {
		if s.place[3*f] == gone {
			continue
		}
		p := &out[i]
		p.Indices = append(p.Indices, number[s.vert[3*f]], number[s.vert[3*f+1]], number[s.vert[3*f+2]])
	}
	return out
}

// pick copies the rows that have a number. An array that does not fit the points
// is left out, as it would be later.
func pick(a []float32, width, n int, number []uint32, used uint32) []float32 {
	if len(a) != width*n || a == nil {
		return nil
	}
	out := make([]float32, 0, width*int(used))
	for v, k := range number {
		if k != gone {
			out = append(out, a[width*v:width*(v+1)]...)
		}
	}
	return out
}
