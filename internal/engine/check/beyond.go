package check

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"simdrop/internal/engine/usd"
)

// beyond are rules outside the profile: of its later versions (NP.001, UN, PMT,
// VM, SR.002), of usdchecker and of OpenUSD's schemas (usd.*), and our own.
var beyond = []rule{
	{"NP.001", primNames},
	{"UN.001", func(s *stage) []string { return s.authored("upAxis") }},
	{"UN.002", func(s *stage) []string { return s.authored("metersPerUnit") }},
	{"UN.003", func(s *stage) []string { return s.authored("kilogramsPerUnit") }},
	{"RB.008", detailedMass},
	{"PMT.001", physicsMaterials},
	{"VG.021", trianglesOnly},
	{"VG.026", pivot},
	{"VM.MAT.001", looksBound},
	{"com.nvidia.usd.VM.BIND.001", bindingsInScope},
	{"VM.PS.002", surfacesExist},
	{"VM.TEX.001", textureSizes},
	{"VM.TEX.003", colorSpaces},
	{"SR.002", thumbnail},
	{"usd.names", identifiers},
	{"usd.types", valueTypes},
	{"usd.tokens", tokens},
	{"usd.schemas", schemas},
	{"usd.targets", targets},
	{"usd.primvars", primvarSizes},
	{"simdrop.collider", colliderExists},
}

var snake = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*(_[a-z0-9]+)*$`)

func primNames(s *stage) []string {
	return s.each("", func(n *node, bad *problems) {
		if !snake.MatchString(n.Name) {
			bad.add("%s is neither camelCase nor snake_case", n.path)
		}
	})
}

func (s *stage) authored(name string) []string {
	if s.Layer.Meta.Get(name) == nil {
		return []string{name + " is not authored"}
	}
	return nil
}

// detailedMass wants a centre of mass, a positive inertia that some body can have,
// and a unit quaternion.
func detailedMass(s *stage) []string {
	return s.with(bodyAPI, func(n *node, bad *problems) {
		var c, i usd.Vec3
		var q usd.Quat
		get(n, "physics:centerOfMass", &c)
		get(n, "physics:diagonalInertia", &i)
		get(n, "physics:principalAxes", &q)
		if n.Attr("physics:centerOfMass") == nil || c[0]-c[0] != 0 || c[1]-c[1] != 0 || c[2]-c[2] != 0 {
			bad.add("%s has no centre of mass", n.path)
		}
		a, b, d := float64(i[0]), float64(i[1]), float64(i[2])
		if !(a > 0 && b > 0 && d > 0) {
			bad.add("%s has an inertia that is not positive", n.path)
		} else if slack := 1 + 1e-5; a > (b+d)*slack || b > (a+d)*slack || d > (a+b)*slack {
			bad.add("%s has an inertia no body has", n.path)
		}
		l := 0.0
		for _, f := range q {
			l += float64(f) * float64(f)
		}
		if !(math.Abs(l-1) < 1e-4) {
			bad.add("%s has principal axes that are no rotation", n.path)
		}
	})
}

func physicsMaterials(s *stage) []string {
	return s.with(collisionAPI, func(n *node, bad *problems) {
		r := n.Rel("material:binding:physics")
		if r == nil || len(r.Targets) != 1 || s.byPath[r.Targets[0]] == nil || !s.byPath[r.Targets[0]].Has(materialAPI) {
			bad.add("%s has no physics material", n.path)
		}
	})
}

func trianglesOnly(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		v := look(n)
		if slices.ContainsFunc(v.counts, func(c int32) bool { return c != 3 }) {
			bad.add("%s has faces that are no triangles", n.path)
		}
	})
}

// pivot wants the origin within 0.1 of the middle of the base of what is seen.
func pivot(s *stage) []string {
	lo, hi := [3]float64{}, [3]float64{}
	first := true
	s.each("Mesh", func(n *node, _ *problems) {
		var e usd.Vec3s
		if get(n, "extent", &e); len(e) != 6 || token(n.Prim, "purpose") == "guide" {
			return
		}
		for k := range 3 {
			a, b := float64(e[k]), float64(e[3+k])
			if first || a < lo[k] {
				lo[k] = a
			}
			if first || b > hi[k] {
				hi[k] = b
			}
		}
		first = false
	})
	if off := math.Hypot((lo[0]+hi[0])/2, (lo[1]+hi[1])/2); off > 0.1 || math.Abs(lo[2]) > 0.1 {
		return []string{"the origin is not at the middle of the base"}
	}
	return nil
}

func colliderExists(s *stage) []string {
	found := false
	s.with(collisionAPI, func(*node, *problems) { found = true })
	if !found {
		return []string{"nothing collides: the body would fall for ever"}
	}
	return nil
}

// thumbnail wants a picture where viewers look for it, named after the layer's file.
func thumbnail(s *stage) []string {
	want := path.Join(path.Dir(s.Path), ".thumbs/256x256", path.Base(s.Path)+".png")
	if !slices.Contains(s.Files, want) {
		return []string{want + " is not in the package"}
	}
	return nil
}

func visible(n *node) bool { return n.Type == "Mesh" && token(n.Prim, "purpose") != "guide" }

func looksBound(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		if !visible(n) {
			return
		}
		r := n.Rel("material:binding")
		if r == nil || len(r.Targets) != 1 || s.byPath[r.Targets[0]] == nil || s.byPath[r.Targets[0]].Type != "Material" {
			bad.add("%s has no material", n.path)
		}
	})
}

func bindingsInScope(s *stage) []string {
	t, _ := s.Layer.Meta.Get("defaultPrim").(usd.Token)
	return s.each("", func(n *node, bad *problems) {
		for _, r := range n.Rels {
			for _, to := range r.Targets {
				if strings.HasPrefix(r.Name, "material:binding") && !strings.HasPrefix(to, "/"+string(t)+"/") {
					bad.add("%s binds %s outside the asset", n.path, to)
				}
			}
		}
	})
}

// surfacesExist wants a UsdPreviewSurface behind every bound look.
func surfacesExist(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		r := n.Rel("material:binding")
		if r == nil || len(r.Targets) != 1 || s.byPath[r.Targets[0]] == nil {
			return
		}
		a := s.byPath[r.Targets[0]].Attr("outputs:surface")
		if a == nil {
			bad.add("%s has no surface", r.Targets[0])
			return
		}
		node, _, _ := strings.Cut(a.Connect, ".")
		if p := s.byPath[node]; p == nil || token(p, "info:id") != "UsdPreviewSurface" {
			bad.add("%s has no UsdPreviewSurface", r.Targets[0])
		}
	})
}

func textureSizes(s *stage) []string {
	var l problems
	for _, a := range s.assets() {
		if s.Edge == nil {
			break
		}
		if e := s.Edge(path.Join(path.Dir(s.Path), a)); e > 16384 {
			l.add("%s is %d pixels wide or high", a, e)
		}
	}
	return l
}

// colorSpaces wants sRGB for what feeds a colour and raw for all else.
func colorSpaces(s *stage) []string {
	want := map[string]string{}
	s.each("Shader", func(n *node, _ *problems) {
		if token(n.Prim, "info:id") != "UsdPreviewSurface" {
			return
		}
		for _, a := range n.Attrs {
			node, _, ok := strings.Cut(a.Connect, ".")
			switch {
			case !ok:
			case a.Name == "inputs:diffuseColor", a.Name == "inputs:emissiveColor", a.Name == "inputs:specularColor":
				want[node] = "sRGB"
			case want[node] == "" && a.Name != "inputs:opacity":
				want[node] = "raw"
			}
		}
	})
	return s.each("Shader", func(n *node, bad *problems) {
		if token(n.Prim, "info:id") != "UsdUVTexture" {
			return
		}
		w := want[n.path]
		if w == "" {
			w = "raw"
		}
		if got := token(n.Prim, "inputs:sourceColorSpace"); got != w {
			bad.add("%s has the colour space %q, not %q", n.path, got, w)
		}
	})
}
