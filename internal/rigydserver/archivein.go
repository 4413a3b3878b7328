package rigydserver

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"simdrop/internal/asset"
)

// Bounds of what an uploaded archive may hold.
const (
	maxArchiveFiles = 10000
	maxArchiveDir   = 4 << 20 // bytes of directory that are read; each entry costs memory
)

// archiveInfo is input.metadata of a job whose upload was a ZIP.
type archiveInfo struct {
	Primary  string   `json:"primary_file"`
	Textures []string `json:"textures"`
	Tree     []string `json:"tree"`
}

var textureTypes = []string{".png", ".jpg", ".jpeg", ".webp", ".tga", ".bmp", ".tif", ".tiff", ".exr", ".hdr", ".dds", ".ktx2"}

// inspectArchive applies the documented rule: exactly one primary file. The
// layers that a USD refers to are USD files too; they are told from the primary
// by lying deeper, else by the primary's referring to them. Formats that can stand alone (.glb, .stl, .ply, .fbx) count
// only where no .obj, .gltf or .usd is.
func inspectArchive(file string, formats []string) (*archiveInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, err := zip.NewReader(&boundedReaderAt{f, maxArchiveDir}, st.Size())
	if err != nil {
		return nil, refuse(400, "The archive cannot be read: it is damaged, not a ZIP file or holds too many files")
	}
	if len(r.File) > maxArchiveFiles {
		return nil, refuse(400, "The archive holds more than %d files", maxArchiveFiles)
	}
	info := &archiveInfo{Textures: []string{}, Tree: []string{}}
	var documented, alone []string
	for _, f := range r.File {
		if !f.Mode().IsRegular() || clutter(f.Name) {
			continue
		}
		if !localName(f.Name) {
			return nil, refuse(400, "The archive holds a file with an unsafe name: %q", f.Name)
		}
		info.Tree = append(info.Tree, f.Name)
		switch ext := strings.ToLower(path.Ext(f.Name)); ext {
		case ".obj", ".gltf", ".usd", ".usda":
			documented = append(documented, f.Name)
		case ".glb", ".stl", ".ply", ".fbx", ".usdc":
			alone = append(alone, f.Name)
		default:
			if slices.Contains(textureTypes, ext) {
				info.Textures = append(info.Textures, f.Name)
			}
		}
	}
	if len(documented) == 0 {
		documented = alone
	}
	top := topLayers(documented)
	if len(top) > 1 && allUSD(top) {
		if top, err = referringLayer(f, st.Size()); err != nil {
			return nil, err
		}
	}
	if len(top) != 1 {
		return nil, errArchive
	}
	documented = top
	info.Primary = documented[0]
	return info, checkFormat(info.Primary, formats)
}

// boundedReaderAt gives so many bytes in all and then fails.
type boundedReaderAt struct {
	r    io.ReaderAt
	left int
}

func (b *boundedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, zip.ErrFormat
	}
	return b.r.ReadAt(p, off)
}

// topLayers keeps, of files that are all USD, those that lie shallowest.
func topLayers(names []string) []string {
	if !allUSD(names) {
		return names
	}
	depth := func(n string) int { return strings.Count(n, "/") }
	least := -1
	for _, n := range names {
		if least < 0 || depth(n) < least {
			least = depth(n)
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return depth(n) > least })
}

func allUSD(names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(strings.ToLower(path.Ext(n)), ".usd") })
}

// referringLayer is the layer that no other in the archive refers to, none where
// that does not tell.
func referringLayer(f *os.File, size int64) ([]string, error) {
	name, err := asset.PrimaryInZIP(context.Background(), f, size)
	if _, invalid := errors.AsType[*asset.InvalidError](err); invalid {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []string{name}, nil
}

// clutter names what archivers add on their own.
func clutter(name string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), "._") || path.Base(name) == ".DS_Store"
}

// localName says that name is a clean slash path that stays inside.
func localName(name string) bool {
	return name != "" && name != "." && path.Clean(name) == name && !path.IsAbs(name) &&
		name != ".." && !strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\\\x00")
}

// checkFormat refuses a file by its extension.
func checkFormat(name string, formats []string) error {
	ext := strings.ToLower(path.Ext(name))
	if ext != "" && slices.Contains(formats, ext[1:]) {
		return nil
	}
	return refuse(400, "Unsupported format: %s. Allowed: %s", ext, strings.Join(formats, ", "))
}
