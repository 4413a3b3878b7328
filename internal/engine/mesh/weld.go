package mesh

import (
	"math"

	"simdrop/internal/engine/geom"
)

// Weld numbers places: points closer than tol (metres) get one number, across all
// meshes given. It returns one array per mesh, number by point, and how many
// numbers there are. The first point of a place stands for it, so the answer
// depends only on the order given.
//
// Places are found through a hash grid of cells eight tolerances wide; at most
// eight cells can hold a point near enough. Since places in a cell lie at least a
// tolerance apart, a cell holds a bounded number of them whatever the input.
func Weld(meshes []*Mesh, tol float64) (ids [][]uint32, n int) {
	total := 0
	for _, m := range meshes {
		total += m.Vertices()
	}
	g := newGrid(total, tol)
	ids = make([][]uint32, len(meshes))
	for k, m := range meshes {
		id := make([]uint32, m.Vertices())
		for i := range id {
			id[i] = g.place(m.Points[3*i], m.Points[3*i+1], m.Points[3*i+2])
		}
		ids[k] = id
	}
	return ids, len(g.next)
}

const cellWidth = 8 // tolerances

type grid struct {
	tol, cell float64
	mask      uint64
	head      []int32   // hash → last place + 1
	next      []int32   // place → earlier place + 1 of the same hash
	pos       []float32 // place → position
}

func newGrid(total int, tol float64) *grid {
	if !(tol > 0) {
		tol = math.SmallestNonzeroFloat32
	}
	size := 16
	for size < total*2 {
		size *= 2
	}
	return &grid{tol: tol, cell: cellWidth * tol, mask: uint64(size - 1), head: make([]int32, size)}
}

func (g *grid) place(x, y, z float32) uint32 {
	p := geom.Vec{float64(x), float64(y), float64(z)}
	var cell, side [3]float64
	border := false
	for k := range 3 {
		q := p[k] / g.cell
		cell[k] = math.Floor(q)
		switch f := q - cell[k]; {
		case f < 1.0/cellWidth:
			side[k], border = -1, true
		case f > 1-1.0/cellWidth:
			side[k], border = 1, true
		}
	}
	home := hash(cell) & g.mask
	if id, ok := g.find(home, p); ok {
		return id
	}
	if border {
		for corner := 1; corner < 8; corner++ {
			c, skip := cell, false
			for k := range 3 {
				if corner>>k&1 == 1 {
					c[k] += side[k]
					skip = skip || side[k] == 0
				}
			}
			if skip {
				continue
			}
			if id, ok := g.find(hash(c)&g.mask, p); ok {
				return id
			}
		}
	}
	id := len(g.next)
	g.next = append(g.next, g.head[home])
	g.head[home] = int32(id + 1)
	g.pos = append(g.pos, x, y, z)
	return uint32(id)
}

func (g *grid) find(slot uint64, p geom.Vec) (uint32, bool) {
	for i := g.head[slot]; i != 0; i = g.next[i-1] {
		d := geom.At(g.pos, int(i-1)).Sub(p)
		if d.Dot(d) <= float64(g.tol*g.tol) {
			return uint32(i - 1), true
		}
	}
	return 0, false
}

// hash mixes the bits of three whole numbers (multipliers of the splitmix64 finaliser).
func hash(c [3]float64) uint64 {
	h := uint64(0)
	for _, f := range c {
		h ^= math.Float64bits(f + 0)
		h ^= h >> 30
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 27
		h *= 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}
