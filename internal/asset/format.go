package asset

import (
	"path"
	"slices"
	"strings"
)

// promptSuffix marks a text file as a prompt: plain .txt files are notes.
const promptSuffix = ".prompt.txt"

// formats are the primaries by extension. What a file holds is not looked at
// here: a name alone must decide whether a file is worth opening.
var formats = map[string]struct {
	format Format
	kind   Kind
}{
	".glb":  {"glb", Models},
	".gltf": {"gltf", Models},
	".fbx":  {"fbx", Models},
	".obj":  {"obj", Models},
	".stl":  {"stl", Models},
	".ply":  {"ply", Models},
	".usd":  {"usd", Models},
	".usda": {"usda", Models},
	".usdc": {"usdc", Models},
	".usdz": {"usdz", Models},
	".zip":  {"zip", Models},
	".jpg":  {"jpg", Images},
	".jpeg": {"jpg", Images},
	".png":  {"png", Images},
	".webp": {"webp", Images},
}

// FormatOf tells by a file's name, in any case and with or without folders,
// whether it can be a primary.
func FormatOf(name string) (Format, Kind, bool) {
	name = base(name)
	if n := len(name) - len(promptSuffix); n > 0 && strings.EqualFold(name[n:], promptSuffix) {
		return "prompt", Prompts, true
	}
	ext := path.Ext(name)
	f, ok := formats[strings.ToLower(ext)]
	if !ok || len(ext) == len(name) {
		return "", "", false
	}
	return f.format, f.kind, true
}

// Accepted tells by a file's name whether it can be a primary of one of kinds.
func Accepted(name string, kinds []Kind) bool {
	_, kind, ok := FormatOf(name)
	return ok && slices.Contains(kinds, kind)
}

// Stem is a file's name without folders and extension: "chair" for
// "/drop/chair.glb" and for "chair.prompt.txt".
func Stem(name string) string {
	name = base(name)
	if n := len(name) - len(promptSuffix); n > 0 && strings.EqualFold(name[n:], promptSuffix) {
		return name[:n]
	}
	if ext := path.Ext(name); len(ext) < len(name) {
		return name[:len(name)-len(ext)]
	}
	return name
}

// base is the last part of a path in either form: names come from disks, from
// archives and from other systems' files.
func base(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// companionFormat is the format by which a file is read or judged when it is
// reached through a reference: its extension, in lower case and without the dot.
func companionFormat(name string) Format {
	if f, _, ok := FormatOf(name); ok {
		return f
	}
	return Format(strings.ToLower(strings.TrimPrefix(path.Ext(base(name)), ".")))
}
