package stl

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// chunk is the number of facets read at once.
const chunk = 4096

func (p *parser) readBinary(r io.Reader) error {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return p.wrap(err)
	}
	count := int64(binary.LittleEndian.Uint32(head[80:]))
	if size := headerSize + facetSize*count; size > p.src.Size {
		return scene.Refuse("%s is cut short, or no STL: its header says %d triangles, which take %d bytes; it holds %d",
			p.src.Name, count, size, p.src.Size)
	} else if size < p.src.Size {
		p.out.Warn("%d bytes after the last triangle are left out", p.src.Size-size)
	}
	if count > int64(p.limits.Triangles) {
		return p.limits.Check(0, int(count), 0)
	}
	if bytes.Contains(head[:80], []byte("COLOR=")) {
		p.out.Warn("the colours of the triangles are left out")
	}
	if err := p.begin(""); err != nil {
		return err
	}
	p.part.Indices = make([]uint32, 0, 3*count)
	buf := make([]byte, facetSize*min(count, chunk))
	for count > 0 {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		n := min(count, chunk)
		if _, err := io.ReadFull(r, buf[:facetSize*n]); err != nil {
			return p.wrap(err)
		}
		for k := range n {
			if err := p.facet(buf[facetSize*k:]); err != nil {
				return err
			}
		}
		count -= n
	}
	return p.end()
}

// facet reads the three corners behind the normal.
func (p *parser) facet(b []byte) error {
	var v [3]uint32
	for i := range v {
		c := b[12+12*i:]
		var err error
		v[i], err = p.vertex(
			math.Float32frombits(binary.LittleEndian.Uint32(c)),
			math.Float32frombits(binary.LittleEndian.Uint32(c[4:])),
			math.Float32frombits(binary.LittleEndian.Uint32(c[8:])),
		)
		if err != nil {
			return err
		}
	}
	return p.triangle(v[0], v[1], v[2])
}

func (p *parser) wrap(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return scene.Refuse("%s is cut short", p.src.Name)
	}
	return text.Wrap(p.src.Name, err)
}
