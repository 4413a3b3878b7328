package gltf

import (
	"errors"
	"testing"

	"simdrop/internal/engine/scene"
)

// everything uses all that the reader reads.
func everything() *builder {
	b := newBuilder()
	p := b.squarePrimitive()
	attributes := p["attributes"].(object)
	attributes["TEXCOORD_0"] = b.floats("VEC2", 0, 0, 1, 0, 1, 1, 0, 0.25)
	attributes["COLOR_0"] = b.accessor(typeUint8, "VEC4", 4, make([]byte, 16))
	attributes["JOINTS_0"] = b.accessor(typeUint8, "VEC4", 4, make([]byte, 16))
	attributes["WEIGHTS_0"] = b.floats("VEC4", make([]float32, 16)...)
	p["targets"] = list{object{"POSITION": b.floats("VEC3", make([]float32, 12)...)}}
	p["material"] = b.append("materials", object{
		"normalTexture": object{"index": 0, "extensions": object{"KHR_texture_transform": object{"offset": list{1, 2}}}},
		"extensions":    object{"KHR_materials_pbrSpecularGlossiness": object{"diffuseTexture": object{"index": 0}}},
	})
	b.doc["accessors"].(list)[0].(object)["sparse"] = object{
		"count":   1,
		"indices": object{"bufferView": b.view([]byte{2}), "componentType": typeUint8},
		"values":  object{"bufferView": b.view(packed([]float32{5, 6, 7}))},
	}
	b.append("textures", object{"source": 0})
	b.append("images", object{"bufferView": b.view(png)})
	b.append("meshes", object{"primitives": list{p}, "weights": list{0.5}})
	b.append("nodes", object{"mesh": 0, "skin": 0, "children": list{1}})
	b.append("nodes", object{"mesh": 0, "rotation": list{0, 0, 0, 1}, "extensions": object{
		"EXT_mesh_gpu_instancing": object{"attributes": object{"TRANSLATION": b.floats("VEC3", 1, 0, 0, 2, 0, 0)}},
	}})
	b.append("skins", object{"joints": list{0}, "inverseBindMatrices": b.floats("MAT4", make([]float32, 16)...)})
	b.append("scenes", object{"nodes": list{0}})
	return b
}

func checkFuzzed(t *testing.T, data []byte) {
	src := source(data, files{"a.bin": make([]byte, 100)})
	src.Limits = scene.Limits{Vertices: 100_000, Triangles: 100_000, Parts: 1000}
	s, err := Read(t.Context(), src)
	if _, ok := errors.AsType[*scene.InputError](err); err != nil && !ok {
		t.Fatal(err)
	}
	if err == nil && s.Triangles() == 0 {
		t.Fatal("nothing, and no error")
	}
}

func TestEverything(t *testing.T) {
	if s := mustRead(t, everything().glb(), nil); s.Triangles() != 6 {
		t.Errorf("%d triangles", s.Triangles())
	}
}

func FuzzRead(f *testing.F) {
	b := everything()
	f.Add(b.glb())
	f.Add(b.json(true))
	f.Add([]byte(`{"asset":{"version":"2.0"},"nodes":[{"children":[0]}]}`))
	f.Fuzz(checkFuzzed)
}

// FuzzNumbers changes two numbers of a whole document and some of its data, which
// bytes changed at random seldom leave readable.
func FuzzNumbers(f *testing.F) {
	b := everything()
	text, bin := b.json(false), b.bin
	var places [][2]int
	for i := 0; i < len(text); i++ {
		if n := digits(text[i:]); n > 0 {
			places = append(places, [2]int{i, i + n})
			i += n
		}
	}
	f.Add(uint(3), "-1", uint(5), "4", uint16(0), byte(1))
	f.Add(uint(9), "9223372036854775807", uint(1), "0", uint16(48), byte(0xff))
	f.Fuzz(func(t *testing.T, first uint, a string, second uint, c string, at uint16, value byte) {
		p, q := places[first%uint(len(places))], places[second%uint(len(places))]
		if q[0] < p[0] {
			p, q = q, p
		}
		if p == q {
			return
		}
		changed := string(text[:p[0]]) + a + string(text[p[1]:q[0]]) + c + string(text[q[1]:])
		data := append([]byte(nil), bin...)
		data[int(at)%len(data)] = value
		checkFuzzed(t, glb([]byte(changed), data))
	})
}

// digits is the length of the number at b's front.
func digits(b []byte) int {
	n := 0
	for n < len(b) && (b[n] >= '0' && b[n] <= '9' || b[n] == '.') {
		n++
	}
	return n
}
