package gltf

import (
	"slices"
	"strings"

	"simdrop/internal/engine/scene"
)

// supported extensions may be required: they are read, or what they add does not
// change the shape and is left out with a warning where the file uses it.
var supported = map[string]bool{
	"KHR_mesh_quantization":               true,
	"KHR_texture_transform":               true,
	"KHR_materials_unlit":                 true,
	"KHR_materials_emissive_strength":     true,
	"KHR_materials_pbrSpecularGlossiness": true,
	"KHR_node_visibility":                 true,
	"EXT_texture_webp":                    true,
	"EXT_mesh_gpu_instancing":             true,
	"KHR_lights_punctual":                 true,
	"EXT_lights_image_based":              true,
	"KHR_materials_variants":              true,
	"KHR_xmp":                             true,
	"KHR_xmp_json_ld":                     true,
	"KHR_animation_pointer":               true,
	"EXT_mesh_features":                   true,
	"EXT_structural_metadata":             true,
}

// unreadable extensions are refused by what they are called in the trade.
var unreadable = map[string]string{
	"KHR_draco_mesh_compression": "Draco mesh compression",
	"EXT_meshopt_compression":    "meshopt compression",
	"KHR_meshopt_compression":    "meshopt compression",
	"KHR_texture_basisu":         "KTX2 textures",
}

// looks are material extensions that only change the appearance.
func looks(extension string) bool {
	return strings.HasPrefix(extension, "KHR_materials_") || strings.HasPrefix(extension, "ADOBE_materials_")
}

func (r *reader) checkExtensions() error {
	for _, name := range r.doc.ExtensionsRequired {
		if supported[name] || looks(name) {
			continue
		}
		return r.refuseExtension(name)
	}
	if len(r.doc.Animations) > 0 {
		r.out.Warn("animations are left out: the rest pose is converted")
	}
	if slices.Contains(r.doc.ExtensionsUsed, "KHR_materials_variants") {
		r.out.Warn("material variants are left out: the default look is converted")
	}
	return nil
}

func (r *reader) refuseExtension(name string) error {
	if what := unreadable[name]; what != "" {
		return scene.Refuse("%s uses %s (%s), which the local engine cannot read", r.src.Name, name, what)
	}
	return scene.Refuse("%s needs the extension %.80s, which the local engine cannot read", r.src.Name, name)
}
