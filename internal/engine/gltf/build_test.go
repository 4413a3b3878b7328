package gltf

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"math"
	"testing"

	"simdrop/internal/engine/scene"
)

type object = map[string]any
type list = []any

// builder makes small glTF documents: accessors are appended to one buffer.
type builder struct {
	doc object
	bin []byte
}

func newBuilder() *builder {
	return &builder{doc: object{
		"asset": object{"version": "2.0"}, "accessors": list{}, "bufferViews": list{},
	}}
}

func (b *builder) append(key string, value any) int {
	items, _ := b.doc[key].(list)
	b.doc[key] = append(items, value)
	return len(items)
}

func (b *builder) view(data []byte) int {
	for len(b.bin)%4 != 0 {
		b.bin = append(b.bin, 0)
	}
	v := object{"buffer": 0, "byteOffset": len(b.bin), "byteLength": len(data)}
	b.bin = append(b.bin, data...)
	return b.append("bufferViews", v)
}

func (b *builder) accessor(kind int, shape string, count int, data []byte) int {
	return b.append("accessors", object{
		"bufferView": b.view(data), "componentType": kind, "type": shape, "count": count,
	})
}

func (b *builder) floats(shape string, values ...float32) int {
	return b.accessor(typeFloat32, shape, len(values)/components[shape], packed(values))
}

func (b *builder) indices(values ...uint16) int {
	return b.accessor(typeUint16, "SCALAR", len(values), packed(values))
}

func packed(values any) []byte {
	var w bytes.Buffer
	if err := binary.Write(&w, binary.LittleEndian, values); err != nil {
		panic(err)
	}
	return w.Bytes()
}

// square are the corners of a unit square, counter-clockwise.
var square = []float32{0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}

// mesh adds a mesh of one primitive and a node that shows it.
func (b *builder) mesh(p object) {
	m := b.append("meshes", object{"name": "m", "primitives": list{p}})
	b.append("nodes", object{"name": "n", "mesh": m})
}

func (b *builder) squarePrimitive() object {
	return object{"attributes": object{"POSITION": b.floats("VEC3", square...)}, "indices": b.indices(0, 1, 2, 0, 2, 3)}
}

func (b *builder) json(embed bool) []byte {
	if len(b.bin) > 0 {
		buffer := object{"byteLength": len(b.bin)}
		if embed {
			buffer["uri"] = "data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(b.bin)
		}
		b.doc["buffers"] = list{buffer}
	}
	text, err := json.Marshal(b.doc)
	if err != nil {
		panic(err)
	}
	return text
}

func (b *builder) glb() []byte { return glb(b.json(false), b.bin) }

func glb(text, bin []byte) []byte {
	pad := func(data []byte, with byte) []byte {
		for len(data)%4 != 0 {
			data = append(data, with)
		}
		return data
	}
	text, bin = pad(bytes.Clone(text), ' '), pad(bytes.Clone(bin), 0)
	out := append([]byte("glTF"), packed([]uint32{2, uint32(12 + 8 + len(text) + 8 + len(bin)), uint32(len(text)), chunkJSON})...)
	out = append(append(out, text...), packed([]uint32{uint32(len(bin)), chunkBIN})...)
	return append(out, bin...)
}

// files are companions held in memory.
type files map[string][]byte

func (f files) ReadFile(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return data, nil
	}
	return nil, fs.ErrNotExist
}

func source(data []byte, f files) scene.Source {
	s := scene.Source{Name: "x.glb", Size: int64(len(data)), Reader: bytes.NewReader(data)}
	if f != nil {
		s.Companions = f
	}
	return s
}

func mustRead(t *testing.T, data []byte, f files) *scene.Scene {
	t.Helper()
	s, err := Read(t.Context(), source(data, f))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if math.Abs(float64(got[i]-want[i])) > 1e-6 {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

// jsonAsIs is the document without touching its buffers.
func (b *builder) jsonAsIs() []byte {
	text, err := json.Marshal(b.doc)
	if err != nil {
		panic(err)
	}
	return text
}
