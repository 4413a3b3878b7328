package obj

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"simdrop/internal/engine/scene"
)

// readMaterials reads the libraries and gives each material in use its values. A
// material that no library has keeps its name: it may still say what it is made of.
func (p *parser) readMaterials() error {
	used := false
	for i := range p.out.Parts {
		used = used || p.out.Parts[i].Material >= 0
	}
	if !used {
		return nil
	}
	entries, err := p.readLibraries()
	if err != nil {
		return err
	}
	numbers := map[int]int{}
	images := map[string]int{}
	for i := range p.out.Parts {
		part := &p.out.Parts[i]
		if part.Material < 0 {
			continue
		}
		number, ok := numbers[part.Material]
		if !ok {
			number = len(p.out.Materials)
			numbers[part.Material] = number
			name := p.nameList[part.Material+1]
			m := scene.NewMaterial(name)
			m.Roughness = 0.5
			if e := entries[name]; e != nil {
				if m, err = p.material(e, images); err != nil {
					return err
				}
			} else if len(entries) > 0 {
				p.out.Warn("material %s is in no material library", name)
			}
			p.out.Materials = append(p.out.Materials, m)
		}
		part.Material = number
	}
	return nil
}

func (p *parser) readLibraries() (map[string]*entry, error) {
	entries := map[string]*entry{}
	read := func(name string) error {
		data, err := p.companion(name)
		if err == nil {
			err = parseMTL(name, data, entries)
		}
		return err
	}
	for _, statement := range p.libraries {
		// One name with blanks in it, else several names.
		err := read(statement)
		if errors.Is(err, fs.ErrNotExist) {
			for _, name := range strings.Fields(statement) {
				if err = read(name); errors.Is(err, fs.ErrNotExist) {
					p.out.Warn("material library %s is missing", name)
					err = nil
				}
				if err != nil {
					break
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func (p *parser) companion(name string) ([]byte, error) {
	if p.src.Companions == nil {
		return nil, fs.ErrNotExist
	}
	return p.src.Companions.ReadFile(strings.ReplaceAll(name, `\`, "/"))
}

func (p *parser) material(e *entry, images map[string]int) (scene.Material, error) {
	m := e.values(p.out)
	t := textures{p: p, entry: e, images: images}
	if m.BaseColorTex = t.read("color"); m.BaseColorTex != nil && e.color == [3]float64{} {
		m.BaseColor = [3]float64{1, 1, 1} // exporters write black where the texture is meant
	}
	if m.EmissiveTex = t.read("emissive"); m.EmissiveTex != nil && e.emissive == [3]float64{} {
		m.Emissive = [3]float64{1, 1, 1}
	}
	if m.OpacityTex = t.read("opacity"); m.OpacityTex != nil && m.AlphaMode == scene.Opaque {
		m.AlphaMode = scene.Blend
	}
	kind := "normal"
	if s, ok := e.maps["bump"]; ok && e.maps["normal"].file == "" {
		// A bump map is a height field by the format, and by many exporters a normal map.
		if namesNormals(s.file) {
			kind = "bump"
		} else {
			p.out.Warn("bump map %s is left out: a height field has no place in the result", s.file)
		}
	}
	if m.NormalTex = t.read(kind); m.NormalTex != nil {
		m.NormalScale = e.maps[kind].bumpScale
	}
	t.readMetalRough(&m)
	return m, t.err
}

// namesNormals reports whether a file's name says that it holds normals.
func namesNormals(file string) bool {
	base := strings.ToLower(strings.TrimSuffix(path.Base(file), path.Ext(file)))
	for _, word := range strings.FieldsFunc(base, func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch word {
		case "n", "nm", "nor", "nrm", "norm", "nmap":
			return true
		}
		if strings.Contains(word, "normal") {
			return true
		}
	}
	return false
}

// textures reads the textures of one material.
type textures struct {
	p      *parser
	entry  *entry
	images map[string]int // of the whole scene, by the name they were found under
	err    error
}

func (t *textures) read(kind string) *scene.Texture {
	s, ok := t.entry.maps[kind]
	if !ok || t.err != nil {
		return nil
	}
	image := t.image(s.file)
	if image < 0 {
		return nil
	}
	return s.texture(image)
}

// readMetalRough gives roughness and metallic maps their place: the scene reads
// roughness from green and metallic from blue of one image, so that a grey
// roughness map serves as it is, and with metallic 0 its blue does nothing.
func (t *textures) readMetalRough(m *scene.Material) {
	rough, metal := t.entry.maps["roughness"].file, t.entry.maps["metallic"].file
	switch {
	case rough != "" && (metal == "" || metal == rough):
		if m.MetalRoughTex = t.read("roughness"); m.MetalRoughTex != nil {
			m.Roughness, m.Metallic = 1, 0
			if metal == rough {
				m.Metallic, m.MetallicSet = 1, true
			}
		}
	case rough != "":
		t.p.out.Warn("the roughness and metallic maps of material %s are left out: they are two images", t.entry.name)
	case metal != "":
		t.p.out.Warn("the metallic map of material %s is left out", t.entry.name)
	}
}

// image gives the scene's number of a texture file, -1 when it cannot be used.
// Maps lie beside their library; some tools write them relative to the OBJ.
func (t *textures) image(file string) int {
	name := path.Join(path.Dir(strings.ReplaceAll(t.entry.library, `\`, "/")), file)
	if i, ok := t.images[name]; ok {
		return i
	}
	t.images[name] = -1
	data, err := t.p.companion(name)
	if errors.Is(err, fs.ErrNotExist) && name != file {
		data, err = t.p.companion(file)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.p.out.Warn("texture %s is missing", file)
		return -1
	case err != nil:
		t.err = err
		return -1
	}
	mime := scene.MimeOf(data)
	if !scene.Readable(mime) {
		t.p.out.Warn("texture %s is left out: it is not PNG, JPEG or WebP", file)
		return -1
	}
	t.images[name] = len(t.p.out.Images)
	t.p.out.Images = append(t.p.out.Images, scene.Image{Name: path.Base(file), Mime: mime, Data: data})
	return t.images[name]
}
