package prop

import (
	"math"
	"slices"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/mass"
	"simdrop/internal/engine/material"
	"simdrop/internal/engine/mesh"
)

const (
	weldTolerance = 1e-6 // of a group's diagonal
	// fill is how much of its hull an open object is taken to fill.
	fill = 0.5
	// thinnest is the volume, relative to area times diagonal, under which a
	// closed surface encloses nothing: it is a sheet with two sides.
	thinnest = 1e-6
	// Smaller ones would be refused by solvers.
	leastMass   = 1e-6  // kg
	leastMoment = 1e-14 // kg·m²
)

// weigh finds the closed surfaces and adds up the mass, group by group.
func (b *builder) weigh() error {
	b.guess()
	var total mass.Moments
	basis := Closed
	worse := func(o MassBasis) {
		if o == Floored || basis == Closed {
			basis = o
		}
	}
	nested := false
	b.component = make([][]int32, len(b.meshes))
	for _, group := range b.groups() {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		g := newSolids(b, group)
		nested = nested || g.cavities > 0
		for c := range g.top.Components {
			if !g.solid(c) {
				continue
			}
			who := group[g.owner[c]]
			b.add(&total, who, g.moments[c])
		}
		for k, i := range group {
			b.component[i] = g.top.Of[k]
			pts := g.openPoints(k)
			if len(pts) == 0 {
				continue
			}
			m, floored := hullMoments(pts)
			if floored {
				worse(Floored)
			} else {
				worse(HullEstimate)
			}
			b.add(&total, i, m)
		}
	}
	if !(total.Volume > 0) || !total.First.Finite() {
		total = b.boxMoments()
		worse(Floored)
	}
	if b.settle(total) {
		basis = Floored
	}
	b.p.Facts.MassBasis = basis
	b.summary(nested)
	return nil
}

// guess decides what each mesh is made of.
func (b *builder) guess() {
	for _, m := range b.meshes {
		names := []string{m.Name, b.p.Source}
		if m.Material >= 0 {
			mat := &b.sc.Materials[m.Material]
			s, how := material.Guess(mat, append([]string{mat.Name}, names...)...)
			b.made, b.basis = append(b.made, s), append(b.basis, how)
			continue
		}
		s, how := material.Guess(nil, names...)
		b.made, b.basis = append(b.made, s), append(b.basis, how)
	}
}

// groups lists the meshes of each group in the order of their first.
func (b *builder) groups() [][]int {
	at := map[int]int{}
	var out [][]int
	for i, m := range b.meshes {
		k, ok := at[m.Group]
		if !ok {
			k = len(out)
			at[m.Group] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// add weighs a volume at the density of mesh i.
func (b *builder) add(total *mass.Moments, i int, m mass.Moments) {
	s := b.made[i]
	m = m.Scale(s.Density)
	*total = total.Add(m)
	key := s.Name + "/" + string(b.basis[i])
	g := b.share[key]
	if g == nil {
		g = &Guess{Substance: s.Name, Basis: b.basis[i]}
		b.share[key] = g
	}
	g.Mass += m.Volume
}

// settle writes the body and reports whether something had to be made larger.
func (b *builder) settle(total mass.Moments) (floored bool) {
	body := &b.p.Body
	body.Mass, body.Centre = total.Volume, total.Centre()
	if body.Mass < leastMass {
		total = total.Scale(leastMass / body.Mass)
		body.Mass, floored = leastMass, true
		b.warn("the mass would be under a milligram: taken as one")
	}
	pr := total.Inertia().Principal()
	for k := range pr.Moments {
		if !(pr.Moments[k] >= leastMoment) {
			pr.Moments[k], floored = leastMoment, true
		}
	}
	// Rounding must not break what holds for every body: no moment exceeds the
	// sum of the other two.
	if sum := pr.Moments[1] + pr.Moments[2]; pr.Moments[0] > sum {
		pr.Moments[0] = sum
	}
	body.Principal = pr
	return floored
}

// boxMoments takes the bounding box, floored, for a body without any volume.
func (b *builder) boxMoments() mass.Moments {
	s := material.Substance{Density: 1000}
	if len(b.made) > 0 {
		s = b.made[0]
	}
	e := b.p.Size
	for k := range e {
		e[k] = max(e[k], Thickness)
	}
	v := e[0] * e[1] * e[2]
	m := mass.Moments{Ref: geom.Vec{0, 0, e[2] / 2}, Volume: v}
	for k := range 3 {
		m.Second[k] = v * float64(e[k]*e[k]) / 12
	}
	return m.About(geom.Vec{}).Scale(s.Density)
}

func (b *builder) summary(nested bool) {
	f := &b.p.Facts
	for i := range b.meshes {
		key := b.made[i].Name + "/" + string(b.basis[i])
		if g := b.share[key]; g != nil {
			g.Parts++
		}
	}
	for _, g := range b.share {
		f.Guesses = append(f.Guesses, *g)
	}
	slices.SortFunc(f.Guesses, func(x, y Guess) int {
		if x.Mass != y.Mass {
			return int(math.Copysign(1, y.Mass-x.Mass))
		}
		return slices.Compare([]string{x.Substance, string(x.Basis)}, []string{y.Substance, string(y.Basis)})
	})
	f.MaterialBasis = material.Default
	if len(f.Guesses) > 0 {
		f.MaterialBasis = f.Guesses[0].Basis
	}
	switch {
	case f.MassBasis != Closed || nested || f.Implausible != "":
		f.Confidence = "low"
	case f.MaterialBasis == material.ByName && !f.UnitsAssumed:
		f.Confidence = "high"
	default:
		f.Confidence = "medium"
	}
}

// pointsOf returns the points of the triangles that pass the test.
func pointsOf(m *mesh.Mesh, pass func(t int) bool) []float32 {
	mark := make([]bool, m.Vertices())
	any, all := false, true
	for t := range m.Triangles() {
		if !pass(t) {
			all = false
			continue
		}
		any = true
		for _, i := range m.Indices[3*t : 3*t+3] {
			mark[i] = true
		}
	}
	if !any {
		return nil
	}
	if all {
		return m.Points
	}
	var out []float32
	for i, ok := range mark {
		if ok {
			out = append(out, m.Points[3*i:3*i+3]...)
		}
	}
	return out
}
