package render

import (
	"bytes"
	"image"
	_ "image/jpeg" // the encodings a package may hold
	_ "image/png"
	"math"

	"golang.org/x/image/draw"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
)

const (
	// pictureEdge is the size to which textures are reduced: more is not seen.
	pictureEdge = 512
	// Beyond these a texture is not decoded for a thumbnail: a surface then shows
	// its plain colour.
	mostPixels  = 4096 * 4096
	totalPixels = 3 * mostPixels
)

// picture is a texture as a surface shows it.
type picture struct {
	scene.Texture
	img      *image.NRGBA
	cos, sin float64
}

// shelf decodes each texture at most once.
type shelf struct {
	p    *prop.Prop
	img  map[int]*image.NRGBA
	left int // pixels that may still be decoded
}

func newShelf(p *prop.Prop) *shelf {
	return &shelf{p: p, img: map[int]*image.NRGBA{}, left: totalPixels}
}

func (s *shelf) open(t *scene.Texture) *picture {
	if t == nil || t.Image < 0 || t.Image >= len(s.p.Textures) {
		return nil
	}
	img, ok := s.img[t.Image]
	if !ok {
		img = s.decode(&s.p.Textures[t.Image])
		s.img[t.Image] = img
	}
	if img == nil {
		return nil
	}
	a := t.Rotate * math.Pi / 180
	return &picture{*t, img, math.Cos(a), math.Sin(a)}
}

// decode returns nil for what is too large or damaged.
func (s *shelf) decode(t *prop.Texture) *image.NRGBA {
	n := t.Width * t.Height
	if n > mostPixels || n > s.left {
		return nil
	}
	s.left -= n
	src, _, err := image.Decode(bytes.NewReader(t.Data))
	if err != nil {
		return nil
	}
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > pictureEdge {
		w, h = max(1, w*pictureEdge/long), max(1, h*pictureEdge/long)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(out, out.Bounds(), src, b, draw.Src, nil)
	return out
}

// at samples between the four nearest pixels, as written in the file.
func (p *picture) at(u, v float64) (c geom.Vec, alpha float64) {
	if p.HasTransform {
		u, v = float64(u*p.Scale[0]), float64(v*p.Scale[1])
		u, v = float64(u*p.cos)-float64(v*p.sin)+p.Translate[0], float64(u*p.sin)+float64(v*p.cos)+p.Translate[1]
	}
	w, h := p.img.Rect.Dx(), p.img.Rect.Dy()
	x, y := wrap(u, p.WrapS)*float64(w)-0.5, (1-wrap(v, p.WrapT))*float64(h)-0.5
	i, j := math.Floor(x), math.Floor(y)
	fx, fy := x-i, y-j
	for k, share := range [4]float64{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy} {
		px := p.pixel(int(i)+k&1, int(j)+k>>1)
		for n := range 3 {
			c[n] += float64(share*float64(px[n])) / 255
		}
		alpha += float64(share*float64(px[3])) / 255
	}
	return c, alpha
}

// pixel takes the neighbours of edge pixels from the other side where the texture
// repeats.
func (p *picture) pixel(x, y int) []byte {
	w, h := p.img.Rect.Dx(), p.img.Rect.Dy()
	side := func(i, n int, wrap scene.Wrap) int {
		if wrap == scene.Repeat {
			return (i%n + n) % n
		}
		return min(max(i, 0), n-1)
	}
	o := p.img.PixOffset(side(x, w, p.WrapS), side(y, h, p.WrapT))
	return p.img.Pix[o : o+4 : o+4]
}

// wrap brings a coordinate to 0 to 1.
func wrap(t float64, w scene.Wrap) float64 {
	if !(math.Abs(t) < 1e9) {
		return 0
	}
	switch w {
	case scene.Clamp:
		return min(max(t, 0), 1)
	case scene.Mirror:
		t = math.Abs(t)
		if n := math.Floor(t); math.Mod(n, 2) == 1 {
			return 1 - (t - n)
		}
	}
	return t - math.Floor(t)
}
