package check

import (
	"regexp"
	"slices"
	"strings"

	"simdrop/internal/engine/usd"
)

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// identifiers wants names that the text form can hold, each once among its siblings.
func identifiers(s *stage) []string {
	seen := map[string]bool{}
	return s.each("", func(n *node, bad *problems) {
		if !identifier.MatchString(n.Name) {
			bad.add("%s is no identifier", n.path)
		}
		if seen[n.path] {
			bad.add("%s is there twice", n.path)
		}
		seen[n.path] = true
		attrs := map[string]bool{}
		for _, a := range n.Attrs {
			if attrs[a.Name] {
				bad.add("%s.%s is there twice", n.path, a.Name)
			}
			attrs[a.Name] = true
		}
	})
}

// types of the schemas' attributes (OpenUSD: UsdGeom, UsdPhysics, UsdShade,
// UsdPreviewSurface).
var types = map[string]string{
	"extent": "float3[]", "faceVertexCounts": "int[]", "faceVertexIndices": "int[]",
	"points": "point3f[]", "normals": "normal3f[]", "subdivisionScheme": "token", "purpose": "token",
	"doubleSided": "bool", "primvars:st": "texCoord2f[]", "primvars:displayColor": "color3f[]",
	"physics:mass": "float", "physics:centerOfMass": "point3f", "physics:diagonalInertia": "float3",
	"physics:principalAxes": "quatf", "physics:approximation": "token", "physics:collisionEnabled": "bool",
	"physics:density": "float", "physics:staticFriction": "float", "physics:dynamicFriction": "float",
	"physics:restitution": "float", "info:id": "token", "outputs:surface": "token",
	"inputs:diffuseColor": "color3f", "inputs:emissiveColor": "color3f", "inputs:useSpecularWorkflow": "int",
	"inputs:metallic": "float", "inputs:roughness": "float", "inputs:opacity": "float",
	"inputs:opacityThreshold": "float", "inputs:occlusion": "float", "inputs:normal": "normal3f",
	"inputs:file": "asset", "inputs:st": "float2", "inputs:wrapS": "token", "inputs:wrapT": "token",
	"inputs:sourceColorSpace": "token", "inputs:bias": "float4", "inputs:varname": "string",
	"inputs:in": "float2", "inputs:rotation": "float", "inputs:translation": "float2",
}

func valueTypes(s *stage) []string {
	bad := s.each("", func(n *node, bad *problems) {
		for _, a := range n.Attrs {
			want, known := types[a.Name]
			kind, ok := usd.KindOf(a.Type)
			switch {
			case !ok:
				bad.add("%s.%s has the unknown type %s", n.path, a.Name, a.Type)
			case known && want != a.Type:
				bad.add("%s.%s is %s, not %s", n.path, a.Name, a.Type, want)
			case a.Value != nil && a.Value.Kind() != kind:
				bad.add("%s.%s is %s and holds %s", n.path, a.Name, a.Type, a.Value.Kind())
			}
		}
	})
	for name, kind := range map[string]usd.Kind{
		"defaultPrim": usd.KindToken, "upAxis": usd.KindToken,
		"metersPerUnit": usd.KindDouble, "kilogramsPerUnit": usd.KindDouble,
	} {
		if v := s.Layer.Meta.Get(name); v != nil && v.Kind() != kind {
			bad = append(bad, name+" is no "+string(kind))
		}
	}
	slices.Sort(bad)
	return bad
}

// allowed are the values of tokens (UsdGeom, UsdPhysics, UsdPreviewSurface).
var allowed = map[string][]string{
	"subdivisionScheme":     {"none", "catmullClark", "loop", "bilinear"},
	"purpose":               {"default", "render", "proxy", "guide"},
	"physics:approximation": {"none", "convexDecomposition", "convexHull", "boundingSphere", "boundingCube", "meshSimplification"},
	"inputs:wrapS":          {"black", "clamp", "repeat", "mirror", "useMetadata"},
	"inputs:wrapT":          {"black", "clamp", "repeat", "mirror", "useMetadata"},
	"info:id":               {"UsdPreviewSurface", "UsdUVTexture", "UsdTransform2d", "UsdPrimvarReader_float2", "UsdPrimvarReader_float3"},
}

var (
	interpolations = []string{"constant", "uniform", "varying", "vertex", "faceVarying"}
	apis           = []string{bodyAPI, massAPI, collisionAPI, meshCollisionAPI, materialAPI, bindingAPI}
)

func tokens(s *stage) []string {
	bad := s.each("", func(n *node, bad *problems) {
		for _, a := range n.Attrs {
			v, ok := a.Value.(usd.Token)
			if list := allowed[a.Name]; ok && list != nil && !slices.Contains(list, string(v)) {
				bad.add("%s.%s is %q", n.path, a.Name, string(v))
			}
			if i, ok := a.Meta.Get("interpolation").(usd.Token); ok && !slices.Contains(interpolations, string(i)) {
				bad.add("%s.%s has the interpolation %q", n.path, a.Name, string(i))
			}
		}
	})
	if v, ok := s.Layer.Meta.Get("upAxis").(usd.Token); ok && v != "Y" && v != "Z" {
		bad = append(bad, "upAxis is "+string(v))
	}
	return bad
}

// schemas wants known API schemas, and the binding API where materials are bound.
func schemas(s *stage) []string {
	return s.each("", func(n *node, bad *problems) {
		for _, a := range n.API {
			if !slices.Contains(apis, a) {
				bad.add("%s applies the unknown %s", n.path, a)
			}
		}
		for _, r := range n.Rels {
			if strings.HasPrefix(r.Name, "material:binding") && !n.Has(bindingAPI) {
				bad.add("%s binds a material without %s", n.path, bindingAPI)
			}
		}
	})
}

// targets wants every relationship and connection to lead somewhere, and a
// connection to an attribute that is there.
func targets(s *stage) []string {
	return s.each("", func(n *node, bad *problems) {
		for _, r := range n.Rels {
			for _, t := range r.Targets {
				if s.byPath[t] == nil {
					bad.add("%s.%s leads to %s, which is not there", n.path, r.Name, t)
				}
			}
		}
		for _, a := range n.Attrs {
			if a.Connect == "" {
				continue
			}
			prim, attr, _ := strings.Cut(a.Connect, ".")
			if p := s.byPath[prim]; p == nil || p.Attr(attr) == nil {
				bad.add("%s.%s is connected to %s, which is not there", n.path, a.Name, a.Connect)
			}
		}
	})
}

// primvarSizes wants as many values as the interpolation calls for.
func primvarSizes(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		v := look(n)
		for _, a := range n.Attrs {
			if !strings.HasPrefix(a.Name, "primvars:") {
				continue
			}
			got := 0
			switch w := a.Value.(type) {
			case usd.Vec2s:
				got = len(w) / 2
			case usd.Vec3s:
				got = len(w) / 3
			}
			i, _ := a.Meta.Get("interpolation").(usd.Token)
			u := view{points: v.points, counts: v.counts, indices: v.indices, interpolation: string(i)}
			if want, ok := u.wanted(); !ok || got != want {
				bad.add("%s.%s has %d values where %d are needed", n.path, a.Name, got, want)
			}
		}
	})
}
