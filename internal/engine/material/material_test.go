package material

import (
	"testing"

	"simdrop/internal/engine/scene"
)

func TestGuess(t *testing.T) {
	metal := &scene.Material{MetallicSet: true, Metallic: 1, Opacity: 1}
	for _, c := range []struct {
		mat   *scene.Material
		names []string
		want  string
		basis Basis
	}{
		{nil, nil, "plastic", Default},
		{nil, []string{"BoxTextured"}, "plastic", Default},     // "box" says nothing about cardboard
		{nil, []string{"environment"}, "plastic", Default},     // iron is in it
		{nil, []string{"Cast_Iron_01"}, "steel", ByName},       //
		{nil, []string{"OakTable"}, "wood", ByName},            // words split at capitals
		{nil, []string{"mat3", "tire.left"}, "rubber", ByName}, // the second name where the first says nothing
		{nil, []string{"glass", "wood"}, "glass", ByName},
		{metal, []string{"body"}, "steel", ByFactor},
		{&scene.Material{Metallic: 1, Opacity: 1}, nil, "plastic", Default}, // glTF's default
		{&scene.Material{MetallicSet: true, Metallic: 1, MetalRoughTex: &scene.Texture{}}, nil, "plastic", Default},
		{&scene.Material{AlphaMode: scene.Blend, Opacity: 0.2}, nil, "glass", ByFactor},
		{metal, []string{"Plastic"}, "plastic", ByName},
	} {
		got, basis := Guess(c.mat, c.names...)
		if got.Name != c.want || basis != c.basis {
			t.Errorf("%v: %s by %s, want %s by %s", c.names, got.Name, basis, c.want, c.basis)
		}
	}
}

func TestEverySubstanceHasItsNameAndSensibleNumbers(t *testing.T) {
	for _, row := range table {
		s, ok := Named(row.Name)
		if !ok || s != row.Substance {
			t.Errorf("%s is not found by its name", row.Name)
		}
		if s.Density <= 0 || s.Dynamic > s.Static || s.Restitution < 0 || s.Restitution > 1 {
			t.Errorf("%+v", s)
		}
	}
}
