package prop

import (
	"math"

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
	tame(&mat)
	l.said(m, &mat)
	i := len(l.b.p.Surfaces)
	l.at[key] = i
	l.b.p.Surfaces = append(l.b.p.Surfaces, Surface{Material: mat, Name: l.names.pick(mat.Name, "material"), VertexColors: key.colors})
	return i
}

// said warns about what UsdPreviewSurface cannot show.
func (l *looks) said(m *mesh.Mesh, mat *scene.Material) {
	textured := mat.BaseColorTex != nil || mat.NormalTex != nil || mat.MetalRoughTex != nil ||
		mat.OcclusionTex != nil || mat.EmissiveTex != nil || mat.OpacityTex != nil
	if textured && len(m.UVs) == 0 {
		l.b.warn("material %q has textures, but a part with it has no texture coordinates", mat.Name)
	}
	if mat.BaseColorTex != nil && len(m.Colors) > 0 {
		l.b.warn("material %q has a texture and vertex colours: the colours are left out", mat.Name)
	}
	if mat.NormalTex != nil && mat.NormalScale != 1 {
		l.b.warn("material %q scales its normal map by %.3g: shown at full strength", mat.Name, mat.NormalScale)
	}
}

// tame keeps a material's numbers within what UsdPreviewSurface defines.
func tame(m *scene.Material) {
	clamp := func(f *float64, most float64) {
		if !(*f > 0) { // NaN too
			*f = 0
		}
		*f = min(*f, most)
	}
	for _, f := range []*float64{&m.BaseColor[0], &m.BaseColor[1], &m.BaseColor[2], &m.Opacity, &m.Metallic, &m.Roughness, &m.Occlusion, &m.AlphaCutoff} {
		clamp(f, 1)
	}
	for k := range m.Emissive {
		clamp(&m.Emissive[k], 1e6) // KHR_materials_emissive_strength goes beyond 1
	}
	for _, t := range []**scene.Texture{&m.BaseColorTex, &m.MetalRoughTex, &m.NormalTex, &m.OcclusionTex, &m.EmissiveTex, &m.OpacityTex} {
		if *t != nil && (*t).HasTransform && !finite((*t).Rotate, (*t).Scale[0], (*t).Scale[1], (*t).Translate[0], (*t).Translate[1]) {
			c := **t
			c.HasTransform = false
			*t = &c
		}
	}
}

func finite(v ...float64) bool {
	for _, f := range v {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}

// plain is the surface of a part without a material.
func plain() scene.Material {
	return scene.Material{
		Name: "default", BaseColor: [3]float64{0.5, 0.5, 0.5}, Opacity: 1, Roughness: 0.6,
		NormalScale: 1, Occlusion: 1,
	}
}
