package check

import (
	"path"
	"slices"
	"strings"

	"simdrop/internal/engine/usd"
)

// featureMinimal is FET_001_STANDARD 1.0.1: a visible asset that stands by itself.
var featureMinimal = []rule{
	{"com.nvidia.usd.AA.001", anchoredPaths},
	{"com.nvidia.usd.AA.002", fileTypes},
	{"UN.006", func(s *stage) []string { return s.metaIs("upAxis", usd.Token("Z")) }},
	{"UN.007", func(s *stage) []string { return s.metaIs("metersPerUnit", usd.Double(1)) }},
	{"VG.MESH.001", plainMeshes},
	{"com.nvidia.usd.VG.002", extents},
	{"VG.008", duplicateMeshes},
	{"com.nvidia.usd.VG.014", validTopology},
	{"VG.025", rootAtOrigin},
	{"com.nvidia.usd.VG.027", normalsExist},
	{"com.nvidia.usd.VG.028", normalsValid},
	{"com.nvidia.usd.VG.029", normalsAgree},
	{"com.nvidia.usd.HI.001", oneRoot},
	{"com.nvidia.usd.HI.003", rootXformable},
	{"com.nvidia.usd.HI.004", defaultPrim},
}

func anchoredPaths(s *stage) []string {
	var l problems
	for _, a := range s.assets() {
		if !strings.HasPrefix(a, "./") || strings.Contains(a, "..") || strings.Contains(a, `\`) {
			l.add("%s is not anchored inside the asset", a)
		}
	}
	return l
}

var allowedTypes = append([]string{".png", ".jpg", ".jpeg", ".exr", ".m4a", ".mp3", ".wav"}, usdSuffixes...)

func fileTypes(s *stage) []string {
	var l problems
	for _, f := range s.Files {
		if !slices.Contains(allowedTypes, path.Ext(f)) {
			l.add("%s is not a USD, image or audio type in the list", f)
		}
	}
	return l
}

func (s *stage) metaIs(name string, want usd.Value) []string {
	var l problems
	if got := s.Layer.Meta.Get(name); got != want {
		l.add("%s is %v, not %v", name, got, want)
	}
	return l
}

func plainMeshes(s *stage) []string {
	found := false
	bad := s.each("Mesh", func(n *node, bad *problems) {
		found = true
		if v := token(n.Prim, "subdivisionScheme"); v != "none" {
			bad.add("%s has the subdivision scheme %q", n.path, v)
		}
	})
	if !found {
		bad = append(bad, "there is no Mesh")
	}
	return bad
}

func (n *node) root() bool { return len(n.above) == 0 }

func rootAtOrigin(s *stage) []string {
	return s.each("", func(n *node, bad *problems) {
		if !n.root() {
			return
		}
		for _, a := range n.Attrs {
			if strings.HasPrefix(a.Name, "xformOp") {
				bad.add("%s has %s", n.path, a.Name)
			}
		}
	})
}

func oneRoot(s *stage) []string {
	var l problems
	if n := len(s.Layer.Prims); n != 1 {
		l.add("there are %d root prims", n)
	}
	return l
}

// xformable are the types in use here that can be placed.
var xformable = []string{"Xform", "Mesh", "Sphere", "Cube", "Capsule", "Cylinder", "Cone", "Points", "BasisCurves"}

func rootXformable(s *stage) []string {
	return s.each("", func(n *node, bad *problems) {
		if n.root() && !slices.Contains(xformable, n.Type) {
			bad.add("%s is a %s", n.path, n.Type)
		}
	})
}

func defaultPrim(s *stage) []string {
	var l problems
	t, ok := s.Layer.Meta.Get("defaultPrim").(usd.Token)
	switch {
	case !ok || t == "":
		l.add("there is no defaultPrim")
	case s.byPath["/"+string(t)] == nil:
		l.add("defaultPrim %q is no root prim", string(t))
	}
	return l
}
