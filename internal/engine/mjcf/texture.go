package mjcf

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg"
	"image/png"
	"path"
	"strings"

	"golang.org/x/image/draw"

	"simdrop/internal/engine/prop"
)

const (
	// edge is the size to which a texture is reduced that has to be written anew.
	edge = 1024
	// maxDecode bounds the memory for that.
	maxDecode = 64 << 20 // pixels
)

// writeTextures writes the base colour textures, which are all MuJoCo shows, and
// returns their file names by texture ("" for none). MuJoCo reads PNG only: JPEG
// is written anew.
func writeTextures(ctx context.Context, p *prop.Prop, create Create) ([]string, error) {
	files := make([]string, len(p.Textures))
	for i := range p.Surfaces {
		t := p.Surfaces[i].BaseColorTex
		if t == nil || files[t.Image] != "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		src := &p.Textures[t.Image]
		data := src.Data
		if path.Ext(src.File) != ".png" {
			if data = asPNG(src); data == nil {
				continue
			}
		}
		name := strings.TrimSuffix(src.File, path.Ext(src.File)) + "_" + path.Ext(src.File)[1:] + ".png"
		if path.Ext(src.File) == ".png" {
			name = src.File
		}
		w, err := create("textures/" + name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
		files[t.Image] = name
	}
	return files, nil
}

// asPNG returns nil when the image cannot be decoded.
func asPNG(t *prop.Texture) []byte {
	if t.Width*t.Height > maxDecode {
		return nil
	}
	img, _, err := image.Decode(bytes.NewReader(t.Data))
	if err != nil {
		return nil
	}
	if long := max(t.Width, t.Height); long > edge {
		small := image.NewRGBA(image.Rect(0, 0, max(1, t.Width*edge/long), max(1, t.Height*edge/long)))
		draw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
		img = small
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if enc.Encode(&out, img) != nil {
		return nil
	}
	return out.Bytes()
}
