package geom

import "math"

// Box is an axis-aligned bounding box.
type Box struct{ Min, Max Vec }

// Empty is the box that holds nothing.
func Empty() Box {
	inf := math.Inf(1)
	return Box{Vec{inf, inf, inf}, Vec{-inf, -inf, -inf}}
}

// Add makes the box hold p.
func (b *Box) Add(p Vec) {
	for i := range 3 {
		if p[i] < b.Min[i] {
			b.Min[i] = p[i]
		}
		if p[i] > b.Max[i] {
			b.Max[i] = p[i]
		}
	}
}

// Union makes the box hold c.
func (b *Box) Union(c Box) {
	if !c.IsEmpty() {
		b.Add(c.Min)
		b.Add(c.Max)
	}
}

// IsEmpty reports that no point was added.
func (b Box) IsEmpty() bool { return b.Min[0] > b.Max[0] }

// Size returns the edge lengths, zero for an empty box.
func (b Box) Size() Vec {
	if b.IsEmpty() {
		return Vec{}
	}
	return b.Max.Sub(b.Min)
}

// Centre returns the middle of the box.
func (b Box) Centre() Vec {
	if b.IsEmpty() {
		return Vec{}
	}
	return Vec{b.Min[0]/2 + b.Max[0]/2, b.Min[1]/2 + b.Max[1]/2, b.Min[2]/2 + b.Max[2]/2}
}

// Diagonal returns the length from corner to corner.
func (b Box) Diagonal() float64 { return b.Size().Len() }

// Inside reports that b lies within c.
func (b Box) Inside(c Box) bool {
	for i := range 3 {
		if b.Min[i] < c.Min[i] || b.Max[i] > c.Max[i] {
			return false
		}
	}
	return true
}

// Bounds returns the box of a flat array with three numbers per point.
func Bounds(p []float32) Box {
	b := Empty()
	for i := range len(p) / 3 {
		b.Add(At(p, i))
	}
	return b
}
