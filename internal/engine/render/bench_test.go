package render_test

import (
	"context"
	"testing"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/render"
	"simdrop/internal/engine/scene"
)

func BenchmarkThumbnailOfABox(b *testing.B) {
	p := boxProp(b, geom.Vec{1, 1, 1})
	for b.Loop() {
		if _, err := render.Thumbnail(context.Background(), p); err != nil {
			b.Fatal(err)
		}
	}
}

// boxProp is a box standing on the ground.
func boxProp(t testing.TB, size geom.Vec) *prop.Prop {
	t.Helper()
	part := scene.Part{Transform: scene.Identity, Material: 0, Name: "box"}
	for i := range 8 {
		for k := range 3 {
			part.Points = append(part.Points, float32(size[k]*float64(i>>k&1)))
		}
	}
	for _, q := range [6][4]uint32{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		part.Indices = append(part.Indices, q[0], q[1], q[2], q[0], q[2], q[3])
	}
	m := scene.NewMaterial("red plastic")
	m.BaseColor, m.Roughness = [3]float64{0.6, 0.05, 0.05}, 0.4
	p, err := prop.Build(context.Background(), &scene.Scene{Up: scene.Z, MetersPerUnit: 1, Parts: []scene.Part{part}, Materials: []scene.Material{m}}, "box", "box.obj")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
