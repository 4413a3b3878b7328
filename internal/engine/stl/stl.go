// Package stl reads STL files, binary and text, into a scene.
//
// STL repeats each vertex for every triangle and knows no material. Equal
// positions become one vertex, so that a solid is seen as closed. The facets'
// normals are left out: they are often wrong, and the triangles give them.
//
// The format says neither units nor axes: Z up, as CAD has it, and metres are
// assumed, and said to be.
package stl

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

const (
	headerSize = 84 // 80 bytes of anything and the number of triangles
	facetSize  = 50
)

// Read reads an STL file. A file whose size is exactly that of its number of
// triangles is binary, whatever its first word: binary files that begin with
// "solid" are common.
func Read(ctx context.Context, src scene.Source) (*scene.Scene, error) {
	if err := src.CheckSize(); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(src.Reader, 256<<10)
	p := &parser{
		ctx:    ctx,
		src:    src,
		limits: src.Limits.WithDefaults(),
		out:    &scene.Scene{Up: scene.Z, UpAssumed: true, MetersPerUnit: 1, UnitsAssumed: true},
	}
	head, err := r.Peek(headerSize)
	if err != nil && err != io.EOF {
		return nil, p.wrap(err)
	}
	if isBinary(head, src.Size) {
		err = p.readBinary(r)
	} else {
		err = p.readText(r)
	}
	if err != nil {
		return nil, err
	}
	if err := p.out.Finish(src.Name, src.Limits); err != nil {
		return nil, err
	}
	return p.out, nil
}

func isBinary(head []byte, size int64) bool {
	if len(head) < headerSize {
		return false
	}
	if size == headerSize+facetSize*int64(binary.LittleEndian.Uint32(head[80:])) {
		return true
	}
	first := text.Fields(head)
	return !is(first.Word(), "solid")
}

type parser struct {
	ctx    context.Context
	src    scene.Source
	limits scene.Limits
	out    *scene.Scene
	weld   welder
	part   *scene.Part
	total  int // triangles of all parts
}

// begin starts a part.
func (p *parser) begin(name string) error {
	if err := p.end(); err != nil {
		return err
	}
	p.part = &scene.Part{Name: name, Group: len(p.out.Parts), Transform: scene.Identity, Material: -1}
	p.weld = welder{}
	return nil
}

// end gives the part to the scene if it has triangles.
func (p *parser) end() error {
	if p.part == nil || len(p.part.Indices) == 0 {
		return nil
	}
	p.part.Points = p.weld.points
	p.out.Parts = append(p.out.Parts, *p.part)
	p.part = nil
	return p.limits.Check(0, 0, len(p.out.Parts))
}

// vertex gives the number of a position. What is no number is refused at once:
// it equals nothing, not even itself.
func (p *parser) vertex(x, y, z float32) (uint32, error) {
	if !scene.Finite([]float32{x, y, z}) {
		return 0, scene.Refuse("%s has a coordinate that is not a finite number", p.src.Name)
	}
	return p.weld.vertex(x, y, z), nil
}

// triangle adds one, unless two of its corners are the same.
func (p *parser) triangle(a, b, c uint32) error {
	p.total++
	if p.total > p.limits.Triangles || len(p.weld.points)/3 > p.limits.Vertices {
		return p.limits.Check(len(p.weld.points)/3, p.total, 0)
	}
	if a != b && b != c && a != c {
		p.part.Indices = append(p.part.Indices, a, b, c)
	}
	return nil
}
