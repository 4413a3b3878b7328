package gltf

import (
	"slices"
	"testing"
)

func TestComponents(t *testing.T) {
	for _, c := range []struct {
		name       string
		kind       int
		data       any
		normalized bool
		want       []float32
	}{
		{"int8", typeInt8, []int8{-128, 64, 127}, false, []float32{-128, 64, 127}},
		{"int8 normalised", typeInt8, []int8{-128, 0, 127}, true, []float32{-1, 0, 1}},
		{"uint8 normalised", typeUint8, []uint8{0, 51, 255}, true, []float32{0, 0.2, 1}},
		{"int16 normalised", typeInt16, []int16{-32768, -32767, 32767}, true, []float32{-1, -1, 1}},
		{"uint16", typeUint16, []uint16{0, 7, 65535}, false, []float32{0, 7, 65535}},
		{"uint16 normalised", typeUint16, []uint16{0, 13107, 65535}, true, []float32{0, 0.2, 1}},
		{"uint32", typeUint32, []uint32{0, 1, 1 << 20}, false, []float32{0, 1, 1 << 20}},
		{"float32", typeFloat32, []float32{-1.5, 0, 3}, true, []float32{-1.5, 0, 3}},
	} {
		data := packed(c.data)
		e := elements{data: data, count: 1, width: 3, stride: len(data), kind: c.kind, normalized: c.normalized}
		near(t, c.name, e.gather(nil, 3), c.want)
	}
}

func TestStride(t *testing.T) {
	b := newBuilder()
	// Positions with an unused number behind each.
	rows := []float32{0, 0, 0, 9, 1, 0, 0, 9, 1, 1, 0, 9}
	position := b.accessor(typeFloat32, "VEC3", 3, packed(rows)[:44])
	b.doc["bufferViews"].(list)[0].(object)["byteStride"] = 16
	b.mesh(object{"attributes": object{"POSITION": position}})
	s := mustRead(t, b.glb(), nil)
	near(t, "strided", s.Parts[0].Points, []float32{0, 0, 0, 1, 0, 0, 1, 1, 0})
}

func TestSparse(t *testing.T) {
	for _, base := range []bool{true, false} {
		b := newBuilder()
		position := b.floats("VEC3", 0, 0, 0, 1, 0, 0, 1, 1, 0)
		a := b.doc["accessors"].(list)[position].(object)
		want := []float32{0, 0, 0, 1, 0, 0, 5, 6, 7}
		if !base {
			delete(a, "bufferView")
			want = []float32{0, 0, 0, 0, 0, 0, 5, 6, 7}
		}
		a["sparse"] = object{
			"count":   1,
			"indices": object{"bufferView": b.view([]byte{2}), "componentType": typeUint8},
			"values":  object{"bufferView": b.view(packed([]float32{5, 6, 7}))},
		}
		b.mesh(object{"attributes": object{"POSITION": position}})
		near(t, "sparse", mustRead(t, b.glb(), nil).Parts[0].Points, want)
	}
}

// TestSharedVertices: a primitive that uses few vertices of a large list gets
// only those.
func TestSharedVertices(t *testing.T) {
	for _, total := range []int{6, 1000} {
		points := make([]float32, 3*total)
		for i := range points {
			points[i] = float32(i)
		}
		b := newBuilder()
		b.mesh(object{
			"attributes": object{"POSITION": b.floats("VEC3", points...)},
			"indices":    b.indices(5, 3, 1),
		})
		p := mustRead(t, b.glb(), nil).Parts[0]
		near(t, "used", p.Points, []float32{3, 4, 5, 9, 10, 11, 15, 16, 17})
		if !slices.Equal(p.Indices, []uint32{2, 1, 0}) {
			t.Errorf("indices: %v", p.Indices)
		}
	}
}
