package gltf

import (
	"strconv"

	"simdrop/internal/engine/scene"
)

// readAttributes reads all that belongs to a part's vertices but the positions.
func (r *reader) readAttributes(part *primitivePart, p *primitive, picked []uint32, vertices int, weights []float64) error {
	var err error
	attribute := func(name string, widths ...int) (values []float32) {
		e, ok := r.attribute(p.Attributes, name, vertices, &err, widths...)
		if !ok {
			return nil
		}
		return e.gather(picked, widths[0])
	}
	part.Normals = attribute("NORMAL", 3)
	part.Colors = attribute("COLOR_0", 3, 4)
	uvSet := 0
	if p.Material != nil && err == nil {
		part.Material, uvSet, err = r.material(*p.Material)
	}
	part.UVs = attribute("TEXCOORD_"+strconv.Itoa(uvSet), 2)
	for i := 1; i < len(part.UVs); i += 2 {
		part.UVs[i] = 1 - part.UVs[i]
	}
	if _, more := p.Attributes["JOINTS_1"]; more {
		r.out.Warn("more than four joints for each vertex: the others are left out")
	}
	if e, ok := r.attribute(p.Attributes, "JOINTS_0", vertices, &err, 4); ok {
		part.joints = gatherIndices(&e, picked)
		part.weights = attribute("WEIGHTS_0", 4)
	}
	if err != nil {
		return err
	}
	if err := r.morph(part, p, picked, vertices, weights); err != nil {
		return err
	}
	scene.Normalize(part.Normals)
	return nil
}

// attribute finds an accessor by its name and checks it against the vertices.
func (r *reader) attribute(attributes map[string]int, name string, vertices int, err *error, widths ...int) (elements, bool) {
	i, ok := attributes[name]
	if !ok || *err != nil {
		return elements{}, false
	}
	e, problem := r.elements(i)
	if problem != nil {
		*err = problem
		return elements{}, false
	}
	fits := false
	for _, w := range widths {
		fits = fits || e.width == w
	}
	if !fits || e.count != vertices {
		*err = scene.Refuse("%s is damaged: accessor %d holds %d times %d numbers of %s for %d vertices",
			r.src.Name, i, e.count, e.width, name, vertices)
		return elements{}, false
	}
	return e, true
}

func gatherIndices(e *elements, picked []uint32) []uint32 {
	n := e.count
	if picked != nil {
		n = len(picked)
	}
	out := make([]uint32, 4*n)
	for k := range n {
		i := k
		if picked != nil {
			i = int(picked[k])
		}
		for c := range 4 {
			out[4*k+c] = e.indexAt(i, c)
		}
	}
	return out
}

// morph moves the vertices by the targets with a weight, which is how the file
// looks at rest.
func (r *reader) morph(part *primitivePart, p *primitive, picked []uint32, vertices int, weights []float64) error {
	if len(p.Targets) > 0 {
		r.out.Warn("morph targets are left out: the shape is converted at its default weights")
	}
	for k, target := range p.Targets {
		if k >= len(weights) || weights[k] == 0 {
			continue
		}
		var err error
		for _, a := range []struct {
			name string
			to   []float32
		}{{"POSITION", part.Points}, {"NORMAL", part.Normals}} {
			e, ok := r.attribute(target, a.name, vertices, &err, 3)
			if err != nil {
				return err
			}
			if !ok || a.to == nil {
				continue
			}
			for i, d := range e.gather(picked, 3) {
				a.to[i] += float32(weights[k] * float64(d))
			}
		}
	}
	return nil
}
