package gltf

import (
	"errors"
	"fmt"
	"io/fs"
	"math"

	"simdrop/internal/engine/scene"
)

// textures reads a material's textures, all of one set of texture coordinates:
// a part has one, the set of the first texture read.
type textures struct {
	r        *reader
	material string
	set      int // -1: none chosen yet
	err      error
}

// read gives nil for a texture that is absent or cannot be used.
func (t *textures) read(info *textureInfo) *scene.Texture {
	if info == nil || t.err != nil {
		return nil
	}
	set := info.TexCoord
	if x := info.Extensions.Transform; x != nil && x.TexCoord != nil {
		set = *x.TexCoord
	}
	if t.set >= 0 && set != t.set {
		t.r.out.Warn("%s uses several sets of texture coordinates: a texture on set %d is left out", label(t.material), set)
		return nil
	}
	image, sampler, err := t.r.texture(info.Index)
	if err != nil {
		t.err = err
		return nil
	}
	if image < 0 {
		return nil
	}
	t.set = set
	out := &scene.Texture{Image: image, Scale: [2]float64{1, 1}}
	if sampler != nil && *sampler >= 0 && *sampler < len(t.r.doc.Samplers) {
		s := t.r.doc.Samplers[*sampler]
		out.WrapS, out.WrapT = wrap(s.WrapS), wrap(s.WrapT)
	}
	t.err = transform(out, info)
	return out
}

// transform rewrites KHR_texture_transform for a v axis that points up.
//
// The extension gives (u', v') = offset + R(rotation) × scale × (u, v) with v
// down, where R turns counter-clockwise as seen. With V = 1-v the rotation keeps
// its sense, and the offset takes up what turning about the other corner moves.
func transform(t *scene.Texture, info *textureInfo) error {
	x := info.Extensions.Transform
	if x == nil {
		return nil
	}
	var offset [2]float64
	if !fill(offset[:], x.Offset) || !fill(t.Scale[:], x.Scale) {
		return scene.Refuse("a texture transform has an offset or scale of the wrong length")
	}
	sin, cos := math.Sincos(x.Rotation)
	t.Rotate = x.Rotation * 180 / math.Pi
	t.Translate = [2]float64{offset[0] + t.Scale[1]*sin, 1 - offset[1] - t.Scale[1]*cos}
	t.HasTransform = t.Rotate != 0 || t.Scale != [2]float64{1, 1} || offset != [2]float64{}
	if !t.HasTransform {
		t.Translate = [2]float64{}
	}
	return nil
}

func wrap(mode int) scene.Wrap {
	switch mode {
	case 33071:
		return scene.Clamp
	case 33648:
		return scene.Mirror
	}
	return scene.Repeat
}

// texture gives the scene's number of a texture's image, -1 when it cannot be
// used, and its sampler.
func (r *reader) texture(i int) (image int, sampler *int, err error) {
	if i < 0 || i >= len(r.doc.Textures) {
		return 0, nil, scene.Refuse("%s refers to texture %d, which it does not have", r.src.Name, i)
	}
	t := &r.doc.Textures[i]
	source := t.Source
	if w := t.Extensions.WebP; w != nil && w.Source != nil {
		source = w.Source
	}
	if source == nil {
		switch x := t.Extensions; {
		case x.KTX2 != nil:
			return 0, nil, r.refuseExtension("KHR_texture_basisu")
		case x.DDS != nil:
			return 0, nil, r.refuseExtension("MSFT_texture_dds")
		case x.AVIF != nil:
			return 0, nil, r.refuseExtension("EXT_texture_avif")
		}
		r.out.Warn("texture %d names no image", i)
		return -1, nil, nil
	}
	image, err = r.image(*source)
	return image, t.Sampler, err
}

// image reads an image the first time it is used.
func (r *reader) image(i int) (int, error) {
	if index, ok := r.images[i]; ok {
		return index, nil
	}
	if i < 0 || i >= len(r.doc.Images) {
		return 0, scene.Refuse("%s refers to image %d, which it does not have", r.src.Name, i)
	}
	if r.images == nil {
		r.images = map[int]int{}
	}
	r.images[i] = -1
	data, name, err := r.imageData(i)
	if errors.Is(err, fs.ErrNotExist) {
		r.out.Warn("texture %s is missing", name)
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	mime := scene.MimeOf(data)
	called := name
	if called == "" {
		called = fmt.Sprintf("image %d", i)
	}
	if mime == "image/ktx2" {
		return 0, scene.Refuse("%s is a KTX2 texture, which the local engine cannot read", called)
	}
	if !scene.Readable(mime) {
		r.out.Warn("texture %s is left out: it is not PNG, JPEG or WebP", called)
		return -1, nil
	}
	r.images[i] = len(r.out.Images)
	r.out.Images = append(r.out.Images, scene.Image{Name: name, Mime: mime, Data: data})
	return r.images[i], nil
}

func (r *reader) imageData(i int) (data []byte, name string, err error) {
	m := &r.doc.Images[i]
	switch {
	case m.URI != nil:
		data, name, err = r.resolve(*m.URI)
		if name == "" {
			name = m.Name
		}
	case m.BufferView != nil:
		name = m.Name
		data, err = r.view(*m.BufferView, 0)
	}
	if name != "" {
		name = baseName(name)
	}
	return data, name, err
}
