package hull

import "simdrop/internal/engine/geom"

// Flat reports that the points, three numbers each, lie in a plane, on a line or in
// one place, so that Of would give them a thickness.
func Flat(points []float32) bool {
	_, solid := newBuilder(vecs(points)).simplex()
	return !solid
}

// Contains reports that all the points lie within the hull or on it.
func (h *Hull) Contains(points []float32) bool {
	eps := tolerance * geom.Bounds(h.Points).Diagonal()
	for t := 0; t+2 < len(h.Indices); t += 3 {
		a := geom.At(h.Points, int(h.Indices[t]))
		b := geom.At(h.Points, int(h.Indices[t+1]))
		c := geom.At(h.Points, int(h.Indices[t+2]))
		n, ok := b.Sub(a).Cross(c.Sub(a)).Unit()
		if !ok {
			continue
		}
		for i := range len(points) / 3 {
			if n.Dot(geom.At(points, i).Sub(a)) > eps {
				return false
			}
		}
	}
	return true
}

func vecs(points []float32) []geom.Vec {
	out := make([]geom.Vec, len(points)/3)
	for i := range out {
		out[i] = geom.At(points, i)
	}
	return out
}
