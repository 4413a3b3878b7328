package ply

import (
	"simdrop/internal/engine/scene"
)

// slots gives what a vertex property is, by the names in use: 0 to 2 position, 3
// to 5 normal, 6 and 7 texture coordinates, 8 to 10 colour.
var slots = map[string]int{
	"x": 0, "y": 1, "z": 2,
	"nx": 3, "ny": 4, "nz": 5,
	"s": 6, "t": 7, "u": 6, "v": 7, "texture_u": 6, "texture_v": 7, "texture_s": 6, "texture_t": 7, "s0": 6, "t0": 7,
	"red": 8, "green": 9, "blue": 10, "diffuse_red": 8, "diffuse_green": 9, "diffuse_blue": 10, "r": 8, "g": 9, "b": 10,
}

func (r *reader) readVertices(e *element) error {
	r.hasVertices = true
	if err := r.limits.Check(e.count, 0, 0); err != nil {
		return err
	}
	place := make([]int, len(e.props))
	var have [11]bool
	scale := 1.0
	for i, p := range e.props {
		place[i] = -1
		if slot, ok := slots[p.name]; ok && !p.list && !have[slot] {
			place[i], have[slot] = slot, true
			if slot >= 8 {
				scale = colorScale(p.kind)
			}
		}
	}
	if !have[0] || !have[1] || !have[2] {
		return scene.Refuse("%s is damaged: its vertices have no x, y and z", r.src.Name)
	}
	p := &r.part
	p.Points = make([]float32, 0, 3*e.count)
	if have[3] && have[4] && have[5] {
		p.Normals = make([]float32, 0, 3*e.count)
	}
	if have[6] && have[7] {
		p.UVs = make([]float32, 0, 2*e.count)
	}
	if have[8] && have[9] && have[10] {
		p.Colors = make([]float32, 0, 3*e.count)
	}
	for n := range e.count {
		if n&0xffff == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		var row [11]float64
		for i := range e.props {
			if err := r.property(&e.props[i], place[i], &row); err != nil {
				return err
			}
		}
		p.Points = append(p.Points, float32(row[0]), float32(row[1]), float32(row[2]))
		if p.Normals != nil {
			p.Normals = append(p.Normals, float32(row[3]), float32(row[4]), float32(row[5]))
		}
		if p.UVs != nil {
			p.UVs = append(p.UVs, float32(row[6]), float32(row[7]))
		}
		if p.Colors != nil {
			for _, c := range row[8:] {
				p.Colors = append(p.Colors, float32(scene.Linear(c*scale)))
			}
		}
	}
	return nil
}

func (r *reader) property(p *property, slot int, row *[11]float64) error {
	if p.list {
		return r.skipList(p)
	}
	x, err := r.values.next(p.kind)
	if slot >= 0 {
		row[slot] = x
	}
	return err
}

// colorScale brings a colour's type to 0 to 1.
func colorScale(k kind) float64 {
	switch k {
	case float32Kind, float64Kind:
		return 1
	case uint16Kind, int16Kind:
		return 1.0 / 65535
	}
	return 1.0 / 255
}

func (r *reader) skip(e *element) error {
	for n := range e.count {
		if n&0xffff == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		var row [11]float64
		for i := range e.props {
			if err := r.property(&e.props[i], -1, &row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) skipList(p *property) error {
	n, err := r.length(p)
	for range n {
		if _, err := r.values.next(p.kind); err != nil {
			return err
		}
	}
	return err
}

// length reads how many values a list has.
func (r *reader) length(p *property) (int, error) {
	n, err := r.values.next(p.count)
	if err != nil {
		return 0, err
	}
	if !(n >= 0) || n > float64(r.src.Size) {
		return 0, scene.Refuse("%s is damaged: it has a list of %g values", r.src.Name, n)
	}
	return int(n), nil
}
