package prop

import (
	"simdrop/internal/engine/mesh"
	"simdrop/internal/engine/scene"
)

// looks makes surfaces of the materials in use.
type looks struct {
	b     *builder
	at    map[look]int
	names names
}

// look is a material as one kind of mesh uses it.
type look struct {
	material int
	colors   bool
}

func newLooks(b *builder) *looks { return &looks{b: b, at: map[look]int{}, names: names{}} }

// of returns the index of the surface for a mesh.
func (l *looks) of(m *mesh.Mesh) int {
	key := look{material: m.Material, colors: len(m.Colors) > 0}
	mat := plain()
	if m.Material >= 0 {
		mat = l.b.sc.Materials[m.Material]
	}
	if mat.BaseColorTex != nil && len(m.UVs) > 0 {
		key.colors = false // a texture and vertex colours cannot be multiplied in UsdPreviewSurface
	}
	if i, ok := l.at[key]; ok {
		return i
	}
	i := len(l.b.p.Surfaces)
	l.at[key] = i
	l.b.p.Surfaces = append(l.b.p.Surfaces, Surface{Material: mat, Name: l.names.pick(mat.Name, "material"), VertexColors: key.colors})
	return i
}

// plain is the surface of a part without a material.
func plain() scene.Material {
	return scene.Material{
		Name: "default", BaseColor: [3]float64{0.5, 0.5, 0.5}, Opacity: 1, Roughness: 0.6,
		NormalScale: 1, Occlusion: 1,
	}
}
