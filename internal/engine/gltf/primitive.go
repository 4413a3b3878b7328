package gltf

import (
	"slices"

	"simdrop/internal/engine/scene"
)

// The primitive modes that make triangles.
const (
	modeTriangles = 4
	modeStrip     = 5
	modeFan       = 6
)

// primitivePart is a part with what posing a skin needs.
type primitivePart struct {
	scene.Part
	joints  []uint32  // 4 per vertex
	weights []float32 // 4 per vertex
}

// readMesh reads the triangle primitives of a mesh, with morph targets at the
// weights given, or the mesh's own.
func (r *reader) readMesh(i int, weights []float64) ([]primitivePart, error) {
	if i < 0 || i >= len(r.doc.Meshes) {
		return nil, scene.Refuse("%s refers to mesh %d, which it does not have", r.src.Name, i)
	}
	m := &r.doc.Meshes[i]
	if weights == nil {
		weights = m.Weights
	}
	var parts []primitivePart
	for k := range m.Primitives {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		part, err := r.readPrimitive(&m.Primitives[k], weights)
		if err != nil {
			return nil, err
		}
		if part != nil {
			part.Name = m.Name
			parts = append(parts, *part)
		}
	}
	return parts, nil
}

// readPrimitive gives nil for a primitive that makes no triangles.
func (r *reader) readPrimitive(p *primitive, weights []float64) (*primitivePart, error) {
	if p.Mode != nil && (*p.Mode < modeTriangles || *p.Mode > modeFan) {
		r.out.Warn("lines and points are left out")
		r.skipped = true
		return nil, nil
	}
	position, ok := p.Attributes["POSITION"]
	if !ok {
		r.out.Warn("a mesh without positions is left out")
		return nil, nil
	}
	if err := r.checkCompression(p, position); err != nil {
		return nil, err
	}
	points, err := r.elements(position)
	if err != nil {
		return nil, err
	}
	if points.width != 3 {
		return nil, scene.Refuse("%s is damaged: accessor %d gives positions of %d numbers", r.src.Name, position, points.width)
	}
	corners, err := r.corners(p, points.count)
	if err != nil || len(corners) == 0 {
		return nil, err
	}
	part := &primitivePart{Part: scene.Part{Material: -1}}
	var picked []uint32
	part.Indices, picked = compact(corners, points.count)
	vertices := points.count
	if picked != nil {
		vertices = len(picked)
	}
	r.vertices += vertices
	r.triangles += len(corners) / 3
	if err := r.limits.Check(r.vertices, r.triangles, 0); err != nil {
		return nil, err
	}
	part.Points = points.gather(picked, 3)
	return part, r.readAttributes(part, p, picked, points.count, weights)
}

// checkCompression refuses geometry that only a decoder we lack can give.
func (r *reader) checkCompression(p *primitive, position int) error {
	if position < 0 || position >= len(r.doc.Accessors) {
		return nil // refused where it is read
	}
	view := r.doc.Accessors[position].BufferView
	if _, draco := p.Extensions["KHR_draco_mesh_compression"]; draco && view == nil {
		return r.refuseExtension("KHR_draco_mesh_compression")
	}
	return nil
}

// corners gives the vertex indices of the triangles, three for each, without
// those that are degenerate by their indices.
func (r *reader) corners(p *primitive, vertices int) ([]uint32, error) {
	n := vertices
	at := func(k int) uint32 { return uint32(k) }
	if p.Indices != nil {
		e, err := r.elements(*p.Indices)
		if err != nil {
			return nil, err
		}
		if e.width != 1 || e.kind == typeFloat32 {
			return nil, scene.Refuse("%s is damaged: accessor %d cannot be indices", r.src.Name, *p.Indices)
		}
		n, at = e.count, e.index
	}
	if n > 3*r.limits.Triangles {
		return nil, r.limits.Check(0, n/3, 0)
	}
	mode := modeTriangles
	if p.Mode != nil {
		mode = *p.Mode
	}
	count := n - 2
	if mode == modeTriangles {
		count = n / 3
		if n%3 != 0 {
			r.out.Warn("a mesh has %d corners, which is no multiple of three: the last are left out", n)
		}
	}
	out := make([]uint32, 0, 3*max(count, 0))
	for k := range max(count, 0) {
		var a, b, c uint32
		switch {
		case mode == modeTriangles:
			a, b, c = at(3*k), at(3*k+1), at(3*k+2)
		case mode == modeFan:
			a, b, c = at(0), at(k+1), at(k+2)
		case k%2 == 0:
			a, b, c = at(k), at(k+1), at(k+2)
		default:
			a, b, c = at(k+1), at(k), at(k+2)
		}
		if top := max(a, b, c); int64(top) >= int64(vertices) {
			return nil, scene.Refuse("%s is damaged: a triangle refers to vertex %d of %d", r.src.Name, top, vertices)
		}
		if a != b && b != c && a != c {
			out = append(out, a, b, c)
		}
	}
	return out, nil
}

// compact renumbers the corners so that only vertices in use remain, which keeps
// primitives that share one large vertex list small. It gives the old number of
// each new vertex, in rising order, or nil when all are in use.
func compact(corners []uint32, vertices int) (indices, picked []uint32) {
	if len(corners) < vertices/8 {
		picked = slices.Clone(corners)
		slices.Sort(picked)
		picked = slices.Compact(picked)
		for i, c := range corners {
			k, _ := slices.BinarySearch(picked, c)
			corners[i] = uint32(k)
		}
		return corners, picked
	}
	number := make([]uint32, vertices)
	for _, c := range corners {
		number[c] = 1
	}
	used := uint32(0)
	for i, mark := range number {
		if mark == 1 {
			number[i] = used
			used++
			picked = append(picked, uint32(i))
		}
	}
	if int(used) == vertices {
		return corners, nil
	}
	for i, c := range corners {
		corners[i] = number[c]
	}
	return corners, picked
}
