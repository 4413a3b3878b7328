package decimate

import (
	"math"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/scene"
)

// How far apart the looks of two vertices may be to count as one: what exporters'
// rounding makes of equal numbers.
const (
	sameUV     = 1e-5
	sameNormal = 0.9994 // cosine, 2°
	sameColor  = 4e-3
)

// faceted reports that each triangle's corners share one normal: then the normals
// say nothing the triangles do not, and tie every vertex of a curved surface to
// its triangle. They are left out, to be computed anew.
func faceted(p *scene.Part) bool {
	n := uint32(len(p.Points) / 3)
	if uint32(len(p.Normals)) != 3*n || n == 0 {
		return false
	}
	for t := 0; t+2 < len(p.Indices); t += 3 {
		a, b, c := p.Indices[t], p.Indices[t+1], p.Indices[t+2]
		if a >= n || b >= n || c >= n {
			continue
		}
		for k := range uint32(3) {
			x, y, z := p.Normals[3*a+k], p.Normals[3*b+k], p.Normals[3*c+k]
			if max(x, y, z)-min(x, y, z) > 1e-4 {
				return false
			}
		}
	}
	return true
}

// classify finds the vertices that look the same at one place.
func (s *surface) classify(placeOf []uint32) {
	s.class = make([]uint32, len(placeOf))
	head := make([]int32, len(s.pos)) // by place: its latest class' first vertex
	for i := range head {
		head[i] = none
	}
	next := make([]int32, len(placeOf))
	for i := range s.in {
		for v := s.first[i]; v < s.first[i+1]; v++ {
			s.class[v] = v
			p := placeOf[v]
			o := head[p]
			for o != none && !(uint32(o) >= s.first[i] && s.alike(i, uint32(o)-s.first[i], v-s.first[i])) {
				o = next[o]
			}
			if o != none {
				s.class[v] = uint32(o)
				continue
			}
			next[v], head[p] = head[p], int32(v)
		}
	}
}

// alike compares two vertices of a part.
func (s *surface) alike(part int, a, b uint32) bool {
	p := &s.in[part]
	n := len(p.Points) / 3
	if len(p.UVs) == 2*n {
		for k := range uint32(2) {
			if !(math.Abs(float64(p.UVs[2*a+k])-float64(p.UVs[2*b+k])) <= sameUV) {
				return false
			}
		}
	}
	if len(p.Colors) == 3*n {
		for k := range uint32(3) {
			if !(math.Abs(float64(p.Colors[3*a+k])-float64(p.Colors[3*b+k])) <= sameColor) {
				return false
			}
		}
	}
	if len(p.Normals) == 3*n && !s.plain[part] {
		x, y := geom.At(p.Normals, int(a)), geom.At(p.Normals, int(b))
		return x == y || x.Dot(y) >= sameNormal*x.Len()*y.Len()
	}
	return true
}
