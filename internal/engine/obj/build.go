package obj

import (
	"context"

	"simdrop/internal/engine/scene"
)

// builder turns runs of faces into parts. A part's vertices are the different
// corners of its faces, in the order in which they first appear.
type builder struct {
	p *parser
	// first is, for each position, its newest vertex in the part whose number
	// stamp holds; chain leads from a vertex to the one before of that position.
	first []int32
	stamp []int32
	chain []int32
	made  []corner
	deep  map[corner]uint32 // the vertices for which their chain is too long
	cut   scene.Triangulator
}

// maxChain bounds the search for a vertex among those of one position: a few in
// any real asset, all of them in a hostile one.
const maxChain = 128

func (p *parser) build(ctx context.Context) error {
	b := &builder{
		p:     p,
		first: make([]int32, len(p.points)/3),
		stamp: make([]int32, len(p.points)/3),
	}
	p.scaleColors()
	groups := map[int]int{}
	vertices := 0
	for i := range p.runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := &p.runs[i]
		part := scene.Part{Transform: scene.Identity, Material: r.key.material - 1}
		object := r.key.object
		part.Name = p.nameList[object]
		if group := p.nameList[r.key.group]; object == 0 || part.Name == "" {
			part.Name = group
		}
		if !p.hasObjects {
			object = r.key.group
		}
		if _, ok := groups[object]; !ok {
			groups[object] = len(groups)
		}
		part.Group = groups[object]
		if err := b.fill(ctx, &part, r, int32(i+1)); err != nil {
			return err
		}
		vertices += len(part.Points) / 3
		if err := p.limits.Check(vertices, 0, 0); err != nil {
			return err
		}
		r.corners, r.sizes = nil, nil // as large as the part: let it go
		if len(part.Indices) > 0 {
			p.out.Parts = append(p.out.Parts, part)
		}
	}
	return nil
}

// fill makes a part's vertices and triangles.
func (b *builder) fill(ctx context.Context, part *scene.Part, r *run, number int32) error {
	b.chain, b.made, b.deep = b.chain[:0], b.made[:0], nil
	indices := make([]uint32, 0, len(r.corners))
	ids := make([]uint32, 0, 8)
	for at, f := 0, 0; at < len(r.corners); f++ {
		size := 3
		if r.sizes != nil {
			size = int(r.sizes[f])
		}
		ids = ids[:0]
		for _, c := range r.corners[at : at+size] {
			if int(c.v) >= len(b.stamp) || int(c.vt) >= len(b.p.uvs)/2 || int(c.vn) >= len(b.p.normals)/3 {
				return scene.Refuse("%s is damaged: a face refers to a vertex, normal or texture coordinate that it does not have", b.p.src.Name)
			}
			ids = append(ids, b.vertex(c, number))
		}
		emit := func(i, j, k int) {
			if x, y, z := ids[i], ids[j], ids[k]; x != y && y != z && x != z {
				indices = append(indices, x, y, z)
			}
		}
		if size == 3 {
			emit(0, 1, 2)
		} else {
			b.cut.Cut(size, func(i int) [3]float32 {
				v := b.made[ids[i]].v
				return [3]float32(b.p.points[3*v : 3*v+3])
			}, emit)
			if size > 100 && ctx.Err() != nil {
				return ctx.Err()
			}
		}
		at += size
	}
	part.Indices = indices
	b.attributes(part)
	return nil
}

// vertex gives the number of a corner in the part, making it the first time.
func (b *builder) vertex(c corner, number int32) uint32 {
	before, length := int32(-1), 0
	if b.stamp[c.v] == number {
		before = b.first[c.v]
		for i := before; i >= 0; i = b.chain[i] {
			if b.made[i] == c {
				return uint32(i)
			}
			length++
		}
	}
	i := int32(len(b.made))
	if length >= maxChain {
		return b.deepVertex(c, uint32(i))
	}
	b.made = append(b.made, c)
	b.chain = append(b.chain, before)
	b.first[c.v], b.stamp[c.v] = i, number
	return uint32(i)
}

func (b *builder) deepVertex(c corner, next uint32) uint32 {
	if i, ok := b.deep[c]; ok {
		return i
	}
	if b.deep == nil {
		b.deep = map[corner]uint32{}
	}
	b.deep[c] = next
	b.made, b.chain = append(b.made, c), append(b.chain, -1)
	return next
}

// attributes gathers the values of the vertices made. Normals are kept when every
// corner has one; texture coordinates when any has.
func (b *builder) attributes(part *scene.Part) {
	normals, uvs := true, false
	for _, c := range b.made {
		normals = normals && c.vn >= 0
		uvs = uvs || c.vt >= 0
	}
	part.Points = gather(b.made, b.p.points, 3, func(c corner) int32 { return c.v })
	if normals {
		part.Normals = gather(b.made, b.p.normals, 3, func(c corner) int32 { return c.vn })
		scene.Normalize(part.Normals)
	}
	if uvs {
		part.UVs = gather(b.made, b.p.uvs, 2, func(c corner) int32 { return c.vt })
	}
	if b.p.colors != nil {
		part.Colors = gather(b.made, b.p.colors, 3, func(c corner) int32 { return c.v })
	}
}

func gather(made []corner, values []float32, width int, index func(corner) int32) []float32 {
	out := make([]float32, 0, width*len(made))
	for _, c := range made {
		i := int(index(c))
		if i < 0 {
			out = append(out, make([]float32, width)...)
			continue
		}
		out = append(out, values[width*i:width*(i+1)]...)
	}
	return out
}

// scaleColors makes vertex colours linear. They are display values, 0 to 1 or,
// by some tools, 0 to 255.
func (p *parser) scaleColors() {
	top := float32(0)
	for _, v := range p.colors {
		top = max(top, v)
	}
	scale := 1.0
	if top > 1 {
		scale = 1.0 / 255
	}
	for i, v := range p.colors {
		p.colors[i] = float32(scene.Linear(float64(v) * scale))
	}
}
