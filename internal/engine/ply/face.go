package ply

import (
	"simdrop/internal/engine/scene"
)

// wedge is a vertex with the texture coordinates that one face gives it.
type wedge struct {
	vertex uint32
	u, v   float32
}

func isIndices(p *property) bool {
	return p.list && (p.name == "vertex_indices" || p.name == "vertex_index")
}

func (r *reader) readFaces(e *element) error {
	if !r.hasVertices && e.count > 0 {
		return scene.Refuse("%s is damaged: its faces come before its vertices", r.src.Name)
	}
	vertices := uint32(len(r.part.Points) / 3)
	if r.part.Indices == nil {
		r.part.Indices = make([]uint32, 0, 3*e.count)
	}
	var corners []uint32
	var uvs []float32
	var row [11]float64
	for n := range e.count {
		if n&0x3fff == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		corners, uvs = corners[:0], uvs[:0]
		for i := range e.props {
			p := &e.props[i]
			var err error
			switch {
			case isIndices(p):
				corners, err = r.indices(p, corners[:0], vertices)
			case p.list && p.name == "texcoord":
				uvs, err = r.list(p, uvs[:0])
			default:
				err = r.property(p, -1, &row)
			}
			if err != nil {
				return err
			}
		}
		if len(uvs) > 0 && len(uvs) == 2*len(corners) {
			r.wedge(corners, uvs, vertices)
		}
		if err := r.face(corners); err != nil {
			return err
		}
	}
	return nil
}

// indices reads a face's corners.
func (r *reader) indices(p *property, to []uint32, vertices uint32) ([]uint32, error) {
	n, err := r.length(p)
	if err != nil {
		return to, err
	}
	if n > scene.MaxCorners {
		return to, scene.Refuse("%s has a face of %d corners, the limit is %d", r.src.Name, n, scene.MaxCorners)
	}
	for range n {
		x, err := r.values.next(p.kind)
		if err != nil {
			return to, err
		}
		if !(x >= 0) || x >= float64(vertices) {
			return to, scene.Refuse("%s is damaged: a face refers to vertex %g of %d", r.src.Name, x, vertices)
		}
		to = append(to, uint32(x))
	}
	return to, nil
}

func (r *reader) list(p *property, to []float32) ([]float32, error) {
	n, err := r.length(p)
	if err != nil {
		return to, err
	}
	for range n {
		x, err := r.values.next(p.kind)
		if err != nil {
			return to, err
		}
		to = append(to, float32(x))
	}
	return to, nil
}

// wedge gives the corners vertices of their own where their texture coordinates
// are new for the vertex; those of the file keep the first ones they get.
func (r *reader) wedge(corners []uint32, uvs []float32, vertices uint32) {
	p := &r.part
	if r.wedges == nil {
		r.wedges = map[wedge]uint32{}
		p.UVs = make([]float32, 2*vertices)
		r.owned = make([]bool, vertices)
	}
	for k, c := range corners {
		w := wedge{c, uvs[2*k] + 0, uvs[2*k+1] + 0}
		if w.u != w.u || w.v != w.v {
			w.u, w.v = 0, 0 // not a number: it would equal no other
		}
		i, ok := r.wedges[w]
		switch {
		case ok:
		case !r.owned[c]:
			i = c
			r.owned[c] = true
			p.UVs[2*c], p.UVs[2*c+1] = w.u, w.v
		default:
			i = uint32(len(p.Points) / 3)
			p.Points = append(p.Points, p.Points[3*c:3*c+3]...)
			p.UVs = append(p.UVs, w.u, w.v)
			if p.Normals != nil {
				p.Normals = append(p.Normals, p.Normals[3*c:3*c+3]...)
			}
			if p.Colors != nil {
				p.Colors = append(p.Colors, p.Colors[3*c:3*c+3]...)
			}
		}
		r.wedges[w] = i
		corners[k] = i
	}
}

// face cuts a polygon into triangles.
func (r *reader) face(corners []uint32) error {
	if len(corners) < 3 {
		r.out.Warn("faces of fewer than three corners are left out")
		return nil
	}
	r.faces++
	p := &r.part
	r.cut.Cut(len(corners), func(i int) [3]float32 {
		c := corners[i]
		return [3]float32(p.Points[3*c : 3*c+3])
	}, func(a, b, c int) { r.triangle(corners[a], corners[b], corners[c]) })
	return r.limits.Check(len(p.Points)/3, len(p.Indices)/3, 0)
}

func (r *reader) triangle(a, b, c uint32) {
	if a != b && b != c && a != c {
		r.part.Indices = append(r.part.Indices, a, b, c)
	}
}

// readStrips reads triangle strips, which -1 ends within a list.
func (r *reader) readStrips(e *element) error {
	vertices := uint32(len(r.part.Points) / 3)
	var row [11]float64
	for range e.count {
		for i := range e.props {
			p := &e.props[i]
			if !isIndices(p) {
				if err := r.property(p, -1, &row); err != nil {
					return err
				}
				continue
			}
			n, err := r.length(p)
			if err != nil {
				return err
			}
			if err := r.strip(p, n, vertices); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) strip(p *property, n int, vertices uint32) error {
	var a, b uint32
	at := 0 // corners since the strip began
	for k := range n {
		x, err := r.values.next(p.kind)
		if err != nil {
			return err
		}
		if x == -1 {
			at = 0
			continue
		}
		if !(x >= 0) || x >= float64(vertices) {
			return scene.Refuse("%s is damaged: a strip refers to vertex %g of %d", r.src.Name, x, vertices)
		}
		c := uint32(x)
		if at >= 2 {
			r.faces++
			if at%2 == 0 {
				r.triangle(a, b, c)
			} else {
				r.triangle(b, a, c)
			}
		}
		a, b = b, c
		at++
		if k&0xffff == 0 {
			if err := r.limits.Check(0, len(r.part.Indices)/3, 0); err != nil {
				return err
			}
		}
	}
	return r.ctx.Err()
}
