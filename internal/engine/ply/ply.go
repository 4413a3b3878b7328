// Package ply reads PLY files, text and binary in either byte order, into a scene.
//
// A PLY file is a header that declares elements (vertex, face and others) with
// typed properties, then their values. Point clouds, which have no faces, are
// refused: a surface cannot be guessed from them.
//
// The format says neither units nor axes: Z up and metres are assumed, and said
// to be. Its texture is a convention: "comment TextureFile name".
package ply

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// Read reads a PLY file as one part.
func Read(ctx context.Context, src scene.Source) (*scene.Scene, error) {
	if err := src.CheckSize(); err != nil {
		return nil, err
	}
	lines := text.NewLines(src.Reader)
	h, err := readHeader(src.Name, lines)
	if err != nil {
		return nil, err
	}
	r := &reader{
		ctx:    ctx,
		src:    src,
		limits: src.Limits.WithDefaults(),
		header: h,
		out:    &scene.Scene{Up: scene.Z, UpAssumed: true, MetersPerUnit: 1, UnitsAssumed: true},
	}
	switch h.format {
	case "ascii":
		r.values = &asciiValues{lines: lines}
	case "binary_big_endian":
		r.values = &binaryValues{r: bufio.NewReaderSize(lines.Rest(), 256<<10), order: binary.BigEndian}
	default:
		r.values = &binaryValues{r: bufio.NewReaderSize(lines.Rest(), 256<<10), order: binary.LittleEndian}
	}
	if err := r.readElements(); err != nil {
		return nil, r.explain(err)
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	return r.out, nil
}

type reader struct {
	ctx    context.Context
	src    scene.Source
	limits scene.Limits
	header *header
	values values
	out    *scene.Scene

	part        scene.Part
	hasVertices bool
	faces       int
	wedges      map[wedge]uint32 // vertices made for a face's own texture coordinates
	owned       []bool           // vertices of the file that have texture coordinates already
	cut         scene.Triangulator
}

func (r *reader) readElements() error {
	for i := range r.header.elements {
		e := &r.header.elements[i]
		if err := r.checkCount(e); err != nil {
			return err
		}
		var err error
		switch {
		case len(e.props) == 0:
		case e.name == "vertex" && !r.hasVertices:
			err = r.readVertices(e)
		case e.name == "face":
			err = r.readFaces(e)
		case e.name == "tristrips":
			err = r.readStrips(e)
		default:
			err = r.skip(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkCount refuses more elements than the file's size can hold, before memory
// is taken for them.
func (r *reader) checkCount(e *element) error {
	var least int64
	for _, p := range e.props {
		kind := p.kind
		if p.list {
			kind = p.count
		}
		if r.header.format == "ascii" {
			least++
		} else {
			least += sizes[kind]
		}
	}
	if least > 0 && int64(e.count) > r.src.Size/least {
		return scene.Refuse("%s is cut short: its header says %d of %s, more than its %d bytes can hold", r.src.Name, e.count, e.name, r.src.Size)
	}
	return nil
}

// explain tells the end of the file within its values from other errors.
func (r *reader) explain(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return scene.Refuse("%s is cut short", r.src.Name)
	case errors.Is(err, errNumber):
		return scene.Refuse("%s is damaged: it has a word where a number should be", r.src.Name)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return text.Wrap(r.src.Name, err)
}

func (r *reader) finish() error {
	if r.faces == 0 {
		if r.hasVertices && len(r.part.Points) > 0 {
			return scene.Refuse("%s is a point cloud: it holds no faces, and the local engine needs a surface", r.src.Name)
		}
		return scene.Refuse("%s holds no triangles", r.src.Name)
	}
	r.part.Transform = scene.Identity
	r.part.Material = -1
	scene.Normalize(r.part.Normals)
	r.part.Compact()
	if err := r.readTexture(); err != nil {
		return err
	}
	r.out.Parts = []scene.Part{r.part}
	return r.out.Finish(r.src.Name, r.src.Limits)
}

// readTexture gives the part the texture that the header's comment names.
func (r *reader) readTexture() error {
	name := r.header.texture
	if name == "" {
		return nil
	}
	if r.part.UVs == nil {
		r.out.Warn("texture %s is left out: the file has no texture coordinates", name)
		return nil
	}
	var data []byte
	err := error(fs.ErrNotExist)
	if r.src.Companions != nil {
		data, err = r.src.Companions.ReadFile(name)
	}
	m := scene.NewMaterial("")
	m.Roughness = 0.5
	mime := scene.MimeOf(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.out.Warn("texture %s is missing", name)
	case err != nil:
		return err
	case !scene.Readable(mime):
		r.out.Warn("texture %s is left out: it is not PNG, JPEG or WebP", name)
	default:
		r.out.Images = []scene.Image{{Name: path.Base(name), Mime: mime, Data: data}}
		m.BaseColorTex = &scene.Texture{Scale: [2]float64{1, 1}}
	}
	r.out.Materials = []scene.Material{m}
	r.part.Material = 0
	return nil
}
