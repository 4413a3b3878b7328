package gltf

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/engine/scene"
)

func TestReadSquare(t *testing.T) {
	b := newBuilder()
	p := b.squarePrimitive()
	p["attributes"].(object)["TEXCOORD_0"] = b.floats("VEC2", 0, 0, 1, 0, 1, 1, 0, 0.25)
	p["attributes"].(object)["NORMAL"] = b.floats("VEC3", 0, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0, 1)
	b.mesh(p)
	for name, data := range map[string][]byte{"glb": b.glb(), "gltf": b.json(true), "bom": append([]byte("\xef\xbb\xbf"), b.json(true)...)} {
		t.Run(name, func(t *testing.T) {
			s := mustRead(t, data, nil)
			if s.Up != scene.Y || s.UpAssumed || s.MetersPerUnit != 1 || s.UnitsAssumed {
				t.Errorf("frame: %+v", s)
			}
			if len(s.Parts) != 1 || s.Parts[0].Name != "n" || s.Parts[0].Material != -1 {
				t.Fatalf("parts: %+v", s.Parts)
			}
			near(t, "points", s.Parts[0].Points, square)
			near(t, "uvs, v flipped", s.Parts[0].UVs, []float32{0, 1, 1, 1, 1, 0, 0, 0.75})
			near(t, "normals, unit", s.Parts[0].Normals[:3], []float32{0, 0, 1})
			if !slices.Equal(s.Parts[0].Indices, []uint32{0, 1, 2, 0, 2, 3}) {
				t.Errorf("indices: %v", s.Parts[0].Indices)
			}
		})
	}
}

func TestModes(t *testing.T) {
	for mode, want := range map[int][]uint32{
		4: {0, 1, 2}, // five corners: the last two are none
		5: {0, 1, 2, 2, 1, 3, 2, 3, 0},
		6: {0, 1, 2, 0, 2, 3},
	} {
		b := newBuilder()
		p := b.squarePrimitive()
		p["mode"] = mode
		p["indices"] = b.indices(0, 1, 2, 3, 0)
		b.mesh(p)
		s := mustRead(t, b.glb(), nil)
		if got := s.Parts[0].Indices; !slices.Equal(got, want) {
			t.Errorf("mode %d: %v, want %v", mode, got, want)
		}
	}
}

func TestHierarchy(t *testing.T) {
	b := newBuilder()
	m := b.append("meshes", object{"primitives": list{b.squarePrimitive(), b.squarePrimitive()}})
	// A quarter turn about z, twice the size, at x = 10; the child one unit along x.
	half := math.Sqrt(0.5)
	b.append("nodes", object{"children": list{1, 2}, "translation": list{10, 0, 0}, "rotation": list{0, 0, half, half}, "scale": list{2, 2, 2}})
	b.append("nodes", object{"mesh": m, "name": "left", "matrix": list{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1}})
	b.append("nodes", object{"mesh": m, "name": "right"})
	s := mustRead(t, b.glb(), nil)
	var groups []int
	for _, p := range s.Parts {
		groups = append(groups, p.Group)
	}
	if !slices.Equal(groups, []int{0, 0, 1, 1}) {
		t.Errorf("groups: %v", groups)
	}
	x, y, z := (*matrix)(&s.Parts[0].Transform).point(1, 0, 0)
	near(t, "point", []float32{float32(x), float32(y), float32(z)}, []float32{10, 4, 0})
	if &s.Parts[0].Points[0] == &s.Parts[2].Points[0] {
		t.Error("two parts share memory")
	}
}

// TestPose: an armature 100 times smaller than its mesh gives the size that is
// seen, not the mesh's own.
func TestPose(t *testing.T) {
	b := newBuilder()
	p := b.squarePrimitive()
	p["attributes"].(object)["JOINTS_0"] = b.accessor(typeUint8, "VEC4", 4, make([]byte, 16))
	p["attributes"].(object)["WEIGHTS_0"] = b.floats("VEC4", 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
	b.mesh(p)
	b.doc["nodes"].(list)[0].(object)["skin"] = 0
	b.doc["nodes"].(list)[0].(object)["translation"] = list{5, 5, 5} // must not count
	b.append("nodes", object{"scale": list{0.01, 0.01, 0.01}, "children": list{2}})
	b.append("nodes", object{"translation": list{100, 0, 0}})
	bind := b.floats("MAT4", 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
	b.append("skins", object{"joints": list{2}, "inverseBindMatrices": bind})
	s := mustRead(t, b.glb(), nil)
	near(t, "posed", s.Parts[0].Points, []float32{1, 0, 0, 1.01, 0, 0, 1.01, 0.01, 0, 1, 0.01, 0})
	if s.Parts[0].Transform != scene.Identity || len(s.Warnings) == 0 {
		t.Errorf("transform %v, warnings %v", s.Parts[0].Transform, s.Warnings)
	}
}

func TestMorphAtDefaultWeights(t *testing.T) {
	b := newBuilder()
	p := b.squarePrimitive()
	p["targets"] = list{object{"POSITION": b.floats("VEC3", 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)}}
	b.append("meshes", object{"primitives": list{p}, "weights": list{0.5}})
	b.append("nodes", object{"mesh": 0})
	s := mustRead(t, b.glb(), nil)
	near(t, "morphed", s.Parts[0].Points[:6], []float32{0, 0, 1, 1, 0, 0})
}

func TestInstancing(t *testing.T) {
	b := newBuilder()
	b.mesh(b.squarePrimitive())
	b.doc["nodes"].(list)[0].(object)["extensions"] = object{"EXT_mesh_gpu_instancing": object{
		"attributes": object{"TRANSLATION": b.floats("VEC3", 1, 0, 0, 2, 0, 0)},
	}}
	s := mustRead(t, b.glb(), nil)
	if len(s.Parts) != 2 || s.Parts[0].Transform[12] != 1 || s.Parts[1].Transform[12] != 2 || s.Parts[1].Group != 1 {
		t.Fatalf("parts: %+v", s.Parts)
	}
}

func TestRefusals(t *testing.T) {
	whole := func(change func(*builder, object)) []byte {
		b := newBuilder()
		p := b.squarePrimitive()
		b.mesh(p)
		change(b, p)
		return b.glb()
	}
	attributes := func(p object) object { return p["attributes"].(object) }
	good := whole(func(*builder, object) {})
	cases := map[string]struct {
		data []byte
		want string
	}{
		"cut":   {good[:len(good)-4], "cut short"},
		"stub":  {[]byte("glTF"), "cut short"},
		"empty": {nil, "JSON cannot be read"},
		"glTF 1.0 list": {[]byte(`{"asset":{"version":"1.0"},"meshes":{"m":{}}}`),
			"glTF 1.0; the local engine reads glTF 2.0"},
		"glTF 1.0 container": {append([]byte("glTF\x01\x00\x00\x00"), good[8:]...), "glTF 1.0"},
		"draco": {whole(func(b *builder, _ object) { b.doc["extensionsRequired"] = list{"KHR_draco_mesh_compression"} }),
			"uses KHR_draco_mesh_compression (Draco mesh compression), which the local engine cannot read"},
		"meshopt": {whole(func(b *builder, _ object) { b.doc["extensionsRequired"] = list{"EXT_meshopt_compression"} }), "EXT_meshopt_compression"},
		"ktx2":    {whole(func(b *builder, _ object) { b.doc["extensionsRequired"] = list{"KHR_texture_basisu"} }), "KTX2"},
		"unknown": {whole(func(b *builder, _ object) { b.doc["extensionsRequired"] = list{"ACME_wobble"} }), "needs the extension ACME_wobble"},
		"index range": {whole(func(b *builder, p object) { p["indices"] = b.indices(0, 1, 4) }),
			"a triangle refers to vertex 4 of 4"},
		"nan": {whole(func(b *builder, p object) {
			attributes(p)["POSITION"] = b.floats("VEC3", float32(math.NaN()), 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0)
		}), "not a finite number"},
		"uv count": {whole(func(b *builder, p object) { attributes(p)["TEXCOORD_0"] = b.floats("VEC2", 0, 0) }), "for 4 vertices"},
		"points":   {whole(func(_ *builder, p object) { p["mode"] = 0 }), "only lines or points"},
		"cycle": {whole(func(b *builder, _ object) {
			b.doc["nodes"].(list)[0].(object)["children"] = list{0}
			b.doc["scenes"] = list{object{"nodes": list{0}}}
		}), "its own ancestor"},
		"missing node": {whole(func(b *builder, _ object) { b.doc["nodes"].(list)[0].(object)["children"] = list{7} }), "node 7"},
		"beyond view": {whole(func(b *builder, p object) {
			b.doc["accessors"].(list)[0].(object)["count"] = math.MaxInt64
		}), "beyond its buffer view"},
		"view outside": {whole(func(b *builder, p object) {
			b.doc["bufferViews"].(list)[0].(object)["byteLength"] = math.MaxInt64
		}), "outside its buffer"},
		"view before": {whole(func(b *builder, p object) {
			b.doc["bufferViews"].(list)[0].(object)["byteOffset"] = -4
		}), "outside its buffer"},
		"nothing behind": {whole(func(b *builder, p object) {
			delete(b.doc["accessors"].(list)[0].(object), "bufferView")
			b.doc["accessors"].(list)[0].(object)["count"] = 100_000_000
		}), "without data"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), source(c.data, nil))
			e, ok := errors.AsType[*scene.InputError](err)
			if !ok || !strings.Contains(e.Reason, c.want) {
				t.Errorf("got %v, want an input error with %q", err, c.want)
			}
		})
	}
}

func TestLimitsAndCancel(t *testing.T) {
	b := newBuilder()
	b.mesh(b.squarePrimitive())
	for _, limits := range []scene.Limits{{Vertices: 3}, {Triangles: 1}, {PrimaryBytes: 100}} {
		src := source(b.glb(), nil)
		src.Limits = limits
		if _, err := Read(t.Context(), src); err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%+v: %v", limits, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, source(b.glb(), nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
