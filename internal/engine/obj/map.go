package obj

import (
	"strings"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// mapKinds gives what each texture statement of a material library is for.
var mapKinds = map[string]string{
	"map_kd": "color", "map_ke": "emissive", "map_emissive": "emissive", "map_d": "opacity", "map_opacity": "opacity",
	"map_pr": "roughness", "map_pm": "metallic",
	"map_bump": "bump", "bump": "bump", "norm": "normal", "map_kn": "normal", "map_norm": "normal",
	"disp": "other", "map_disp": "other", "decal": "other", "refl": "other", "map_refl": "other", "map_ks": "other", "map_ns": "other",
}

// statement is a texture statement: its file and its options.
type statement struct {
	file      string
	scale     [2]float64
	offset    [2]float64
	clamp     bool
	bumpScale float64
}

// optionArgs is the number of arguments of each option; -o, -s and -t take one to
// three numbers.
var optionArgs = map[string]int{
	"-blendu": 1, "-blendv": 1, "-boost": 1, "-cc": 1, "-clamp": 1, "-bm": 1,
	"-imfchan": 1, "-texres": 1, "-type": 1, "-mm": 2, "-o": 3, "-s": 3, "-t": 3,
}

// parseMap reads the options before, and by some exporters behind, the file
// name, which may hold blanks.
func parseMap(f text.Fields) statement {
	s := statement{scale: [2]float64{1, 1}, bumpScale: 1}
	var file []string
	for {
		blanks := text.Fields(f)
		word := string(f.Word())
		if word == "" {
			break
		}
		args, isOption := optionArgs[strings.ToLower(word)]
		if !isOption {
			// The gap before a word is part of the name: keep it as written.
			gap := string(blanks[:len(blanks)-len(f)-len(word)])
			if len(file) == 0 {
				gap = ""
			}
			file = append(file, gap+word)
			continue
		}
		s.option(strings.ToLower(word), args, &f)
	}
	s.file = strings.ReplaceAll(strings.Join(file, ""), `\`, "/")
	return s
}

func (s *statement) option(word string, args int, f *text.Fields) {
	switch word {
	case "-o", "-s", "-t":
		v := [3]float64{0, 0, 0}
		n := 0
		for n < args {
			x, ok := f.Float()
			if !ok {
				break
			}
			v[n] = x
			n++
		}
		switch {
		case word == "-o" && n > 0:
			s.offset = [2]float64{v[0], v[1]}
		case word == "-s" && n == 1:
			s.scale[0] = v[0]
		case word == "-s" && n > 1:
			s.scale = [2]float64{v[0], v[1]}
		}
	case "-bm":
		if x, ok := f.Float(); ok {
			s.bumpScale = x
		}
	case "-clamp":
		s.clamp = strings.EqualFold(string(f.Word()), "on")
	default:
		for range args {
			f.Word()
		}
	}
}

// texture gives the place of an image on the surface as the options say.
func (s *statement) texture(image int) *scene.Texture {
	t := &scene.Texture{Image: image, Scale: s.scale, Translate: s.offset}
	t.HasTransform = s.scale != [2]float64{1, 1} || s.offset != [2]float64{}
	if s.clamp {
		t.WrapS, t.WrapT = scene.Clamp, scene.Clamp
	}
	return t
}
