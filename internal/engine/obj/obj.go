// Package obj reads Wavefront OBJ files with their MTL material libraries into
// a scene.
//
// The file is read as a stream. Faces are kept as the numbers they are written
// in until its end, because a face may name vertices that follow it; then each
// part gets the vertices its faces use.
//
// Neither format says units or axes: Y up and metres are assumed, and said to be.
package obj

import (
	"context"
	"strings"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// Read reads an OBJ file. One part is made of each material within each group of
// each object; the parts of an object, or of a group in a file without objects,
// share their Group.
func Read(ctx context.Context, src scene.Source) (*scene.Scene, error) {
	if err := src.CheckSize(); err != nil {
		return nil, err
	}
	p := &parser{
		src:    src,
		limits: src.Limits.WithDefaults(),
		byKey:  map[key]int{},
		names:  map[string]int{"": 0},
		out:    &scene.Scene{Up: scene.Y, UpAssumed: true, MetersPerUnit: 1, UnitsAssumed: true},
	}
	p.nameList = []string{""}
	p.current = -1
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	if err := p.build(ctx); err != nil {
		return nil, err
	}
	if err := p.readMaterials(); err != nil {
		return nil, err
	}
	if err := p.out.Finish(src.Name, src.Limits); err != nil {
		return nil, err
	}
	return p.out, nil
}

// corner is one corner of a face as indices from 0; -1 where it has none.
type corner struct{ v, vt, vn int32 }

// run is the faces of one part, in the order of the file.
type run struct {
	key     key
	corners []corner
	sizes   []int32 // corners of each face; nil while all are triangles
}

// key tells parts apart, by numbers of names.
type key struct{ object, group, material int }

type parser struct {
	src    scene.Source
	limits scene.Limits
	out    *scene.Scene

	points, normals, uvs []float32
	colors               []float32 // 3 per point once a point had one, else nil
	runs                 []run
	byKey                map[key]int
	names                map[string]int
	nameList             []string
	now                  key
	current              int // index into runs, -1: to be found
	hasObjects           bool
	libraries            []string
	face                 []corner
	triangles            int
	line                 int
}

func (p *parser) read(ctx context.Context) error {
	lines := text.NewLines(p.src.Reader)
	lines.Join = true
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		p.line = lines.Number()
		if err := p.statement(line); err != nil {
			return err
		}
		if p.line&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return text.Wrap(p.src.Name, lines.Err())
}

// statement reads one line. The frequent ones come first.
func (p *parser) statement(line []byte) error {
	for len(line) > 0 && line[0] <= ' ' {
		line = line[1:]
	}
	if len(line) < 2 {
		return nil
	}
	if line[1] <= ' ' {
		rest := text.Fields(line[2:])
		switch line[0] {
		case 'v':
			return p.vertex(rest)
		case 'f':
			return p.faceLine(rest)
		case 'o':
			p.hasObjects = true
			p.now.object, p.now.group, p.current = p.name(rest.Rest()), 0, -1
		case 'g':
			p.now.group, p.current = p.name(rest.Rest()), -1
		case 'l', 'p':
			p.out.Warn("lines and points are left out")
		}
		return nil
	}
	f := text.Fields(line)
	switch word := f.Word(); string(word) {
	case "vt":
		return p.numbers(&p.uvs, f, 2, 1)
	case "vn":
		return p.numbers(&p.normals, f, 3, 3)
	case "usemtl":
		p.now.material, p.current = p.name(f.Rest()), -1
	case "mtllib":
		if name := string(f.Rest()); name != "" && len(p.libraries) < 1000 {
			p.libraries = append(p.libraries, name)
		}
	case "curv", "curv2", "surf", "cstype":
		p.out.Warn("free-form curves and surfaces are left out")
	}
	return nil
}

// name numbers a name, from 1; 0 is no name.
func (p *parser) name(word []byte) int {
	if i, ok := p.names[string(word)]; ok {
		return i
	}
	i := len(p.nameList)
	name := strings.ToValidUTF8(string(word), "_")
	p.nameList = append(p.nameList, name)
	p.names[string(word)] = i
	return i
}

// numbers appends width numbers to a list; at least need must be there.
func (p *parser) numbers(to *[]float32, f text.Fields, width, need int) error {
	var v [3]float32
	if n := f.Floats(v[:width]); n < need {
		return p.broken("has fewer than %d numbers", need)
	}
	*to = append(*to, v[:width]...)
	return nil
}

// vertex reads a position with, behind it, a weight, a colour, or neither.
func (p *parser) vertex(f text.Fields) error {
	var v [8]float32
	n := f.Floats(v[:3])
	if n < 3 {
		return p.broken("has a vertex of fewer than three numbers")
	}
	if len(p.points)/3 >= p.limits.Vertices {
		return p.limits.Check(len(p.points)/3+1, 0, 0)
	}
	if len(f) > 0 {
		n += f.Floats(v[3:])
	}
	p.points = append(p.points, v[0], v[1], v[2])
	if n >= 6 && p.colors == nil {
		p.colors = make([]float32, len(p.points)-3, cap(p.points))
		for i := range p.colors {
			p.colors[i] = 1
		}
	}
	switch {
	case p.colors == nil:
	case n >= 6:
		p.colors = append(p.colors, v[3], v[4], v[5])
	default:
		p.colors = append(p.colors, 1, 1, 1)
	}
	return nil
}

func (p *parser) broken(format string, args ...any) error {
	return scene.Refuse("%s is damaged: line %d "+format, append([]any{p.src.Name, p.line}, args...)...)
}
