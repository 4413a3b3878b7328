package gltf

import (
	"math"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/engine/scene"
)

var png = []byte("\x89PNG\r\n\x1a\n")

// materialOf reads a document with one material; it may use textures 0 to 3, of
// which the last names no file.
func materialOf(t *testing.T, m object) (scene.Material, *scene.Scene) {
	t.Helper()
	b := newBuilder()
	p := b.squarePrimitive()
	p["material"] = b.append("materials", m)
	p["attributes"].(object)["TEXCOORD_0"] = b.floats("VEC2", 0, 0, 0, 0, 0, 0, 0, 0)
	p["attributes"].(object)["TEXCOORD_1"] = b.floats("VEC2", 0, 0.25, 0, 0, 0, 0, 0, 0)
	b.mesh(p)
	b.append("images", object{"uri": "sub/my%20wood.png"})
	b.append("images", object{"bufferView": b.view(png), "name": "inside"})
	b.append("images", object{"uri": "gone.png"})
	b.append("samplers", object{"wrapS": 33071, "wrapT": 33648})
	b.append("textures", object{"source": 0, "sampler": 0})
	b.append("textures", object{"extensions": object{"EXT_texture_webp": object{"source": 1}}})
	b.append("textures", object{"source": 2})
	b.append("textures", object{})
	s := mustRead(t, b.glb(), files{"sub/my wood.png": png})
	return s.Materials[0], s
}

func TestDefaults(t *testing.T) {
	m, _ := materialOf(t, object{"name": "plain"})
	want := scene.Material{
		Name: "plain", BaseColor: [3]float64{1, 1, 1}, Opacity: 1, Metallic: 1, Roughness: 1,
		NormalScale: 1, Occlusion: 1, AlphaCutoff: 0.5,
	}
	if m != want {
		t.Errorf("%+v, want %+v", m, want)
	}
}

func TestPBR(t *testing.T) {
	m, s := materialOf(t, object{
		"name": "x", "alphaMode": "MASK", "alphaCutoff": 0.25, "doubleSided": true, "emissiveFactor": list{1, 0.5, 0},
		"pbrMetallicRoughness": object{
			"baseColorFactor": list{0.1, 0.2, 0.3, 0.4}, "metallicFactor": 0, "roughnessFactor": 0.6,
			"baseColorTexture": object{"index": 0}, "metallicRoughnessTexture": object{"index": 1},
		},
		"normalTexture":    object{"index": 0, "scale": 0.5},
		"occlusionTexture": object{"index": 1, "strength": 0.75},
		"emissiveTexture":  object{"index": 2},
		"extensions": object{
			"KHR_materials_unlit": object{}, "KHR_materials_emissive_strength": object{"emissiveStrength": 4},
			"KHR_materials_sheen": object{},
		},
	})
	if m.BaseColor != [3]float64{0.1, 0.2, 0.3} || m.Opacity != 0.4 || m.Metallic != 0 || !m.MetallicSet || m.Roughness != 0.6 ||
		m.AlphaMode != scene.Mask || m.AlphaCutoff != 0.25 || !m.DoubleSided || !m.Unlit || m.Emissive != [3]float64{4, 2, 0} ||
		m.NormalScale != 0.5 || m.Occlusion != 0.75 || m.EmissiveTex != nil {
		t.Errorf("%+v", m)
	}
	if m.BaseColorTex.WrapS != scene.Clamp || m.BaseColorTex.WrapT != scene.Mirror || m.MetalRoughTex.WrapS != scene.Repeat {
		t.Errorf("wraps %+v %+v", m.BaseColorTex, m.MetalRoughTex)
	}
	if len(s.Images) != 2 || s.Images[0].Name != "my wood.png" || s.Images[1].Name != "inside" || s.Images[1].Mime != "image/png" {
		t.Errorf("images %+v", s.Images)
	}
	for _, w := range []string{"texture gone.png is missing", "KHR_materials_sheen is left out: its effect on the look is lost"} {
		if !slices.Contains(s.Warnings, w) {
			t.Errorf("no warning %q in %q", w, s.Warnings)
		}
	}
}

// TestTextureTransform has the values that a USD exporter wrote for the same
// materials of Khronos' TextureTransformTest.
func TestTextureTransform(t *testing.T) {
	for name, c := range map[string]struct {
		x                object
		scale, translate [2]float64
		rotate           float64
	}{
		"offset":   {object{"offset": list{0.5, 0.5}}, [2]float64{1, 1}, [2]float64{0.5, -0.5}, 0},
		"rotation": {object{"rotation": 0.39269908169872414}, [2]float64{1, 1}, [2]float64{0.38268343, 0.076120496}, 22.5},
		"scale":    {object{"scale": list{1.5, 1.5}}, [2]float64{1.5, 1.5}, [2]float64{0, -0.5}, 0},
		"all": {object{"offset": list{-0.2, -0.1}, "rotation": 0.3, "scale": list{1.5, 1.5}},
			[2]float64{1.5, 1.5}, [2]float64{0.24328034, -0.33300462}, 17.188734},
	} {
		info := object{"index": 0, "extensions": object{"KHR_texture_transform": c.x}}
		m, _ := materialOf(t, object{"pbrMetallicRoughness": object{"baseColorTexture": info}})
		x := m.BaseColorTex
		if !x.HasTransform || x.Scale != c.scale || math.Abs(x.Rotate-c.rotate) > 1e-6 ||
			math.Abs(x.Translate[0]-c.translate[0]) > 1e-6 || math.Abs(x.Translate[1]-c.translate[1]) > 1e-6 {
			t.Errorf("%s: %+v, want %+v", name, x, c)
		}
	}
}

func TestTextureCoordinateSets(t *testing.T) {
	m, s := materialOf(t, object{
		"pbrMetallicRoughness": object{"baseColorTexture": object{"index": 0, "texCoord": 1}},
		"occlusionTexture":     object{"index": 1},
	})
	if m.BaseColorTex == nil || m.OcclusionTex != nil || s.Parts[0].UVs[1] != 0.75 || len(s.Warnings) != 1 {
		t.Errorf("%+v, uvs %v, warnings %q", m, s.Parts[0].UVs, s.Warnings)
	}
}

func TestSpecularGlossiness(t *testing.T) {
	m, _ := materialOf(t, object{"extensions": object{"KHR_materials_pbrSpecularGlossiness": object{
		"diffuseFactor": list{0.5, 0.5, 0.5, 0.5}, "glossinessFactor": 0.75, "specularFactor": list{0.04, 0.04, 0.04},
	}}})
	if m.Metallic != 0 || m.Roughness != 0.25 || m.BaseColor[0] != 0.5 || m.Opacity != 0.5 {
		t.Errorf("plastic: %+v", m)
	}
	m, _ = materialOf(t, object{"extensions": object{"KHR_materials_pbrSpecularGlossiness": object{
		"diffuseFactor": list{0, 0, 0, 1}, "specularFactor": list{0.9, 0.6, 0.3},
	}}})
	if m.Metallic != 1 || m.BaseColor != [3]float64{0.9, 0.6, 0.3} {
		t.Errorf("metal: %+v", m)
	}
}

func TestURIs(t *testing.T) {
	b := newBuilder()
	b.mesh(b.squarePrimitive())
	b.json(false)
	bin := b.bin
	for _, uri := range []string{"data.bin", "da%74a.bin", "100%.bin"} {
		b.doc["buffers"].(list)[0].(object)["uri"] = uri
		text := b.jsonAsIs()
		name := strings.Replace(uri, "%74", "t", 1)
		if s := mustRead(t, text, files{name: bin}); s.Triangles() != 2 {
			t.Errorf("%s: %d triangles", uri, s.Triangles())
		}
		_, err := Read(t.Context(), source(text, nil))
		if err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("%s without its file: %v", uri, err)
		}
		_, err = Read(t.Context(), source(text, files{name: bin[:10]}))
		if err == nil || !strings.Contains(err.Error(), "cut short") {
			t.Errorf("%s cut: %v", uri, err)
		}
	}
}
