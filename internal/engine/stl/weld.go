package stl

import "math"

// welder makes one vertex of equal positions: a hash table of vertex numbers with
// linear probing, several times faster than a map.
type welder struct {
	points []float32
	table  []uint32 // vertex number + 1; 0 is free
}

// vertex gives the number of a position, from 0 in the order of first use.
func (w *welder) vertex(x, y, z float32) uint32 {
	x, y, z = x+0, y+0, z+0 // -0 becomes 0
	if len(w.points)/3*4 >= len(w.table)*3 {
		w.grow()
	}
	mask := uint32(len(w.table) - 1)
	for i := hash(x, y, z) & mask; ; i = (i + 1) & mask {
		n := w.table[i]
		if n == 0 {
			w.points = append(w.points, x, y, z)
			w.table[i] = uint32(len(w.points) / 3)
			return w.table[i] - 1
		}
		if p := w.points[3*(n-1) : 3*n]; p[0] == x && p[1] == y && p[2] == z {
			return n - 1
		}
	}
}

func (w *welder) grow() {
	w.table = make([]uint32, max(1024, 2*len(w.table)))
	mask := uint32(len(w.table) - 1)
	for n := range len(w.points) / 3 {
		p := w.points[3*n : 3*n+3]
		i := hash(p[0], p[1], p[2]) & mask
		for w.table[i] != 0 {
			i = (i + 1) & mask
		}
		w.table[i] = uint32(n + 1)
	}
}

func hash(x, y, z float32) uint32 {
	h := uint64(math.Float32bits(x))*0x9e3779b97f4a7c15 ^ uint64(math.Float32bits(y))*0xc2b2ae3d27d4eb4f ^
		uint64(math.Float32bits(z))*0x165667b19e3779f9
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return uint32(h >> 32)
}
