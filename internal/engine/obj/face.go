package obj

import (
	"math"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// faceLine reads a face: v, v/vt, v//vn or v/vt/vn for each corner, counted from
// 1 or, negative, back from the last.
func (p *parser) faceLine(b text.Fields) error {
	face := p.face[:0]
	for {
		for len(b) > 0 && b[0] <= ' ' {
			b = b[1:]
		}
		if len(b) == 0 || b[0] == '#' {
			break
		}
		var c corner
		n := p.corner(b, &c)
		if n == 0 {
			return p.broken("has a face that cannot be read")
		}
		b = b[n:]
		face = append(face, c)
	}
	p.face = face
	if len(face) < 3 {
		p.out.Warn("faces of fewer than three corners are left out")
		return nil
	}
	if len(face) > scene.MaxCorners {
		return p.broken("has a face of %d corners, the limit is %d", len(face), scene.MaxCorners)
	}
	p.triangles += len(face) - 2
	if p.triangles > p.limits.Triangles {
		return p.limits.Check(0, p.triangles, 0)
	}
	if p.current < 0 {
		if err := p.findRun(); err != nil {
			return err
		}
	}
	p.runs[p.current].add(face)
	return nil
}

// corner reads one corner at b's front and tells its length, 0 when it is none.
func (p *parser) corner(b []byte, c *corner) int {
	v, n := text.ParseInt(b)
	if n == 0 {
		return 0
	}
	c.v, c.vt, c.vn = index(v, len(p.points)/3), -1, -1
	if n < len(b) && b[n] == '/' {
		n++
		if v, length := text.ParseInt(b[n:]); length > 0 {
			c.vt = index(v, len(p.uvs)/2)
			n += length
		}
		if n < len(b) && b[n] == '/' {
			n++
			if v, length := text.ParseInt(b[n:]); length > 0 {
				c.vn = index(v, len(p.normals)/3)
				n += length
			}
		}
	}
	if n < len(b) && b[n] > ' ' {
		return 0
	}
	return n
}

// bad is an index that no list can answer: 0, or too far back.
const bad = math.MaxInt32

func index(v, count int) int32 {
	switch {
	case v > 0:
		return int32(v - 1)
	case v < 0 && count+v >= 0:
		return int32(count + v)
	}
	return bad
}

// findRun makes the part of the names now in force current.
func (p *parser) findRun() error {
	i, ok := p.byKey[p.now]
	if !ok {
		if len(p.runs) >= p.limits.Parts {
			return p.limits.Check(0, 0, len(p.runs)+1)
		}
		i = len(p.runs)
		p.byKey[p.now] = i
		p.runs = append(p.runs, run{key: p.now})
	}
	p.current = i
	return nil
}

func (r *run) add(face []corner) {
	if len(face) != 3 && r.sizes == nil {
		// All faces before this one were triangles.
		r.sizes = make([]int32, len(r.corners)/3)
		for i := range r.sizes {
			r.sizes[i] = 3
		}
	}
	r.corners = append(r.corners, face...)
	if r.sizes != nil {
		r.sizes = append(r.sizes, int32(len(face)))
	}
}
