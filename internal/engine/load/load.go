// Package load opens an asset for the local engine: by its file name it chooses
// the reader, and it finds the companions, in a ZIP or in a folder.
//
// Everything is bounded by Limits. What is the asset's fault comes back as a
// *scene.InputError, told so that an artist understands it; other errors are the
// disk's or ours. FBX is read where the assimp command is installed.
package load

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"simdrop/internal/engine/assimp"
	"simdrop/internal/engine/gltf"
	"simdrop/internal/engine/obj"
	"simdrop/internal/engine/ply"
	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/stl"
)

// Limits bound what is read; zero fields mean the defaults stated there.
type Limits = scene.Limits

// readers are the formats read, by extension.
var readers = map[string]func(context.Context, scene.Source) (*scene.Scene, error){
	".glb":  gltf.Read,
	".gltf": gltf.Read,
	".obj":  obj.Read,
	".stl":  stl.Read,
	".ply":  ply.Read,
}

const readable = "The local engine reads .glb, .gltf, .obj, .stl and .ply, or a .zip with one of them and its companions."

// Open reads the asset in the file at name, which was called filename when it
// was uploaded. Only that one file is read: companions come from within a ZIP,
// and what lies beside a bare .gltf or .obj is not looked at.
func Open(ctx context.Context, name, filename string, limits Limits) (*scene.Scene, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	filename = baseName(filename)
	if extension(filename) == ".zip" {
		return openZip(ctx, f, info.Size(), filename, limits.WithDefaults())
	}
	read, err := reader(filename)
	if err != nil {
		return nil, err
	}
	return read(ctx, scene.Source{Name: filename, Size: info.Size(), Reader: f, Limits: limits})
}

// OpenFS reads the primary, a slash path within fsys, with its companions from
// anywhere in fsys.
func OpenFS(ctx context.Context, fsys fs.FS, primary string, limits Limits) (*scene.Scene, error) {
	read, err := reader(primary)
	if err != nil {
		return nil, err
	}
	limits = limits.WithDefaults()
	tree, err := listFS(fsys, limits)
	if err != nil {
		return nil, err
	}
	f, err := fsys.Open(primary)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return read(ctx, scene.Source{
		Name:       path.Base(primary),
		Size:       info.Size(),
		Reader:     f,
		Companions: tree.from(path.Dir(primary)),
		Limits:     limits,
	})
}

func reader(filename string) (func(context.Context, scene.Source) (*scene.Scene, error), error) {
	ext := extension(filename)
	if read := readers[ext]; read != nil {
		return read, nil
	}
	if tool := assimp.Find(); ext == ".fbx" && tool != "" {
		return func(ctx context.Context, src scene.Source) (*scene.Scene, error) {
			return assimp.Read(ctx, tool, src)
		}, nil
	}
	return nil, &scene.InputError{Reason: unsupported(filename, ext)}
}

func unsupported(filename, ext string) string {
	switch ext {
	case ".fbx":
		return "Unsupported format: .fbx. FBX needs a cloud provider, or assimp installed on this computer. " + readable
	case "":
		return fmt.Sprintf("Unsupported format: %s has no extension. %s", filename, readable)
	}
	return fmt.Sprintf("Unsupported format: %.20s. %s", ext, readable)
}

func extension(name string) string { return strings.ToLower(path.Ext(baseName(name))) }

// baseName is a name without its folders, in either system's form.
func baseName(name string) string {
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}
