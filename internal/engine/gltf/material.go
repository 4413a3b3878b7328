package gltf

import (
	"encoding/json"
	"math"
	"slices"

	"simdrop/internal/engine/scene"
)

// material gives the scene's number of a material, reading it the first time,
// and the set of texture coordinates it uses.
func (r *reader) material(i int) (index, uvSet int, err error) {
	if index, ok := r.materials[i]; ok {
		return index, r.uvSets[i], nil
	}
	if i < 0 || i >= len(r.doc.Materials) {
		return 0, 0, scene.Refuse("%s refers to material %d, which it does not have", r.src.Name, i)
	}
	m, uvSet, err := r.readMaterial(&r.doc.Materials[i])
	if err != nil {
		return 0, 0, err
	}
	if r.materials == nil {
		r.materials, r.uvSets = map[int]int{}, map[int]int{}
	}
	index = len(r.out.Materials)
	r.materials[i], r.uvSets[i] = index, uvSet
	r.out.Materials = append(r.out.Materials, m)
	return index, uvSet, nil
}

func (r *reader) readMaterial(g *material) (scene.Material, int, error) {
	m := scene.NewMaterial(g.Name)
	m.Metallic, m.Roughness = 1, 1
	m.DoubleSided = g.DoubleSided
	m.Emissive = color(g.EmissiveFactor, 0)
	switch g.AlphaMode {
	case "MASK":
		m.AlphaMode = scene.Mask
	case "BLEND":
		m.AlphaMode = scene.Blend
	}
	m.AlphaCutoff = number(g.AlphaCutoff, 0.5)
	t := textures{r: r, material: g.Name, set: -1}
	if p := g.PBR; p != nil {
		m.BaseColor, m.Opacity = color(p.BaseColorFactor, 1), alpha(p.BaseColorFactor)
		m.Metallic, m.MetallicSet = number(p.MetallicFactor, 1), p.MetallicFactor != nil
		m.Roughness = number(p.RoughnessFactor, 1)
		m.BaseColorTex = t.read(p.BaseColorTexture)
		m.MetalRoughTex = t.read(p.MetallicRoughnessTexture)
	}
	if err := r.readMaterialExtensions(&m, g, &t); err != nil {
		return m, 0, err
	}
	m.NormalTex = t.read(g.NormalTexture)
	m.OcclusionTex = t.read(g.OcclusionTexture)
	m.EmissiveTex = t.read(g.EmissiveTexture)
	if g.NormalTexture != nil {
		m.NormalScale = number(g.NormalTexture.Scale, 1)
	}
	if g.OcclusionTexture != nil {
		m.Occlusion = number(g.OcclusionTexture.Strength, 1)
	}
	return m, max(t.set, 0), t.err
}

func (r *reader) readMaterialExtensions(m *scene.Material, g *material, t *textures) error {
	names := make([]string, 0, len(g.Extensions))
	for name := range g.Extensions {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		raw := g.Extensions[name]
		switch {
		case name == "KHR_materials_unlit":
			m.Unlit = true
		case name == "KHR_materials_emissive_strength":
			var e struct{ EmissiveStrength *float64 }
			if err := r.decode(raw, &e, name); err != nil {
				return err
			}
			for c := range m.Emissive {
				m.Emissive[c] *= max(number(e.EmissiveStrength, 1), 0)
			}
		case name == "KHR_materials_pbrSpecularGlossiness":
			if err := r.readSpecularGlossiness(m, raw, t); err != nil {
				return err
			}
		case looks(name) && name != "KHR_materials_variants":
			r.out.Warn("%s is left out: its effect on the look is lost", name)
		}
	}
	return nil
}

func (r *reader) decode(raw json.RawMessage, into any, what string) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return scene.Refuse("%s is damaged: its %s cannot be read", r.src.Name, what)
	}
	return nil
}

// readSpecularGlossiness turns the archived specular-glossiness model into the
// metallic-roughness one: a strong specular colour over a dark diffuse one is a
// metal, and its colour the specular one.
func (r *reader) readSpecularGlossiness(m *scene.Material, raw json.RawMessage, t *textures) error {
	var s struct {
		DiffuseFactor, SpecularFactor []float64
		GlossinessFactor              *float64
		DiffuseTexture                *textureInfo
		SpecularGlossinessTexture     *textureInfo
	}
	if err := r.decode(raw, &s, "KHR_materials_pbrSpecularGlossiness"); err != nil {
		return err
	}
	r.out.Warn("%s is specular-glossiness: its metallic-roughness values are approximate", label(m.Name))
	diffuse, specular := color(s.DiffuseFactor, 1), color(s.SpecularFactor, 1)
	m.BaseColor, m.Opacity = diffuse, alpha(s.DiffuseFactor)
	m.Roughness = 1 - clamp(number(s.GlossinessFactor, 1))
	m.Metallic, m.MetallicSet = 0, false
	m.MetalRoughTex = nil
	m.BaseColorTex = t.read(s.DiffuseTexture)
	if s.SpecularGlossinessTexture != nil {
		r.out.Warn("the specular-glossiness texture of %s is left out", label(m.Name))
		// The factors are multiplied by that texture, so that alone they mean
		// nothing: 1 and 1 would be a mirror.
		m.Roughness = 0.5
		return nil
	}
	if strength := max(specular[0], specular[1], specular[2]); s.DiffuseTexture == nil &&
		strength > 0.25 && strength > 4*max(diffuse[0], diffuse[1], diffuse[2]) {
		m.Metallic, m.MetallicSet, m.BaseColor = 1, true, specular
	}
	return nil
}

// color gives the first three numbers of a factor, else the default for each.
func color(factor []float64, otherwise float64) [3]float64 {
	c := [3]float64{otherwise, otherwise, otherwise}
	if len(factor) >= 3 {
		copy(c[:], factor)
	}
	for i := range c {
		c[i] = max(c[i], 0)
	}
	return c
}

func alpha(factor []float64) float64 {
	if len(factor) >= 4 {
		return clamp(factor[3])
	}
	return 1
}

func number(p *float64, otherwise float64) float64 {
	if p == nil || math.IsNaN(*p) {
		return otherwise
	}
	return *p
}

func clamp(v float64) float64 { return min(max(v, 0), 1) }

// label names a material for people.
func label(name string) string {
	if name == "" {
		return "a material"
	}
	return "material " + name
}
