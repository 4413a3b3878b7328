package mesh

import "slices"

// Topology says how the surfaces of a group of meshes hang together once equal
// places are one. A component is what is connected through shared points.
type Topology struct {
	Components int
	Open       []int     // by component: edges whose two directions do not cancel
	Of         [][]int32 // by mesh, by triangle: its component, −1 for a triangle that welding emptied
}

// Closed reports that no component has an open edge, and that there is one.
func (t *Topology) Closed() bool {
	for _, n := range t.Open {
		if n > 0 {
			return false
		}
	}
	return t.Components > 0
}

// Analyse welds the meshes at tol metres and finds their components and open
// edges.
//
// A surface is closed when every edge is walked equally often in both directions:
// exactly then its signed volume does not depend on the origin. That holds for
// solids that touch along an edge too, where counting two triangles per edge
// fails, and it does not hold when neighbours disagree about the outside.
func Analyse(meshes []*Mesh, tol float64) *Topology {
	ids, n := Weld(meshes, tol)
	parent := make([]int32, n)
	for i := range parent {
		parent[i] = int32(i)
	}
	start := make([]int32, n+1) // edges by their lower place, counted
	each(meshes, ids, func(_, _ int, a, b, c uint32) {
		union(parent, a, b)
		union(parent, b, c)
		start[min(a, b)+1]++
		start[min(b, c)+1]++
		start[min(c, a)+1]++
	})
	for i := range n {
		start[i+1] += start[i]
	}
	top := &Topology{Of: make([][]int32, len(meshes))}
	name := top.number(meshes, ids, parent)
	edges := make([]uint32, start[n])
	fill := slices.Clone(start[:n])
	put := func(a, b uint32) {
		lo, way := a, uint32(0)
		if b < a {
			lo, b, way = b, a, 1
		}
		edges[fill[lo]] = b<<1 | way
		fill[lo]++
	}
	each(meshes, ids, func(_, _ int, a, b, c uint32) {
		put(a, b)
		put(b, c)
		put(c, a)
	})
	for lo := range n {
		if open := unmatched(edges[start[lo]:start[lo+1]]); open > 0 {
			top.Open[name[find(parent, uint32(lo))]] += open
		}
	}
	return top
}

// each calls f for every triangle that welding left with three places.
func each(meshes []*Mesh, ids [][]uint32, f func(mesh, tri int, a, b, c uint32)) {
	for k, m := range meshes {
		id := ids[k]
		for t := 0; t+2 < len(m.Indices); t += 3 {
			a, b, c := id[m.Indices[t]], id[m.Indices[t+1]], id[m.Indices[t+2]]
			if a != b && b != c && c != a {
				f(k, t/3, a, b, c)
			}
		}
	}
}

// number gives components numbers in the order of their first triangle.
func (top *Topology) number(meshes []*Mesh, ids [][]uint32, parent []int32) []int32 {
	name := make([]int32, len(parent))
	for i := range name {
		name[i] = -1
	}
	for k, m := range meshes {
		top.Of[k] = make([]int32, m.Triangles())
		for t := range top.Of[k] {
			top.Of[k][t] = -1
		}
	}
	each(meshes, ids, func(k, t int, a, _, _ uint32) {
		r := find(parent, a)
		if name[r] < 0 {
			name[r] = int32(top.Components)
			top.Components++
		}
		top.Of[k][t] = name[r]
	})
	top.Open = make([]int, top.Components)
	return name
}

// unmatched sorts the edges that leave one place upwards and counts the ends they
// lead to with more of one direction than of the other.
func unmatched(e []uint32) (open int) {
	slices.Sort(e)
	for i := 0; i < len(e); {
		net, j := 0, i
		for ; j < len(e) && e[j]>>1 == e[i]>>1; j++ {
			net += 1 - 2*int(e[j]&1)
		}
		if net != 0 {
			open++
		}
		i = j
	}
	return open
}

func find(p []int32, i uint32) int32 {
	for p[i] != int32(i) {
		p[i] = p[p[i]]
		i = uint32(p[i])
	}
	return int32(i)
}

func union(p []int32, a, b uint32) {
	x, y := find(p, a), find(p, b)
	if x < y {
		p[y] = x
	} else {
		p[x] = y
	}
}
