package simready

import (
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/usd"
)

func looks(p *prop.Prop, root string) *usd.Prim {
	scope := &usd.Prim{Type: "Scope", Name: looksScope}
	for i := range p.Surfaces {
		s := &p.Surfaces[i]
		w := &shading{p: p, s: s, path: root + "/" + looksScope + "/" + s.Name}
		scope.Children = append(scope.Children, w.material())
	}
	return scope
}

// shading builds the network of one material after the UsdPreviewSurface
// specification: a surface, and per texture a reader of the coordinates' primvar,
// a transform where there is one, and the texture itself.
type shading struct {
	p     *prop.Prop
	s     *prop.Surface
	path  string
	nodes []*usd.Prim
	st    string // output of the primvar reader, once there is one
}

func (w *shading) material() *usd.Prim {
	surface := &usd.Prim{Type: "Shader", Name: "surface", Attrs: []usd.Attr{id("UsdPreviewSurface")}}
	w.nodes = append(w.nodes, surface)
	in := w.base()
	in = append(in, w.normal()...)
	in = append(in, w.metalRough()...)
	in = append(in, w.occlusion()...)
	in = append(in, w.opacity()...)
	in = append(in, usd.Attr{Name: "inputs:useSpecularWorkflow", Type: "int", Value: usd.Int(0)})
	surface.Attrs = append(surface.Attrs, in...)
	surface.Attrs = append(surface.Attrs, usd.Attr{Name: "outputs:surface", Type: "token"})
	return &usd.Prim{
		Type: "Material", Name: w.s.Name,
		Attrs:    []usd.Attr{{Name: "outputs:surface", Type: "token", Connect: w.path + "/surface.outputs:surface"}},
		Children: w.nodes,
	}
}

// base is diffuse and emissive colour. An unlit material glows in its colour.
func (w *shading) base() []usd.Attr {
	m := &w.s.Material
	colour := usd.Attr{Name: "inputs:diffuseColor", Type: "color3f", Value: vec3(m.BaseColor)}
	switch {
	case m.BaseColorTex != nil:
		colour = w.connect(colour, w.texture("base_color", m.BaseColorTex, scaled(m.BaseColor, m.Opacity), "sRGB"), "rgb")
	case w.s.VertexColors:
		colour = w.connect(colour, w.vertexColours(), "result")
	}
	glow := usd.Attr{Name: "inputs:emissiveColor", Type: "color3f", Value: vec3(m.Emissive)}
	if m.EmissiveTex != nil {
		glow = w.connect(glow, w.texture("emissive", m.EmissiveTex, scaled(m.Emissive, 1), "sRGB"), "rgb")
	}
	if !m.Unlit {
		return []usd.Attr{colour, glow}
	}
	colour.Name = glow.Name
	return []usd.Attr{{Name: "inputs:diffuseColor", Type: "color3f", Value: usd.Vec3{}}, colour}
}

func (w *shading) normal() []usd.Attr {
	if w.s.NormalTex == nil {
		return nil
	}
	// 8 bits per channel hold 0 to 1; the vector is −1 to 1.
	unpack := []usd.Attr{
		{Name: "inputs:bias", Type: "float4", Value: usd.Vec4{-1, -1, -1, 0}},
		{Name: "inputs:scale", Type: "float4", Value: usd.Vec4{2, 2, 2, 1}},
	}
	a := usd.Attr{Name: "inputs:normal", Type: "normal3f"}
	return []usd.Attr{w.connect(a, w.texture("normal", w.s.NormalTex, unpack, "raw"), "rgb")}
}

func (w *shading) metalRough() []usd.Attr {
	m := &w.s.Material
	metallic := usd.Attr{Name: "inputs:metallic", Type: "float", Value: usd.Float(m.Metallic)}
	rough := usd.Attr{Name: "inputs:roughness", Type: "float", Value: usd.Float(m.Roughness)}
	if m.MetalRoughTex != nil {
		t := w.texture("metal_rough", m.MetalRoughTex, scaled([3]float64{1, m.Roughness, m.Metallic}, 1), "raw")
		metallic, rough = w.connect(metallic, t, "b"), w.connect(rough, t, "g")
	}
	return []usd.Attr{metallic, rough}
}

func (w *shading) occlusion() []usd.Attr {
	m := &w.s.Material
	if m.OcclusionTex == nil {
		return nil
	}
	s := float32(m.Occlusion)
	strength := []usd.Attr{
		{Name: "inputs:bias", Type: "float4", Value: usd.Vec4{1 - s, 1 - s, 1 - s, 0}},
		{Name: "inputs:scale", Type: "float4", Value: usd.Vec4{s, s, s, 1}},
	}
	a := usd.Attr{Name: "inputs:occlusion", Type: "float"}
	return []usd.Attr{w.connect(a, w.texture("occlusion", m.OcclusionTex, strength, "raw"), "r")}
}

func (w *shading) opacity() []usd.Attr {
	m := &w.s.Material
	if m.AlphaMode == scene.Opaque {
		return []usd.Attr{{Name: "inputs:opacity", Type: "float", Value: usd.Float(1)}}
	}
	a := usd.Attr{Name: "inputs:opacity", Type: "float", Value: usd.Float(m.Opacity)}
	switch {
	case m.OpacityTex != nil:
		channel := "r"
		if w.p.Textures[m.OpacityTex.Image].Alpha {
			channel = "a"
		}
		o := m.Opacity
		a = w.connect(a, w.texture("opacity", m.OpacityTex, scaled([3]float64{o, o, o}, o), "raw"), channel)
	case m.BaseColorTex != nil && w.p.Textures[m.BaseColorTex.Image].Alpha:
		a = w.connect(a, w.path+"/base_color", "a")
	}
	out := []usd.Attr{a}
	if m.AlphaMode == scene.Mask {
		out = append(out, usd.Attr{Name: "inputs:opacityThreshold", Type: "float", Value: usd.Float(m.AlphaCutoff)})
	}
	return out
}

// connect replaces an input's value by a node's output.
func (w *shading) connect(a usd.Attr, node, output string) usd.Attr {
	a.Value, a.Connect = nil, node+".outputs:"+output
	return a
}

func id(name string) usd.Attr {
	return usd.Attr{Name: "info:id", Type: "token", Uniform: true, Value: usd.Token(name)}
}

// scaled multiplies a texture's channels, unless that changes nothing.
func scaled(c [3]float64, a float64) []usd.Attr {
	v := usd.Vec4{float32(c[0]), float32(c[1]), float32(c[2]), float32(a)}
	if v == (usd.Vec4{1, 1, 1, 1}) {
		return nil
	}
	return []usd.Attr{{Name: "inputs:scale", Type: "float4", Value: v}}
}
