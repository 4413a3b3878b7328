// Package material guesses what a part is made of, for its density and contact
// behaviour. The numbers are common handbook values for the bulk material; a guess
// always says what it rests on.
package material

import (
	"strings"
	"unicode"

	"simdrop/internal/engine/scene"
)

// Substance is a physical material.
type Substance struct {
	Name        string
	Density     float64 // kg/m³
	Static      float64 // friction coefficients
	Dynamic     float64
	Restitution float64 // 0 to 1
}

// Basis is what a guess rests on.
type Basis string

// The bases, surest first.
const (
	ByName   Basis = "name"    // a word of the material's or part's name
	ByFactor Basis = "factor"  // a stated metallic or transparent surface
	Default  Basis = "default" // nothing: plastic
)

var table = []struct {
	Substance
	words string
}{
	{Substance{"rubber", 1100, .9, .8, .6}, "rubber tire tires tyre tyres latex neoprene"},
	{Substance{"glass", 2500, .5, .4, .3}, "glass pane windshield windscreen"},
	{Substance{"wood", 650, .5, .4, .3}, "wood wooden timber oak pine plywood walnut birch beech mahogany bamboo driftwood"},
	{Substance{"steel", 7850, .6, .45, .2}, "steel iron metal chrome inox stainless"},
	{Substance{"aluminium", 2700, .5, .4, .2}, "aluminium aluminum alu dural"},
	{Substance{"ceramic", 2400, .5, .4, .2}, "ceramic ceramics porcelain earthenware terracotta"},
	{Substance{"fabric", 350, .7, .6, .05}, "fabric cloth cotton textile linen wool velvet felt denim canvas upholstery"},
	{Substance{"cardboard", 250, .5, .4, .1}, "cardboard carton paperboard"},
	{Substance{"stone", 2500, .7, .6, .1}, "stone marble granite concrete brick slate rock sandstone limestone"},
	{Substance{"plastic", 1000, .4, .3, .3}, "plastic plastics abs pvc nylon acrylic polymer polypropylene polycarbonate polyethylene"},
}

var byWord = func() map[string]Substance {
	m := map[string]Substance{}
	for _, row := range table {
		for _, w := range strings.Fields(row.words) {
			m[w] = row.Substance
		}
	}
	return m
}()

// Named returns the substance of that name.
func Named(name string) (Substance, bool) {
	s, ok := byWord[name]
	return s, ok && s.Name == name
}

// Guess looks for a word it knows in the names, the first name first, then at the
// surface (which may be nil), and else takes plastic.
//
// Only whole words count: "iron" is in "environment". A metallic factor counts
// only where the file states it and no texture overrides it, since glTF's default
// of 1 means nothing.
func Guess(m *scene.Material, names ...string) (Substance, Basis) {
	for _, n := range names {
		for _, w := range words(n) {
			if s, ok := byWord[w]; ok {
				return s, ByName
			}
		}
	}
	if m != nil {
		if m.MetallicSet && m.Metallic >= 0.9 && m.MetalRoughTex == nil {
			return byWord["steel"], ByFactor
		}
		if m.AlphaMode == scene.Blend && m.Opacity < 0.5 && m.BaseColorTex == nil && m.OpacityTex == nil {
			return byWord["glass"], ByFactor
		}
	}
	return byWord["plastic"], Default
}

// words splits a name at everything that is no letter, and where a small letter
// is followed by a capital.
func words(name string) []string {
	var out []string
	var w strings.Builder
	flush := func() {
		if w.Len() > 0 {
			out = append(out, strings.ToLower(w.String()))
			w.Reset()
		}
	}
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) || (small && unicode.IsUpper(r)) {
			flush()
		}
		if unicode.IsLetter(r) {
			w.WriteRune(r)
		}
		small = unicode.IsLower(r)
	}
	flush()
	return out
}
