// Package gltf reads glTF 2.0 and GLB into a scene: the file's rest pose as
// triangles, with metallic-roughness materials and the images they use.
//
// It follows Khronos' glTF 2.0 specification. What cannot be read and would
// change the shape (Draco, meshopt, glTF 1.0, unknown required extensions) is
// refused by name; what only changes the looks is left out with a warning.
//
// glTF's v axis points down and USD's up: texture coordinates become 1-v, and
// KHR_texture_transform is rewritten to mean the same in that frame.
package gltf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"simdrop/internal/engine/scene"
)

// Read reads a .gltf or .glb file; which of them, its first bytes say.
//
// The scene is Y-up in metres, as the specification fixes. Parts are the
// triangle primitives of each node, in the order of the node tree; their Group
// counts the nodes that have a mesh. No two parts share memory.
func Read(ctx context.Context, src scene.Source) (*scene.Scene, error) {
	data, err := src.ReadPrimary()
	if err != nil {
		return nil, err
	}
	text, bin, err := split(src.Name, data)
	if err != nil {
		return nil, err
	}
	doc, err := parse(src.Name, text)
	if err != nil {
		return nil, err
	}
	r := &reader{
		ctx:    ctx,
		src:    src,
		limits: src.Limits.WithDefaults(),
		doc:    doc,
		bin:    bin,
		total:  len(data),
		out:    &scene.Scene{Up: scene.Y, MetersPerUnit: 1},
	}
	if err := r.checkExtensions(); err != nil {
		return nil, err
	}
	if err := r.readNodes(); err != nil {
		return nil, err
	}
	if err := r.out.Finish(src.Name, src.Limits); err != nil {
		return nil, r.explainEmpty(err)
	}
	return r.out, nil
}

// reader holds what one Read needs.
type reader struct {
	ctx    context.Context
	src    scene.Source
	limits scene.Limits
	doc    *document
	bin    []byte // the GLB's binary chunk
	total  int    // bytes of input read so far: bounds what may be made of nothing
	out    *scene.Scene

	buffers   map[int][]byte
	accessors map[int]elements
	materials map[int]int // document's to the scene's
	images    map[int]int // -1: cannot be used
	uvSets    map[int]int // of a material: the texture coordinates it uses
	vertices  int
	triangles int
	skipped   bool // lines or points were left out
}

// explainEmpty says why nothing was left of a file of lines or points.
func (r *reader) explainEmpty(err error) error {
	if _, ok := errors.AsType[*scene.InputError](err); ok && r.skipped && r.out.Triangles() == 0 {
		return scene.Refuse("%s holds no triangles, only lines or points", r.src.Name)
	}
	return err
}

// maxObjects bounds the JSON objects of a document: each takes more memory than
// its text.
const maxObjects = 1_000_000

func parse(name string, text []byte) (*document, error) {
	objects := 0
	for _, c := range text {
		if c == '{' {
			objects++
		}
	}
	if objects > maxObjects {
		return nil, scene.Refuse("%s is too large for the local engine: more than %d JSON objects", name, maxObjects)
	}
	doc := new(document)
	err := json.Unmarshal(text, doc)
	if err == nil {
		return doc, checkVersion(name, doc.Asset)
	}
	// glTF 1.0 keeps its lists as objects, so that it fails above: say what it is.
	var head struct{ Asset assetInfo }
	if json.Unmarshal(text, &head) == nil && head.Asset.Version != "" {
		if err := checkVersion(name, head.Asset); err != nil {
			return nil, err
		}
	}
	return nil, scene.Refuse("%s is damaged: its JSON cannot be read: %s", name, jsonReason(err))
}

func jsonReason(err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("%s, at byte %d", e.Error(), e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s is a %s, at byte %d", e.Field, e.Value, e.Offset)
	}
	return err.Error()
}

func checkVersion(name string, a assetInfo) error {
	version := string(a.Version)
	if min := string(a.MinVersion); min != "" {
		version = min
	}
	if version == "" || version == "2.0" || (a.MinVersion == "" && len(version) > 2 && version[:2] == "2.") {
		return nil
	}
	return scene.Refuse("%s is glTF %.20s; the local engine reads glTF 2.0", name, version)
}
