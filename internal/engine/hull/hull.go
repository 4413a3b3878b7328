// Package hull makes convex hulls for collision: incremental quickhull (Barber,
// Dobkin, Huhdanpaa 1996) that always takes the point farthest outside, so that it
// can stop at a number of vertices and have spent them where they matter most.
//
// A hull that was stopped lies inside the true one.
package hull

import (
	"math"
	"slices"

	"simdrop/internal/engine/geom"
)

// MaxVertices is the most vertices a hull may have on a GPU in PhysX.
const MaxVertices = 64

// Hull is a closed convex polyhedron, in metres.
type Hull struct {
	Points  []float32 // 3 per vertex
	Indices []uint32  // 3 per triangle, counter-clockwise from outside
	// Floored says that the points lie in a plane, on a line or in one place, and
	// the hull was given a thickness.
	Floored bool
	Capped  bool // more vertices would be needed to hold all points
}

// tolerance is how far outside a facet, relative to the size, a point must lie to count.
const tolerance = 1e-7

// Of returns the hull of the points, three numbers each, all finite, at least one.
// It has at most maxVertices vertices (0: no limit; at least 8 are used). Points
// without extent in some direction are made thickness metres thick in it.
func Of(points []float32, maxVertices int, thickness float64) Hull {
	if maxVertices > 0 {
		maxVertices = max(maxVertices, 8)
	}
	pts := vecs(points)
	largest := 0.0
	for _, p := range pts {
		for _, c := range p {
			largest = max(largest, math.Abs(c))
		}
	}
	b := newBuilder(pts)
	seed, solid := b.simplex()
	if !solid {
		// Thinner than this, single precision would lose it.
		thickness = max(thickness, 1e-6*largest)
		least := 16 * max(b.eps, tolerance*thickness) // what counts as an extent beside the thickness
		return thicken(pts, least, thickness, maxVertices/2)
	}
	b.start(seed)
	return b.result(b.grow(maxVertices))
}

// result renumbers the vertices by position, which keeps equal solids equal, and
// starts each triangle at its lowest vertex.
func (b *builder) result(capped bool) Hull {
	used := map[int32]uint32{}
	var verts []int32
	for i := range b.faces {
		f := &b.faces[i]
		if f.dead {
			continue
		}
		for _, v := range f.v {
			if _, ok := used[v]; !ok {
				used[v] = 0
				verts = append(verts, v)
			}
		}
	}
	slices.SortFunc(verts, func(x, y int32) int { return compare(b.pts[x], b.pts[y]) })
	h := Hull{Capped: capped}
	for n, v := range verts {
		used[v] = uint32(n)
		p := b.pts[v]
		h.Points = append(h.Points, float32(p[0])+0, float32(p[1])+0, float32(p[2])+0)
	}
	var tris [][3]uint32
	for i := range b.faces {
		f := &b.faces[i]
		if f.dead {
			continue
		}
		t := [3]uint32{used[f.v[0]], used[f.v[1]], used[f.v[2]]}
		for t[0] > t[1] || t[0] > t[2] {
			t = [3]uint32{t[1], t[2], t[0]}
		}
		tris = append(tris, t)
	}
	slices.SortFunc(tris, func(x, y [3]uint32) int { return slices.Compare(x[:], y[:]) })
	for _, t := range tris {
		h.Indices = append(h.Indices, t[0], t[1], t[2])
	}
	return h
}

func compare(a, b geom.Vec) int {
	return slices.Compare([]float64{a[0], a[1], a[2]}, []float64{b[0], b[1], b[2]})
}
