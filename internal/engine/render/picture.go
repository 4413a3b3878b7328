package render

import (
	"bytes"
	"image"
	_ "image/jpeg" // the encodings a package may hold
	_ "image/png"
	"math"

	"golang.org/x/image/draw"

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
	img      *sizes
	cos, sin float64
}

// shelf decodes each texture at most once.
type shelf struct {
	p    *prop.Prop
	img  map[int]*sizes
	left int // pixels that may still be decoded
}

func newShelf(p *prop.Prop) *shelf {
	return &shelf{p: p, img: map[int]*sizes{}, left: totalPixels}
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
func (s *shelf) decode(t *prop.Texture) *sizes {
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
	return &sizes{out}
}

// at samples between the four nearest pixels, as written in the file, of the image at
// the size at which it is seen: dense is the area of texture coordinates that a pixel
// of the picture covers.
func (p *picture) at(u, v, dense float64) (c vec, alpha float64) {
	if p.HasTransform {
		u, v = float64(u*p.Scale[0]), float64(v*p.Scale[1])
		u, v = float64(u*p.cos)-float64(v*p.sin)+p.Translate[0], float64(u*p.sin)+float64(v*p.cos)+p.Translate[1]
		dense *= math.Abs(p.Scale[0] * p.Scale[1])
	}
	img := p.img.size(dense)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	x, y := float64(wrap(u, p.WrapS)*float64(w))-0.5, float64((1-wrap(v, p.WrapT))*float64(h))-0.5
	i, j := math.Floor(x), math.Floor(y)
	left, right := side(int(i), w, p.WrapS), side(int(i)+1, w, p.WrapS)
	up, down := side(int(j), h, p.WrapT)*img.Stride, side(int(j)+1, h, p.WrapT)*img.Stride
	o, q, r, t := up+4*left, up+4*right, down+4*left, down+4*right
	// In whole numbers, which one can count on and which are quicker.
	fx, fy := int((x-i)*256), int((y-j)*256)
	a, b, d, e := (256-fx)*(256-fy), fx*(256-fy), (256-fx)*fy, fx*fy
	mix := func(k int) float64 {
		px := img.Pix
		return float64(a*int(px[o+k])+b*int(px[q+k])+d*int(px[r+k])+e*int(px[t+k])) * (1. / (255 << 16))
	}
	return vec{mix(0), mix(1), mix(2)}, mix(3)
}

// side takes the neighbours of edge pixels from the other side where the texture
// repeats.
func side(i, n int, wrap scene.Wrap) int {
	if wrap == scene.Repeat {
		if i < 0 {
			return i + n
		}
		if i >= n {
			return i - n
		}
		return i
	}
	return min(max(i, 0), n-1)
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
