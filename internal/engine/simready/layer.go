// Package simready writes a prop down as a USD layer after the SimReady profile
// Robotics-Prop: one rigid body whose children are visible meshes, collision
// meshes, looks and physics materials, each in a branch of its own.
package simready

import (
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/usd"
)

// Labels are the words that do not come from the asset.
type Labels struct {
	Generator string // "simdrop local engine 1.2 (not Rigyd)"
	Date      string // YYYY-MM-DD, the build's: equal input has to give equal bytes
}

// The branches below the root prim.
const (
	geometryScope = "geometry"
	collideScope  = "collision"
	looksScope    = "looks"
	physicsScope  = "physics_materials"
)

// Layer returns the layer for the file usd/<name>/<name>.usd, with its textures
// in ./textures.
func Layer(p *prop.Prop, l Labels) *usd.Layer {
	root := "/" + p.Name
	body := &usd.Prim{
		Type: "Xform", Name: p.Name,
		API:   []string{"PhysicsRigidBodyAPI", "PhysicsMassAPI"},
		Meta:  usd.Dict{{Name: "kind", Value: usd.Token("component")}},
		Attrs: massAttrs(&p.Body),
		Children: []*usd.Prim{
			geometry(p, root),
			collision(p, root),
			looks(p, root),
			physicsMaterials(p),
		},
	}
	return &usd.Layer{
		Meta: usd.Dict{
			{Name: "customLayerData", Value: metadata(p, l)},
			{Name: "defaultPrim", Value: usd.Token(p.Name)},
			{Name: "kilogramsPerUnit", Value: usd.Double(1)},
			{Name: "metersPerUnit", Value: usd.Double(1)},
			{Name: "upAxis", Value: usd.Token("Z")},
		},
		Prims: []*usd.Prim{body},
	}
}

// metadata repeats the five required entries in the dictionary, since the two
// editions of the rule read one place each.
func metadata(p *prop.Prop, l Labels) usd.Dict {
	common := usd.Dict{
		{Name: "asset_name", Value: usd.String(p.Name)},
		{Name: "asset_type", Value: usd.String("prop")},
		{Name: "source_file", Value: usd.String(p.Source)},
		{Name: "usd_date_generated", Value: usd.String(l.Date)},
	}
	inner := append(usd.Dict{}, common...)
	inner = append(inner,
		usd.Entry{Name: "asset_extents", Value: vec3(p.Size)},
		usd.Entry{Name: "generator", Value: usd.String(l.Generator)},
		usd.Entry{Name: "mass", Value: usd.Double(p.Body.Mass)},
		usd.Entry{Name: "mass_basis", Value: usd.String(p.Facts.MassBasis)},
		usd.Entry{Name: "mass_confidence", Value: usd.String(p.Facts.Confidence)},
		usd.Entry{Name: "rigid_body_count", Value: usd.Int(1)},
	)
	return append(usd.Dict{{Name: "SimReady_Metadata", Value: inner}}, common...)
}

func massAttrs(b *prop.Body) []usd.Attr {
	m, q := b.Principal.Moments, b.Principal.Axes
	return []usd.Attr{
		{Name: "physics:centerOfMass", Type: "point3f", Value: vec3(b.Centre)},
		{Name: "physics:diagonalInertia", Type: "float3", Value: vec3(m)},
		{Name: "physics:mass", Type: "float", Value: usd.Float(b.Mass)},
		{Name: "physics:principalAxes", Type: "quatf", Value: usd.Quat{float32(q[0]), float32(q[1]), float32(q[2]), float32(q[3])}},
	}
}

func vec3[T ~[3]float64](v T) usd.Vec3 {
	return usd.Vec3{float32(v[0]) + 0, float32(v[1]) + 0, float32(v[2]) + 0}
}
