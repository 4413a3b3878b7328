package prop

import (
	"strings"

	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/mesh"
)

// finish makes what is seen and what is touched.
func (b *builder) finish() error {
	inUse := names{}
	colliders := names{}
	looks := newLooks(b)
	flat, made, flipped, split, slivers := 0, 0, 0, 0, 0
	for i, m := range b.meshes {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		hulls := b.hulls(i, m)
		slivers += m.DropEmpty()
		if m.Triangles() == 0 {
			continue
		}
		fix := m.FixNormals()
		if fix.Made {
			made++
		}
		if fix.Flipped {
			flipped++
		}
		split += fix.Split
		name := inUse.pick(strings.TrimSuffix(m.Name, ".obj"), "part")
		b.p.Meshes = append(b.p.Meshes, Mesh{Mesh: m, Name: name, Surface: looks.of(m)})
		if hulls[0].Floored {
			flat++
		}
		for _, h := range hulls {
			b.collider(h, colliders.pick(name+"_collision", ""), i)
		}
	}
	if len(b.p.Meshes) == 0 {
		return errNoArea
	}
	b.said(flat, made, flipped, split, slivers)
	b.tellApart()
	return b.textures()
}

// hulls are what part i collides as: one hull, or one for each of its pieces.
func (b *builder) hulls(i int, m *mesh.Mesh) []hull.Hull {
	whole := hull.Of(m.Points, hull.MaxVertices, Thickness)
	many := pieces(m, b.component[i], whole, min(MaxPieces, maxPieces/len(b.meshes)))
	if many == nil {
		return []hull.Hull{whole}
	}
	b.p.Facts.Split.Parts++
	b.p.Facts.Split.Hulls += len(many)
	return many
}

// said turns counts into words.
func (b *builder) said(flat, made, flipped, split, slivers int) {
	if flat > 0 {
		b.warn("%d flat parts collide as plates 1 mm thick", flat)
	}
	if s := b.p.Facts.Split; s.Parts > 0 {
		b.step("gave %d parts %d convex hulls, one for each piece that hangs together", s.Parts, s.Hulls)
	}
	if slivers > 0 {
		b.step("dropped %d triangles without area", slivers)
	}
	if made > 0 {
		b.step("computed flat normals for %d parts", made)
	}
	if flipped > 0 {
		b.step("turned the normals of %d parts to the front", flipped)
	}
	if split > 0 {
		b.step("replaced the normals of %d triangles that contradicted their winding", split)
	}
}

func (b *builder) collider(h hull.Hull, name string, i int) {
	if len(h.Indices) == 0 {
		b.warn("part %q has no hull and cannot be touched", name)
		return
	}
	k := 0
	for k < len(b.p.Substances) && b.p.Substances[k] != b.made[i] {
		k++
	}
	if k == len(b.p.Substances) {
		b.p.Substances = append(b.p.Substances, b.made[i])
	}
	b.p.Colliders = append(b.p.Colliders, Collider{Hull: h, Name: name, Substance: k})
}

// tellApart keeps hulls from being copies: of another hull, which adds nothing, or
// of a visible mesh, which NVIDIA's VG.008 takes for a duplicate even though
// nobody sees the hull.
func (b *builder) tellApart() {
	seen := map[uint64][]*mesh.Mesh{}
	for _, m := range b.p.Meshes {
		f := m.Fingerprint()
		seen[f] = append(seen[f], m.Mesh)
	}
	kept := b.p.Colliders[:0]
	for _, c := range b.p.Colliders {
		if c.copies(seen) {
			c.reverse()
			if c.copies(seen) {
				continue
			}
		}
		m := c.mesh()
		f := m.Fingerprint()
		seen[f] = append(seen[f], m)
		kept = append(kept, c)
	}
	b.p.Colliders = kept
}

func (c *Collider) mesh() *mesh.Mesh { return &mesh.Mesh{Points: c.Points, Indices: c.Indices} }

func (c *Collider) copies(seen map[uint64][]*mesh.Mesh) bool {
	m := c.mesh()
	for _, o := range seen[m.Fingerprint()] {
		if m.Same(o) {
			return true
		}
	}
	return false
}

// reverse numbers the vertices from the end.
func (c *Collider) reverse() {
	n := len(c.Points) / 3
	pts := make([]float32, 0, 3*n)
	for i := n - 1; i >= 0; i-- {
		pts = append(pts, c.Points[3*i:3*i+3]...)
	}
	ix := make([]uint32, len(c.Indices))
	for k, i := range c.Indices {
		ix[k] = uint32(n-1) - i
	}
	c.Points, c.Indices = pts, ix
}
