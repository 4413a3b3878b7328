package prop

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // read, and written as PNG
	_ "image/jpeg"
	"image/png"
	"path"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"simdrop/internal/engine/scene"
)

const (
	// maxEdge is the largest texture that NVIDIA's VM.TEX.001 allows.
	maxEdge = 16384
	// maxDecode bounds the memory for an image that has to be written anew.
	maxDecode = 64 << 20 // pixels
)

// textures takes over the images that surfaces use, and forgets references to
// those that cannot be used.
func (b *builder) textures() error {
	at := map[int]int{} // scene image → texture, −1 for unusable
	inUse := names{}
	for s := range b.p.Surfaces {
		m := &b.p.Surfaces[s].Material
		for _, t := range []**scene.Texture{
			&m.BaseColorTex, &m.MetalRoughTex, &m.NormalTex, &m.OcclusionTex, &m.EmissiveTex, &m.OpacityTex,
		} {
			if *t == nil {
				continue
			}
			if err := b.ctx.Err(); err != nil {
				return err
			}
			k, ok := at[(*t).Image]
			if !ok {
				k = b.texture((*t).Image, inUse)
				at[(*t).Image] = k
			}
			if k < 0 {
				*t = nil
				continue
			}
			c := **t
			c.Image = k
			*t = &c
		}
	}
	return nil
}

// texture adds image i to the package and returns its index, or −1 with a warning.
func (b *builder) texture(i int, inUse names) int {
	if i < 0 || i >= len(b.sc.Images) {
		b.warn("a material refers to an image that does not exist")
		return -1
	}
	img := &b.sc.Images[i]
	name := img.Name
	if name == "" {
		name = fmt.Sprintf("texture %d", i+1)
	}
	t, err := readTexture(img.Data)
	if err != nil {
		b.warn("texture %s cannot be used: %v", name, err)
		return -1
	}
	if t.Width > maxEdge || t.Height > maxEdge {
		b.warn("texture %s is %d×%d: more than %d is not allowed everywhere", name, t.Width, t.Height, maxEdge)
	}
	base := path.Base(strings.ReplaceAll(img.Name, `\`, "/"))
	t.File = inUse.pick(strings.TrimSuffix(base, path.Ext(base)), "texture") + t.File
	b.p.Textures = append(b.p.Textures, t)
	return len(b.p.Textures) - 1
}

// readTexture checks an image and returns it as PNG or JPEG, with File as its
// extension only. Other encodings are written anew as PNG.
func readTexture(data []byte) (Texture, error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if errors.Is(err, image.ErrFormat) {
		return Texture{}, errors.New("its format is not known")
	}
	if err != nil {
		return Texture{}, err
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return Texture{}, errors.New("it has no pixels")
	}
	t := Texture{Data: data, Width: cfg.Width, Height: cfg.Height, Channels: 3}
	switch m := cfg.ColorModel.(type) {
	case color.Palette:
		for _, c := range m {
			_, _, _, a := c.RGBA()
			t.Alpha = t.Alpha || a < 0xffff
		}
	default:
		switch m {
		case color.GrayModel, color.Gray16Model:
			t.Channels = 1
		case color.NRGBAModel, color.NRGBA64Model:
			t.Alpha = true
		}
	}
	switch format {
	case "png":
		t.File = ".png"
		return t, nil
	case "jpeg":
		t.File = ".jpg"
		return t, nil
	}
	if cfg.Width*cfg.Height > maxDecode {
		return Texture{}, fmt.Errorf("at %d×%d it is too large to be written as PNG", cfg.Width, cfg.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return Texture{}, err
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&out, img); err != nil {
		return Texture{}, err
	}
	if o, ok := img.(interface{ Opaque() bool }); ok {
		t.Alpha = !o.Opaque()
	}
	t.Data, t.File = out.Bytes(), ".png"
	return t, nil
}
