package check_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/engine/check"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/simready"
	"simdrop/internal/engine/usd"
)

// textured is a cube of two coloured parts with a texture.
func textured(t *testing.T) *scene.Scene {
	t.Helper()
	var pic bytes.Buffer
	if err := png.Encode(&pic, image.NewRGBA(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	p := scene.Part{Name: "cube", Transform: scene.Identity}
	for _, q := range [6][4]int{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		n := uint32(len(p.Points) / 3)
		for k, c := range q {
			p.Points = append(p.Points, float32(c&1), float32(c>>1&1), float32(c>>2&1))
			p.UVs = append(p.UVs, float32(k&1), float32(k>>1))
		}
		p.Indices = append(p.Indices, n, n+1, n+2, n, n+2, n+3)
	}
	m := scene.Material{
		Name: "paint", BaseColor: [3]float64{1, 1, 1}, Opacity: 1, Roughness: 0.5, NormalScale: 1, Occlusion: 1,
		BaseColorTex: &scene.Texture{HasTransform: true, Scale: [2]float64{2, 2}, Rotate: 90}, NormalTex: &scene.Texture{},
		MetalRoughTex: &scene.Texture{}, OcclusionTex: &scene.Texture{}, EmissiveTex: &scene.Texture{},
	}
	return &scene.Scene{
		Up: scene.Z, MetersPerUnit: 1, Parts: []scene.Part{p}, Materials: []scene.Material{m},
		Images: []scene.Image{{Name: "t.png", Data: pic.Bytes()}},
	}
}

func whole(t *testing.T) *check.Package {
	t.Helper()
	p, err := prop.Build(context.Background(), textured(t), "cube", "cube.glb")
	if err != nil {
		t.Fatal(err)
	}
	return &check.Package{
		Layer: simready.Layer(p, simready.Labels{Generator: "test", Date: "2026-11-01"}),
		Path:  "usd/cube/cube.usd",
		Files: []string{"usd/cube/cube.usd", "usd/cube/textures/t.png", "usd/cube/.thumbs/256x256/cube.usd.png"},
		Edge:  func(string) int { return 1 },
	}
}

func failed(p *check.Package) (ids []string) {
	for _, r := range append(check.Required(p), check.Beyond(p)...) {
		if r.State != check.Pass {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func TestWholePackagePasses(t *testing.T) {
	p := whole(t)
	if got := failed(p); !slices.Equal(got, []string{"NP.005"}) {
		for _, r := range append(check.Required(p), check.Beyond(p)...) {
			t.Logf("%s %s %s", r.ID, r.State, r.Why)
		}
		t.Errorf("failed: %v, want only NP.005, whose layout is Rigyd's", got)
	}
	if n := len(check.Required(p)); n != 34 {
		t.Errorf("%d required requirements, want 34", n)
	}
}

func TestNvidiasLayoutPassesToo(t *testing.T) {
	p := whole(t)
	p.Path = "cube/usd/cube.usd"
	p.Files = []string{p.Path, "cube/usd/textures/t.png", "cube/usd/.thumbs/256x256/cube.usd.png"}
	if got := failed(p); len(got) > 0 {
		t.Errorf("failed: %v", got)
	}
}

// find returns the first prim that passes.
func find(p *check.Package, ok func(*usd.Prim) bool) *usd.Prim {
	var out *usd.Prim
	p.Layer.Walk(func(_ string, q *usd.Prim, _ []*usd.Prim) {
		if out == nil && ok(q) {
			out = q
		}
	})
	return out
}

func named(n string) func(*usd.Prim) bool    { return func(q *usd.Prim) bool { return q.Name == n } }
func body(p *check.Package) *usd.Prim        { return p.Layer.Prims[0] }
func seen(p *check.Package) *usd.Prim        { return find(p, named("cube")).Children[0].Children[0] }
func collider(p *check.Package) *usd.Prim    { return find(p, named("cube_collision")) }
func set(q *usd.Prim, n string, v usd.Value) { q.Attr(n).Value = v }
func drop(q *usd.Prim, n string) {
	q.Attrs = slices.DeleteFunc(q.Attrs, func(a usd.Attr) bool { return a.Name == n })
}

func meta(p *check.Package, n string, v usd.Value) {
	d := &p.Layer.Meta
	*d = slices.DeleteFunc(*d, func(e usd.Entry) bool { return e.Name == n })
	if v != nil {
		*d = append(*d, usd.Entry{Name: n, Value: v})
	}
}

func custom(p *check.Package) usd.Dict { return p.Layer.Meta.Get("customLayerData").(usd.Dict) }

func without(d usd.Dict, n string) usd.Dict {
	return slices.DeleteFunc(slices.Clone(d), func(e usd.Entry) bool { return e.Name == n })
}

// TestEveryDamageIsCaught breaks one thing at a time; the rule named must fail.
func TestEveryDamageIsCaught(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name string
		rule string
		do   func(p *check.Package)
	}{
		{"space in a file name", "NP.002", func(p *check.Package) { p.Files[1] = "usd/cube/textures/a b.png" }},
		{"no USD extension", "NP.002", func(p *check.Package) { p.Path = "usd/cube/cube.txt" }},
		{"folder named as a device", "NP.003", func(p *check.Package) { p.Files[1] = "usd/nul/t.png" }},
		{"long path", "NP.004", func(p *check.Package) { p.Files[1] = "usd/" + strings.Repeat("abcdefgh/", 40) + "t.png" }},
		{"second layer", "NP.005", func(p *check.Package) {
			p.Path = "cube/usd/cube.usd"
			p.Files = []string{p.Path, "cube/usd/other.usd"}
		}},
		{"no metadata", "NP.006", func(p *check.Package) {
			meta(p, "customLayerData", without(custom(p), "SimReady_Metadata"))
		}},
		{"absolute source", "NP.007", func(p *check.Package) {
			meta(p, "customLayerData", append(custom(p), usd.Entry{Name: "x", Value: usd.String("C:/me/chair.glb")}))
		}},
		{"missing texture", "NP.008", func(p *check.Package) { p.Files = p.Files[:1] }},
		{"no asset name", "SR.001", func(p *check.Package) { meta(p, "customLayerData", without(custom(p), "asset_name")) }},
		{"date of another form", "SR.001", func(p *check.Package) {
			meta(p, "customLayerData", append(without(custom(p), "usd_date_generated"), usd.Entry{Name: "usd_date_generated", Value: usd.String("1.11.2026")}))
		}},
		{"prim without type", "HI.010", func(p *check.Package) { seen(p).Type = "" }},
		{"texture above the asset", "com.nvidia.usd.AA.001", func(p *check.Package) { set(find(p, named("base_color")), "inputs:file", usd.Asset("../t.png")) }},
		{"texture without anchor", "com.nvidia.usd.AA.001", func(p *check.Package) { set(find(p, named("base_color")), "inputs:file", usd.Asset("textures/t.png")) }},
		{"webp", "com.nvidia.usd.AA.002", func(p *check.Package) { p.Files = append(p.Files, "usd/cube/textures/t.webp") }},
		{"bogus up axis", "UN.006", func(p *check.Package) { meta(p, "upAxis", usd.Token("Q")) }},
		{"centimetres", "UN.007", func(p *check.Package) { meta(p, "metersPerUnit", usd.Double(0.01)) }},
		{"subdivided", "VG.MESH.001", func(p *check.Package) { drop(seen(p), "subdivisionScheme") }},
		{"no extent", "com.nvidia.usd.VG.002", func(p *check.Package) { drop(seen(p), "extent") }},
		{"wrong extent", "com.nvidia.usd.VG.002", func(p *check.Package) { set(seen(p), "extent", usd.Vec3s{0, 0, 0, 1, 1, 1}) }},
		{"twins", "VG.008", func(p *check.Package) {
			g := body(p).Children[0]
			twin := *g.Children[0]
			twin.Name = "twin"
			g.Children = append(g.Children, &twin)
		}},
		{"counts", "com.nvidia.usd.VG.014", func(p *check.Package) { set(seen(p), "faceVertexCounts", usd.Ints{3, 3}) }},
		{"index out of range", "com.nvidia.usd.VG.014", func(p *check.Package) {
			set(seen(p), "faceVertexIndices", append(slices.Clone(seen(p).Attr("faceVertexIndices").Value.(usd.Indices)[:33]), 0, 1, 99))
		}},
		{"moved root", "VG.025", func(p *check.Package) {
			body(p).Attrs = append(body(p).Attrs, usd.Attr{Name: "xformOp:translate", Type: "float3", Value: usd.Vec3{1, 0, 0}})
		}},
		{"no normals", "com.nvidia.usd.VG.027", func(p *check.Package) { drop(seen(p), "normals") }},
		{"too few normals", "com.nvidia.usd.VG.028", func(p *check.Package) { set(seen(p), "normals", usd.Vec3s{0, 0, 1}) }},
		{"normal not a number", "com.nvidia.usd.VG.028", func(p *check.Package) {
			n := slices.Clone(seen(p).Attr("normals").Value.(usd.Vec3s))
			n[5] = nan
			set(seen(p), "normals", n)
		}},
		{"turned normals", "com.nvidia.usd.VG.029", func(p *check.Package) {
			n := slices.Clone(seen(p).Attr("normals").Value.(usd.Vec3s))
			for i := range n {
				n[i] = -n[i]
			}
			set(seen(p), "normals", n)
		}},
		{"two roots", "com.nvidia.usd.HI.001", func(p *check.Package) {
			p.Layer.Prims = append(p.Layer.Prims, &usd.Prim{Type: "Xform", Name: "b"})
		}},
		{"root is a Scope", "com.nvidia.usd.HI.003", func(p *check.Package) { body(p).Type = "Scope" }},
		{"no default prim", "com.nvidia.usd.HI.004", func(p *check.Package) { meta(p, "defaultPrim", nil) }},
		{"default prim elsewhere", "com.nvidia.usd.HI.004", func(p *check.Package) { meta(p, "defaultPrim", usd.Token("chair")) }},
		{"schema misspelt", "RB.001", func(p *check.Package) { body(p).API[0] = "PhysicsRigidBodyApi" }},
		{"schema unknown", "usd.schemas", func(p *check.Package) { body(p).API[0] = "PhysicsRigidBodyApi" }},
		{"body on a Scope", "com.nvidia.usd.RB.003", func(p *check.Package) { body(p).Children[2].API = []string{"PhysicsRigidBodyAPI"} }},
		{"instanced body", "com.nvidia.usd.RB.005", func(p *check.Package) {
			body(p).Meta = append(body(p).Meta, usd.Entry{Name: "instanceable", Value: usd.Bool(true)})
		}},
		{"int for the mass", "RB.007", func(p *check.Package) { set(body(p), "physics:mass", usd.Int(5)) }},
		{"string for the mass", "usd.types", func(p *check.Package) { set(body(p), "physics:mass", usd.String("5")) }},
		{"mass declared int", "usd.types", func(p *check.Package) {
			body(p).Attr("physics:mass").Type = "int"
			set(body(p), "physics:mass", usd.Int(5))
		}},
		{"negative mass", "RB.007", func(p *check.Package) { set(body(p), "physics:mass", usd.Float(-1)) }},
		{"no mass", "RB.007", func(p *check.Package) { drop(body(p), "physics:mass") }},
		{"skew", "com.nvidia.usd.RB.009", func(p *check.Package) {
			body(p).Attrs = append(body(p).Attrs, usd.Attr{Name: "xformOp:scale", Type: "float3", Value: usd.Vec3{1, 2, 1}})
		}},
		{"visible collider", "RB.010", func(p *check.Package) { drop(collider(p), "purpose") }},
		{"collider on an Xform", "RB.COL.001", func(p *check.Package) { body(p).API = append(body(p).API, "PhysicsCollisionAPI") }},
		{"mesh collision on an Xform", "RB.COL.002", func(p *check.Package) { body(p).API = append(body(p).API, "PhysicsMeshCollisionAPI") }},
		{"mesh collision alone", "RB.COL.003", func(p *check.Package) { collider(p).API = collider(p).API[1:] }},
		{"stretched sphere", "com.nvidia.usd.RB.COL.004", func(p *check.Package) {
			c := body(p).Children[1]
			c.Children = append(c.Children, &usd.Prim{
				Type: "Sphere", Name: "s", API: []string{"PhysicsCollisionAPI"},
				Attrs: []usd.Attr{{Name: "xformOp:scale", Type: "float3", Value: usd.Vec3{1, 2, 1}}},
			})
		}},
		{"name with a space", "usd.names", func(p *check.Package) { seen(p).Name = "my cube" }},
		{"capital name", "NP.001", func(p *check.Package) { seen(p).Name = "Looks" }},
		{"same name twice", "usd.names", func(p *check.Package) {
			c := body(p).Children[1]
			c.Children = append(c.Children, c.Children[0])
		}},
		{"three numbers for a quaternion", "usd.types", func(p *check.Package) { set(body(p), "physics:principalAxes", usd.Vec3{1, 0, 0}) }},
		{"axes not of length one", "RB.008", func(p *check.Package) { set(body(p), "physics:principalAxes", usd.Quat{2, 0, 0, 0}) }},
		{"inertia of no body", "RB.008", func(p *check.Package) { set(body(p), "physics:diagonalInertia", usd.Vec3{9, 1, 1}) }},
		{"no inertia", "RB.008", func(p *check.Package) { set(body(p), "physics:diagonalInertia", usd.Vec3{}) }},
		{"dangling material", "usd.targets", func(p *check.Package) { seen(p).Rels[0].Targets[0] = "/cube/looks/gone" }},
		{"dangling material is no look", "VM.MAT.001", func(p *check.Package) { seen(p).Rels[0].Targets[0] = "/cube/looks/gone" }},
		{"material outside", "com.nvidia.usd.VM.BIND.001", func(p *check.Package) { seen(p).Rels[0].Targets[0] = "/other/looks/paint" }},
		{"dangling connection", "usd.targets", func(p *check.Package) {
			find(p, named("surface")).Attr("inputs:diffuseColor").Connect = "/cube/looks/paint/base_color.outputs:x"
		}},
		{"no physics material", "PMT.001", func(p *check.Package) { collider(p).Rels = nil }},
		{"binding without schema", "usd.schemas", func(p *check.Package) { seen(p).API = nil }},
		{"bogus approximation", "usd.tokens", func(p *check.Package) { set(collider(p), "physics:approximation", usd.Token("convexHullz")) }},
		{"bogus interpolation", "usd.tokens", func(p *check.Package) { seen(p).Attr("normals").Meta[0].Value = usd.Token("corner") }},
		{"too few coordinates", "usd.primvars", func(p *check.Package) { set(seen(p), "primvars:st", usd.Vec2s{0, 0}) }},
		{"colour taken raw", "VM.TEX.003", func(p *check.Package) { set(find(p, named("base_color")), "inputs:sourceColorSpace", usd.Token("raw")) }},
		{"normal map taken as colour", "VM.TEX.003", func(p *check.Package) { set(find(p, named("normal")), "inputs:sourceColorSpace", usd.Token("sRGB")) }},
		{"no surface", "VM.PS.002", func(p *check.Package) { set(find(p, named("surface")), "info:id", usd.Token("UsdUVTexture")) }},
		{"huge texture", "VM.TEX.001", func(p *check.Package) { p.Edge = func(string) int { return 20000 } }},
		{"nothing collides", "simdrop.collider", func(p *check.Package) { body(p).Children[1].Children = nil }},
		{"no thumbnail", "SR.002", func(p *check.Package) { p.Files = p.Files[:2] }},
		{"no kilograms", "UN.003", func(p *check.Package) { meta(p, "kilogramsPerUnit", nil) }},
		{"quads", "VG.021", func(p *check.Package) { set(seen(p), "faceVertexCounts", usd.Ints{4, 4, 4, 4, 4, 4, 4, 4, 4}) }},
		{"pivot elsewhere", "VG.026", func(p *check.Package) { set(seen(p), "extent", usd.Vec3s{0, 0, 0, 1, 1, 1}) }},
	} {
		p := whole(t)
		c.do(p)
		if got := failed(p); !slices.Contains(got, c.rule) {
			t.Errorf("%s: %s does not see it; failed: %v", c.name, c.rule, got)
		}
	}
}
