package simready

import (
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/usd"
)

func geometry(p *prop.Prop, root string) *usd.Prim {
	scope := &usd.Prim{Type: "Xform", Name: geometryScope}
	counts := threes(p)
	for i := range p.Meshes {
		m := &p.Meshes[i]
		look := root + "/" + looksScope + "/" + p.Surfaces[m.Surface].Name
		attrs := topology(m.Points, m.Indices, counts)
		normals := usd.Attr{Name: "normals", Type: "normal3f[]", Value: usd.Vec3s(m.Normals), Meta: interpolation("vertex")}
		if m.PerCorner {
			normals.Meta = interpolation("faceVarying")
		}
		attrs = append(attrs, normals)
		if p.Surfaces[m.Surface].VertexColors {
			attrs = append(attrs, usd.Attr{
				Name: "primvars:displayColor", Type: "color3f[]", Value: usd.Vec3s(m.Colors), Meta: interpolation("vertex"),
			})
		}
		if len(m.UVs) > 0 {
			attrs = append(attrs, usd.Attr{
				Name: "primvars:st", Type: "texCoord2f[]", Value: usd.Vec2s(m.UVs), Meta: interpolation("vertex"),
			})
		}
		if p.Surfaces[m.Surface].DoubleSided {
			attrs = append(attrs, usd.Attr{Name: "doubleSided", Type: "bool", Uniform: true, Value: usd.Bool(true)})
		}
		scope.Children = append(scope.Children, &usd.Prim{
			Type: "Mesh", Name: m.Name, API: []string{"MaterialBindingAPI"},
			Attrs: attrs,
			Rels:  []usd.Rel{{Name: "material:binding", Targets: []string{look}}},
		})
	}
	return scope
}

func collision(p *prop.Prop, root string) *usd.Prim {
	scope := &usd.Prim{Type: "Xform", Name: collideScope}
	counts := threes(p)
	for i := range p.Colliders {
		c := &p.Colliders[i]
		attrs := append(topology(c.Points, c.Indices, counts),
			usd.Attr{Name: "normals", Type: "normal3f[]", Value: facets(c), Meta: interpolation("faceVarying")},
			usd.Attr{Name: "physics:approximation", Type: "token", Uniform: true, Value: usd.Token("convexHull")},
			usd.Attr{Name: "physics:collisionEnabled", Type: "bool", Value: usd.Bool(true)},
			usd.Attr{Name: "purpose", Type: "token", Uniform: true, Value: usd.Token("guide")},
		)
		scope.Children = append(scope.Children, &usd.Prim{
			Type: "Mesh", Name: c.Name,
			API:   []string{"PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "MaterialBindingAPI"},
			Attrs: attrs,
			Rels: []usd.Rel{{
				Name:    "material:binding:physics",
				Targets: []string{root + "/" + physicsScope + "/" + p.Substances[c.Substance].Name},
			}},
		})
	}
	return scope
}

// threes are face sizes enough for the largest mesh; every mesh takes a part of them.
func threes(p *prop.Prop) usd.Ints {
	most := 0
	for i := range p.Meshes {
		most = max(most, p.Meshes[i].Triangles())
	}
	for i := range p.Colliders {
		most = max(most, len(p.Colliders[i].Indices)/3)
	}
	out := make(usd.Ints, most)
	for i := range out {
		out[i] = 3
	}
	return out
}

func topology(points []float32, indices []uint32, counts usd.Ints) []usd.Attr {
	box := geom.Bounds(points)
	lo, hi := vec3(box.Min), vec3(box.Max)
	return []usd.Attr{
		{Name: "extent", Type: "float3[]", Value: usd.Vec3s{lo[0], lo[1], lo[2], hi[0], hi[1], hi[2]}},
		{Name: "faceVertexCounts", Type: "int[]", Value: counts[:len(indices)/3]},
		{Name: "faceVertexIndices", Type: "int[]", Value: usd.Indices(indices)},
		{Name: "points", Type: "point3f[]", Value: usd.Vec3s(points)},
		{Name: "subdivisionScheme", Type: "token", Uniform: true, Value: usd.Token("none")},
	}
}

func facets(c *prop.Collider) usd.Vec3s {
	out := make(usd.Vec3s, 0, 3*len(c.Indices))
	for t := 0; t+2 < len(c.Indices); t += 3 {
		i := c.Indices[t : t+3]
		p := geom.At(c.Points, int(i[0]))
		n, _ := geom.At(c.Points, int(i[1])).Sub(p).Cross(geom.At(c.Points, int(i[2])).Sub(p)).Unit()
		v := vec3(n)
		for range 3 {
			out = append(out, v[:]...)
		}
	}
	return out
}

func interpolation(how string) usd.Dict {
	return usd.Dict{{Name: "interpolation", Value: usd.Token(how)}}
}

func physicsMaterials(p *prop.Prop) *usd.Prim {
	scope := &usd.Prim{Type: "Scope", Name: physicsScope}
	for _, s := range p.Substances {
		scope.Children = append(scope.Children, &usd.Prim{
			Type: "Material", Name: s.Name, API: []string{"PhysicsMaterialAPI"},
			Attrs: []usd.Attr{
				{Name: "physics:density", Type: "float", Value: usd.Float(s.Density)},
				{Name: "physics:dynamicFriction", Type: "float", Value: usd.Float(s.Dynamic)},
				{Name: "physics:restitution", Type: "float", Value: usd.Float(s.Restitution)},
				{Name: "physics:staticFriction", Type: "float", Value: usd.Float(s.Static)},
			},
		})
	}
	return scope
}
