package render

import (
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
)

// look is a surface with the textures that can be drawn.
type look struct {
	*prop.Surface
	base, emissive, rough *picture
	opacity               *picture
	opacityAlpha          bool // the opacity picture's alpha counts, not its red
	cut                   bool // pixels under the cutoff are not there
	blended               bool // what lies behind shines through
	sharpness             int  // of highlights: they fall off with the 2^sharpness-th power
}

func newLooks(p *prop.Prop) []look {
	shelf := newShelf(p)
	out := make([]look, len(p.Surfaces))
	for i := range out {
		m := &p.Surfaces[i]
		l := look{Surface: m, base: shelf.open(m.BaseColorTex), emissive: shelf.open(m.EmissiveTex), rough: shelf.open(m.MetalRoughTex), opacity: shelf.open(m.OpacityTex)}
		l.opacityAlpha = l.opacity != nil && p.Textures[m.OpacityTex.Image].Alpha
		l.cut = m.AlphaMode == scene.Mask
		l.blended = m.AlphaMode == scene.Blend && (m.Opacity < 1 || l.base != nil || l.opacity != nil)
		l.sharpness = min(max(int(8-float64(8*m.Roughness)), 1), 7)
		out[i] = l
	}
	return out
}

// mixed interpolates values of a triangle's corners.
func mixed(values []float32, width int, i []uint32, share geom.Vec) (v geom.Vec) {
	for k := range width {
		for c := range 3 {
			v[k] += float64(share[c] * float64(values[width*int(i[c])+k]))
		}
	}
	return v
}

// uvAt is the texture coordinate at a place of a triangle.
func uvAt(m *drawn, t int, share geom.Vec) (u, v float64) {
	if len(m.UVs) == 0 {
		return 0, 0
	}
	uv := mixed(m.UVs, 2, m.Indices[3*t:3*t+3], share)
	return uv[0], uv[1]
}

// alphaAt is the opacity at a place of a triangle.
func (l *look) alphaAt(m *drawn, t int, share geom.Vec) float64 {
	a := l.Opacity
	u, v := uvAt(m, t, share)
	if l.base != nil && l.opacity == nil {
		_, alpha := l.base.at(u, v)
		a *= alpha
	}
	if l.opacity != nil {
		c, alpha := l.opacity.at(u, v)
		if !l.opacityAlpha {
			alpha = c[0]
		}
		a *= alpha
	}
	return a
}

// material is the look at one place.
type material struct {
	color, glow      geom.Vec
	metal, roughness float64
}

func (l *look) materialAt(m *drawn, t int, share geom.Vec) material {
	out := material{color: geom.Vec(l.BaseColor), glow: geom.Vec(l.Emissive), metal: l.Metallic, roughness: l.Roughness}
	u, v := uvAt(m, t, share)
	if l.base != nil {
		c, _ := l.base.at(u, v)
		out.color = times(out.color, linear(c))
	}
	if l.VertexColors && len(m.Colors) > 0 {
		out.color = times(out.color, mixed(m.Colors, 3, m.Indices[3*t:3*t+3], share))
	}
	if l.emissive != nil {
		c, _ := l.emissive.at(u, v)
		out.glow = times(out.glow, linear(c))
	}
	if l.rough != nil {
		c, _ := l.rough.at(u, v)
		out.roughness *= c[1]
		out.metal *= c[2]
	}
	return out
}

// normalAt is the surface's direction at a place of a triangle.
func normalAt(m *drawn, t int, share geom.Vec) geom.Vec {
	i := m.Indices[3*t : 3*t+3]
	if m.PerCorner {
		n := uint32(3 * t)
		i = []uint32{n, n + 1, n + 2}
	}
	if len(m.Normals) > 0 {
		if n, ok := mixed(m.Normals, 3, i, share).Unit(); ok {
			return n
		}
	}
	a, b, c := m.Corner(t)
	n, _ := b.Sub(a).Cross(c.Sub(a)).Unit()
	return n
}

func times(a, b geom.Vec) geom.Vec { return geom.Vec{a[0] * b[0], a[1] * b[1], a[2] * b[2]} }
