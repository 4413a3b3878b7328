package obj

import (
	"bytes"
	"math"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// entry is a material as its library states it.
type entry struct {
	name        string
	library     string // the name the OBJ calls the library: its maps lie beside it
	color       [3]float64
	hasColor    bool
	emissive    [3]float64
	shininess   float64 // Ns, -1 when not stated
	roughness   float64 // Pr, -1 when not stated
	metallic    float64 // Pm, -1 when not stated
	dissolve    float64 // d, -1 when not stated
	transparent float64 // Tr, -1 when not stated
	maps        map[string]statement
}

// parseMTL reads a material library. Statements it does not know are passed over:
// the format has many that only one renderer means.
func parseMTL(library string, data []byte, into map[string]*entry) error {
	lines := text.NewLines(bytes.NewReader(data))
	lines.Join = true
	var e *entry
	for {
		line, ok := lines.Next()
		if !ok {
			return text.Wrap(library, lines.Err())
		}
		f := text.Fields(line)
		word := bytes.ToLower(f.Word())
		if string(word) == "newmtl" {
			e = &entry{
				name: string(f.Rest()), library: library, color: [3]float64{1, 1, 1},
				shininess: -1, roughness: -1, metallic: -1, dissolve: -1, transparent: -1,
				maps: map[string]statement{},
			}
			if _, taken := into[e.name]; !taken {
				into[e.name] = e
			}
			continue
		}
		if e != nil {
			e.statement(string(word), f)
		}
	}
}

func (e *entry) statement(word string, f text.Fields) {
	switch word {
	case "kd":
		e.hasColor = rgb(&e.color, f) || e.hasColor
	case "ke":
		rgb(&e.emissive, f)
	case "ns":
		scalar(&e.shininess, f)
	case "pr":
		scalar(&e.roughness, f)
	case "pm":
		scalar(&e.metallic, f)
	case "d":
		if bytes.HasPrefix(f.Rest(), []byte("-halo")) {
			f.Word()
		}
		scalar(&e.dissolve, f)
	case "tr":
		scalar(&e.transparent, f)
	default:
		if kind := mapKinds[word]; kind != "" {
			if s := parseMap(f); s.file != "" {
				if _, taken := e.maps[kind]; !taken || word == "norm" {
					e.maps[kind] = s
				}
			}
		}
	}
}

// rgb reads a colour; one number stands for all three.
func rgb(to *[3]float64, f text.Fields) bool {
	var v [3]float64
	n := 0
	for n < 3 {
		x, ok := f.Float()
		if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
			break
		}
		v[n] = max(x, 0)
		n++
	}
	switch n {
	case 1:
		*to = [3]float64{v[0], v[0], v[0]}
	case 3:
		*to = v
	}
	return n == 1 || n == 3
}

func scalar(to *float64, f text.Fields) {
	if v, ok := f.Float(); ok && !math.IsNaN(v) && !math.IsInf(v, 0) {
		*to = max(v, 0)
	}
}

// opacity is d, or 1 - Tr. Tr 1 alone, fully transparent, is what some exporters
// write for an opaque material.
func (e *entry) opacity() (value float64, doubtful bool) {
	switch {
	case e.dissolve >= 0:
		return min(e.dissolve, 1), false
	case e.transparent >= 1:
		return 1, true
	case e.transparent >= 0:
		return 1 - e.transparent, false
	}
	return 1, false
}

// values gives the material but its textures.
func (e *entry) values(out *scene.Scene) scene.Material {
	m := scene.NewMaterial(e.name)
	m.BaseColor, m.Emissive = e.color, e.emissive
	m.Roughness = 0.5
	switch {
	case e.roughness >= 0:
		m.Roughness = min(e.roughness, 1)
	case e.shininess >= 0:
		// The roughness whose microfacets spread like a Blinn-Phong lobe of this exponent.
		m.Roughness = math.Sqrt(2 / (e.shininess + 2))
	}
	if e.metallic >= 0 {
		m.Metallic, m.MetallicSet = min(e.metallic, 1), true
	}
	var doubtful bool
	if m.Opacity, doubtful = e.opacity(); doubtful {
		out.Warn("material %s says Tr 1, which would make it invisible: taken as opaque", e.name)
	}
	if m.Opacity < 1 {
		m.AlphaMode = scene.Blend
	}
	return m
}
