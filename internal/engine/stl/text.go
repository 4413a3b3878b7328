package stl

import (
	"io"
	"strings"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// readText reads the text form: solids of facets of one loop of vertices. Words
// count in any case, and what is unknown is passed over.
func (p *parser) readText(r io.Reader) error {
	lines := text.NewLines(r)
	if err := p.begin(""); err != nil {
		return err
	}
	var loop []uint32
	ended := true
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		f := text.Fields(line)
		word := f.Word()
		switch {
		case is(word, "vertex"):
			if len(loop) == scene.MaxCorners {
				return scene.Refuse("%s is damaged: line %d: a facet of too many corners", p.src.Name, lines.Number())
			}
			var v [3]float32
			if f.Floats(v[:]) < 3 {
				return scene.Refuse("%s is damaged: line %d has a vertex of fewer than three numbers", p.src.Name, lines.Number())
			}
			i, err := p.vertex(v[0], v[1], v[2])
			if err != nil {
				return err
			}
			loop = append(loop, i)
		case is(word, "endloop"), is(word, "endfacet"), is(word, "facet"):
			for i := 2; i < len(loop); i++ {
				if err := p.triangle(loop[0], loop[i-1], loop[i]); err != nil {
					return err
				}
			}
			loop = loop[:0]
		case is(word, "solid"):
			ended = false
			if err := p.begin(strings.ToValidUTF8(string(f.Rest()), "_")); err != nil {
				return err
			}
		case is(word, "endsolid"):
			ended = true
		}
		if lines.Number()&0xffff == 0 && p.ctx.Err() != nil {
			return p.ctx.Err()
		}
	}
	if err := lines.Err(); err != nil {
		return text.Wrap(p.src.Name, err)
	}
	if !ended {
		p.out.Warn("the file ends within a solid: it may be cut short")
	}
	return p.end()
}

// is compares a word to a keyword in lower case.
func is(word []byte, keyword string) bool {
	if len(word) != len(keyword) {
		return false
	}
	for i := range len(keyword) {
		if word[i]|0x20 != keyword[i] {
			return false
		}
	}
	return true
}
