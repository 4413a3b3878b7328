package check

import (
	"slices"
	"strings"

	"simdrop/internal/engine/usd"
)

// featurePhysics is FET_003_STANDARD 0.2.0: a rigid body that can be simulated.
var featurePhysics = []rule{
	{"RB.001", bodyExists},
	{"com.nvidia.usd.RB.003", bodyXformable},
	{"com.nvidia.usd.RB.005", bodyNotInstanced},
	{"RB.007", bodyHasMass},
	{"com.nvidia.usd.RB.009", bodyUnskewed},
	{"RB.010", hiddenColliders},
	{"RB.COL.001", colliderIsGprim},
	{"RB.COL.002", meshCollisionOnMesh},
	{"RB.COL.003", meshCollisionWithCollision},
	{"com.nvidia.usd.RB.COL.004", uniformColliders},
}

const (
	bodyAPI          = "PhysicsRigidBodyAPI"
	massAPI          = "PhysicsMassAPI"
	collisionAPI     = "PhysicsCollisionAPI"
	meshCollisionAPI = "PhysicsMeshCollisionAPI"
	materialAPI      = "PhysicsMaterialAPI"
	bindingAPI       = "MaterialBindingAPI"
)

// gprims are the types with geometry.
var gprims = []string{"Mesh", "Sphere", "Cube", "Capsule", "Cylinder", "Cone", "Points", "BasisCurves"}

// with runs a test over the prims that have an API schema.
func (s *stage) with(api string, f func(n *node, bad *problems)) []string {
	return s.each("", func(n *node, bad *problems) {
		if n.Has(api) {
			f(n, bad)
		}
	})
}

func bodyExists(s *stage) []string {
	found := false
	s.with(bodyAPI, func(*node, *problems) { found = true })
	if !found {
		return []string{"no prim has " + bodyAPI}
	}
	return nil
}

func bodyXformable(s *stage) []string {
	return s.with(bodyAPI, func(n *node, bad *problems) {
		if !slices.Contains(xformable, n.Type) {
			bad.add("%s is a %s", n.path, n.Type)
		}
	})
}

func bodyNotInstanced(s *stage) []string {
	return s.with(bodyAPI, func(n *node, bad *problems) {
		for _, p := range append(slices.Clone(n.above), n.Prim) {
			if p.Meta.Get("instanceable") == usd.Bool(true) {
				bad.add("%s is inside the instance %s", n.path, p.Name)
			}
		}
	})
}

// bodyHasMass wants a positive mass on the body, or on every collider.
func bodyHasMass(s *stage) []string {
	missing := s.with(collisionAPI, func(n *node, bad *problems) {
		if why := massOf(n.Prim); why != "" {
			bad.add("%s %s", n.path, why)
		}
	})
	colliders := 0
	s.with(collisionAPI, func(*node, *problems) { colliders++ })
	return s.with(bodyAPI, func(n *node, bad *problems) {
		why := massOf(n.Prim)
		if why == "" || (n.Attr("physics:mass") == nil && colliders > 0 && len(missing) == 0) {
			return
		}
		bad.add("%s %s", n.path, why)
	})
}

// massOf says what is wrong with a prim's mass, "" for nothing.
func massOf(p *usd.Prim) string {
	a := p.Attr("physics:mass")
	if a == nil {
		return "has no mass"
	}
	m, ok := a.Value.(usd.Float)
	switch {
	case !ok || a.Type != "float":
		return "has a mass that is no float"
	case !(m > 0) || m-m != 0:
		return "has a mass that is not positive"
	case !p.Has(massAPI):
		return "has a mass without " + massAPI
	}
	return ""
}

// bodyUnskewed accepts no scale and no free matrix on the body or above it: then
// no skew can arise.
func bodyUnskewed(s *stage) []string {
	return s.with(bodyAPI, func(n *node, bad *problems) {
		for _, p := range append(slices.Clone(n.above), n.Prim) {
			for _, a := range p.Attrs {
				if strings.HasPrefix(a.Name, "xformOp:transform") || (strings.HasPrefix(a.Name, "xformOp:scale") && !uniform(a.Value)) {
					bad.add("%s may be skewed by %s", n.path, a.Name)
				}
			}
		}
	})
}

func uniform(v usd.Value) bool {
	s, ok := v.(usd.Vec3)
	return ok && s[0] == s[1] && s[1] == s[2]
}

// hiddenColliders wants purpose guide on meshes that only collide, which are those
// without a look.
func hiddenColliders(s *stage) []string {
	return s.with(collisionAPI, func(n *node, bad *problems) {
		if n.Type == "Mesh" && n.Rel("material:binding") == nil && token(n.Prim, "purpose") != "guide" {
			bad.add("%s is a collision mesh with the purpose %q", n.path, token(n.Prim, "purpose"))
		}
	})
}

func colliderIsGprim(s *stage) []string {
	return s.with(collisionAPI, func(n *node, bad *problems) {
		if !slices.Contains(gprims, n.Type) {
			bad.add("%s is a %s", n.path, n.Type)
		}
	})
}

func meshCollisionOnMesh(s *stage) []string {
	return s.with(meshCollisionAPI, func(n *node, bad *problems) {
		if n.Type != "Mesh" {
			bad.add("%s is a %s", n.path, n.Type)
		}
	})
}

func meshCollisionWithCollision(s *stage) []string {
	return s.with(meshCollisionAPI, func(n *node, bad *problems) {
		if !n.Has(collisionAPI) {
			bad.add("%s has %s alone", n.path, meshCollisionAPI)
		}
	})
}

func uniformColliders(s *stage) []string {
	return s.with(collisionAPI, func(n *node, bad *problems) {
		if n.Type == "Mesh" || n.Type == "Cube" {
			return
		}
		for _, p := range append(slices.Clone(n.above), n.Prim) {
			for _, a := range p.Attrs {
				if strings.HasPrefix(a.Name, "xformOp:scale") && !uniform(a.Value) {
					bad.add("%s has an uneven scale", n.path)
				}
			}
		}
	})
}
