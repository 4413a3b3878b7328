package mesh

import (
	"math"
	"slices"
)

// decimals is how finely two meshes are compared, per metre: six decimals, as
// NVIDIA's VG.008 does.
const decimals = 1e6

// Fingerprint is equal for meshes that Same calls equal.
func (m *Mesh) Fingerprint() uint64 {
	h := uint64(len(m.Points))<<32 ^ uint64(len(m.Indices))
	mix := func(v uint64) { h = (h ^ v) * 0x9e3779b97f4a7c15; h ^= h >> 29 }
	for _, f := range m.Points {
		mix(uint64(round(f)))
	}
	for _, i := range m.Indices {
		mix(uint64(i))
	}
	return h
}

// Same reports equal points and equal triangles.
func (m *Mesh) Same(o *Mesh) bool {
	return slices.Equal(m.Indices, o.Indices) &&
		slices.EqualFunc(m.Points, o.Points, func(a, b float32) bool { return round(a) == round(b) })
}

func round(f float32) int64 { return int64(math.RoundToEven(float64(f) * decimals)) }
