package render

import (
	"math"

	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
)

// look is a surface with the textures that can be drawn.
type look struct {
	*prop.Surface
	base, emissive, rough *picture
	opacity               *picture
	textured              bool
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
		l.textured = l.base != nil || l.emissive != nil || l.rough != nil || l.opacity != nil
		l.opacityAlpha = l.opacity != nil && p.Textures[m.OpacityTex.Image].Alpha
		l.cut = m.AlphaMode == scene.Mask
		l.blended = m.AlphaMode == scene.Blend && (m.Opacity < 1 || l.base != nil || l.opacity != nil)
		l.sharpness = min(max(int(8-float64(8*m.Roughness)), 1), 7)
		out[i] = l
	}
	return out
}

// mixed interpolates colours of a triangle's corners.
func mixed(colors []float32, i []uint32, share vec) vec {
	a, b, c := at(colors, int(i[0])), at(colors, int(i[1])), at(colors, int(i[2]))
	return a.scale(share.x).add(b.scale(share.y)).add(c.scale(share.z))
}

// alphaAt is the opacity at a place of a triangle.
func (l *look) alphaAt(f *face, share vec) float64 {
	a := l.Opacity
	u, v := f.uvAt(share)
	if l.base != nil && l.opacity == nil {
		_, alpha := l.base.at(u, v, f.dense)
		a *= alpha
	}
	if l.opacity != nil {
		c, alpha := l.opacity.at(u, v, f.dense)
		if !l.opacityAlpha {
			alpha = c.x
		}
		a *= alpha
	}
	return a
}

// material is the look at one place.
type material struct {
	color, glow      vec
	metal, roughness float64
}

// between is what two places look like together.
func (m *material) between(o *material) material {
	return material{
		color: m.color.add(o.color).scale(0.5), glow: m.glow.add(o.glow).scale(0.5),
		metal: (m.metal + o.metal) / 2, roughness: (m.roughness + o.roughness) / 2,
	}
}

// near reports that another place hardly looks different.
func (m *material) near(o *material) bool {
	const most = 1. / 128
	c, g := m.color.sub(o.color), m.glow.sub(o.glow)
	return c.dot(c)+g.dot(g) < most*most && math.Abs(m.metal-o.metal) < most && math.Abs(m.roughness-o.roughness) < most
}

func (l *look) materialAt(f *face, share vec) material {
	out := material{color: of(l.BaseColor), glow: of(l.Emissive), metal: l.Metallic, roughness: l.Roughness}
	if l.VertexColors && len(f.Colors) > 0 {
		out.color = out.color.times(mixed(f.Colors, f.Indices[3*f.t:3*f.t+3], share))
	}
	if !l.textured {
		return out
	}
	u, v := f.uvAt(share)
	if l.base != nil {
		c, _ := l.base.at(u, v, f.dense)
		out.color = out.color.times(linear(c))
	}
	if l.emissive != nil {
		c, _ := l.emissive.at(u, v, f.dense)
		out.glow = out.glow.times(linear(c))
	}
	if l.rough != nil {
		c, _ := l.rough.at(u, v, f.dense)
		out.roughness *= c.y
		out.metal *= c.z
	}
	return out
}
