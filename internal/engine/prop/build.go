package prop

import (
	"context"
	"fmt"
	"slices"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/material"
	"simdrop/internal/engine/mesh"
	"simdrop/internal/engine/scene"
)

// Thickness is what a flat surface is taken to be thick, in metres.
const Thickness = 0.001

var errNoArea = &scene.InputError{Reason: "none of its triangles has an area, so there is nothing to convert"}

// builder holds what the steps of Build pass on.
type builder struct {
	ctx    context.Context
	sc     *scene.Scene
	p      *Prop
	meshes []*mesh.Mesh
	place  [][16]float64 // by mesh, until it is baked
	// By mesh: what it is made of.
	made  []material.Substance
	basis []material.Basis
	share map[string]*Guess
	// By mesh, by triangle: the connected component, −1 for none.
	component [][]int32
}

// Build makes a prop of a scene. The name is the package's, the source the file's.
// Problems of the asset are *scene.InputError; those one can live with are
// warnings. The scene's arrays are not changed.
func Build(ctx context.Context, sc *scene.Scene, name, source string) (*Prop, error) {
	b := &builder{ctx: ctx, sc: sc, p: &Prop{Name: name, Source: source}, share: map[string]*Guess{}}
	b.facts()
	for _, step := range []func() error{b.clean, b.bake, b.duplicates, b.weigh, b.finish} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b.p, nil
}

func (b *builder) facts() {
	f := &b.p.Facts
	f.UpAxis = "Y"
	if b.sc.Up == scene.Z {
		f.UpAxis = "Z"
	}
	f.UpAssumed = b.sc.UpAssumed
	f.MetersPerUnit = b.sc.MetersPerUnit
	f.UnitsAssumed = b.sc.UnitsAssumed
	f.Warnings = slices.Clone(b.sc.Warnings)
	if !(f.MetersPerUnit > 0) || f.MetersPerUnit-f.MetersPerUnit != 0 {
		f.MetersPerUnit = 1
		f.UnitsAssumed = true
	}
	b.p.Stats.Materials = len(b.sc.Materials)
	b.p.Stats.Images = len(b.sc.Images)
}

func (b *builder) warn(format string, args ...any) {
	b.p.Facts.Warnings = append(b.p.Facts.Warnings, fmt.Sprintf(format, args...))
}

func (b *builder) step(format string, args ...any) {
	b.p.Facts.Steps = append(b.p.Facts.Steps, fmt.Sprintf(format, args...))
}

// clean takes over the parts that have something to show.
func (b *builder) clean() error {
	bad, empty := 0, 0
	for i := range b.sc.Parts {
		part := b.sc.Parts[i]
		b.p.Stats.Parts++
		b.p.Stats.Vertices += len(part.Points) / 3
		b.p.Stats.Triangles += len(part.Indices) / 3
		m, c := mesh.Clean(&part)
		bad += c.Bad
		if c.Extra > 0 {
			b.warn("part %s: normals, texture coordinates or colours do not fit its points and were left out", label(part.Name, i))
		}
		if m.Triangles() == 0 {
			empty++
			continue
		}
		if m.Material < 0 || m.Material >= len(b.sc.Materials) {
			m.Material = -1
		}
		b.meshes = append(b.meshes, m)
		if part.Transform == ([16]float64{}) {
			part.Transform = scene.Identity
		}
		b.place = append(b.place, part.Transform)
	}
	if bad > 0 {
		b.warn("%d triangles refer to points that do not exist or are not numbers: left out", bad)
	}
	if empty > 0 {
		b.warn("%d parts have no triangles: left out", empty)
	}
	if len(b.meshes) == 0 {
		return &scene.InputError{Reason: "there are no triangles in it, so there is nothing to convert"}
	}
	return nil
}

func label(name string, i int) string {
	if name == "" {
		return fmt.Sprintf("%d", i+1)
	}
	return fmt.Sprintf("%q", name)
}

// bake turns to Z up and metres, and puts the middle of the base at the origin.
func (b *builder) bake() error {
	s := b.p.Facts.MetersPerUnit
	toProp := geom.Affine{L: [9]float64{s, 0, 0, 0, s, 0, 0, 0, s}}
	if b.sc.Up == scene.Y {
		toProp.L = [9]float64{s, 0, 0, 0, 0, -s, 0, s, 0}
	}
	box := geom.Empty()
	place := make([]geom.Affine, len(b.meshes))
	for i, m := range b.meshes {
		place[i] = geom.FromColumns(b.place[i]).Then(toProp)
		box.Union(m.Bounds(&place[i]))
	}
	if box.IsEmpty() {
		return errNoArea
	}
	if !box.Min.Finite() || !box.Max.Finite() || !(box.Diagonal() < 1e15) {
		return &scene.InputError{Reason: "its points lie so far out that no size can be told"}
	}
	c := box.Centre()
	pivot := geom.Vec{c[0], c[1], box.Min[2]}
	for i, m := range b.meshes {
		place[i].T = place[i].T.Sub(pivot)
		m.Bake(&place[i])
	}
	b.p.Size = box.Size()
	if b.sc.Up == scene.Y {
		b.step("turned from Y up to Z up")
	}
	if s != 1 {
		b.step("scaled by %g to metres", s)
	}
	b.step("baked transforms; origin at the middle of the base")
	b.implausible()
	return nil
}

// implausible notes a size that no prop has, which is nearly always a wrong unit.
func (b *builder) implausible() {
	l := max(b.p.Size[0], b.p.Size[1], b.p.Size[2])
	switch {
	case l > 100:
		b.p.Facts.Implausible = fmt.Sprintf("%.3g m long: probably millimetres", l)
	case l > 10:
		b.p.Facts.Implausible = fmt.Sprintf("%.3g m long: probably centimetres or inches", l)
	case l < 0.001:
		b.p.Facts.Implausible = fmt.Sprintf("%.3g mm long: probably metres or another unit", l*1000)
	default:
		return
	}
	b.warn("size_implausible: %s", b.p.Facts.Implausible)
}

// duplicates drops meshes that another one covers exactly: they would fight for
// the same pixels and be weighed twice.
func (b *builder) duplicates() error {
	seen := map[uint64][]*mesh.Mesh{}
	kept := b.meshes[:0]
	for i, m := range b.meshes {
		h := m.Fingerprint()
		if slices.ContainsFunc(seen[h], m.Same) {
			b.warn("part %s lies exactly on another part: left out", label(m.Name, i))
			continue
		}
		seen[h] = append(seen[h], m)
		kept = append(kept, m)
	}
	b.meshes = kept
	return nil
}
