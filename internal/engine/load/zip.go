package load

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"simdrop/internal/engine/scene"
)

// primaries are the extensions that make a file in a ZIP its primary, read or not.
var primaries = map[string]bool{
	".glb": true, ".gltf": true, ".obj": true, ".stl": true, ".ply": true,
	".fbx": true, ".usd": true, ".usda": true, ".usdc": true, ".usdz": true,
}

// smallEnough is what a ZIP may unpack to at any ratio.
const smallEnough = 64 << 20

// openZip reads the one primary of an archive straight from it: nothing is
// written to disk.
func openZip(ctx context.Context, r io.ReaderAt, size int64, filename string, limits Limits) (*scene.Scene, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, scene.Refuse("%s is not a ZIP file, or is damaged: %s", filename, strings.TrimPrefix(err.Error(), "zip: "))
	}
	files, err := vet(archive, size, filename, limits)
	if err != nil {
		return nil, err
	}
	t := newTree(limits)
	var found []string
	for _, f := range files {
		t.add(f.name, f.open)
		if primaries[extension(f.name)] {
			found = append(found, f.name)
		}
	}
	primary, err := onePrimary(filename, found)
	if err != nil {
		return nil, err
	}
	read, err := reader(primary)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(files, func(f member) bool { return f.name == primary })
	content, err := files[i].open()
	if err != nil {
		return nil, blame(primary, err)
	}
	defer content.Close()
	s, err := read(ctx, scene.Source{
		Name:       path.Base(primary),
		Size:       int64(files[i].file.UncompressedSize64),
		Reader:     content,
		Companions: t.from(path.Dir(primary)),
		Limits:     limits,
	})
	return s, blame(primary, err)
}

func onePrimary(filename string, found []string) (string, error) {
	switch len(found) {
	case 0:
		return "", scene.Refuse("%s holds no 3D asset. %s", filename, readable)
	case 1:
		return found[0], nil
	}
	few := strings.Join(found[:min(len(found), 4)], ", ")
	return "", scene.Refuse("%s holds %d assets (%.300s): put one in each ZIP", filename, len(found), few)
}

// member is one vetted file of an archive.
type member struct {
	name string
	file *zip.File
}

func (m member) open() (io.ReadCloser, error) { return m.file.Open() }

// vet checks every entry and gives the files that count, sorted by their clean
// slash paths.
func vet(archive *zip.Reader, packed int64, filename string, limits Limits) ([]member, error) {
	if len(archive.File) > limits.ZipEntries {
		return nil, scene.Refuse("%s has %d entries, the limit is %d", filename, len(archive.File), limits.ZipEntries)
	}
	var files []member
	var unpacked uint64
	for _, f := range archive.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasSuffix(name, "/") || junk(name) {
			continue
		}
		if err := vetEntry(f, name, filename); err != nil {
			return nil, err
		}
		// Sizes are foreign: compare before adding, so that the sum cannot overflow.
		if f.UncompressedSize64 > uint64(limits.PrimaryBytes+limits.CompanionBytes)-unpacked {
			return nil, scene.Refuse("%s unpacks to more than %d MB", filename, (limits.PrimaryBytes+limits.CompanionBytes)>>20)
		}
		unpacked += f.UncompressedSize64
		files = append(files, member{path.Clean(name), f})
	}
	if unpacked > smallEnough && unpacked > uint64(packed)*uint64(limits.ZipRatio) {
		return nil, scene.Refuse("%s unpacks to more than %d times its size, as only a ZIP bomb does", filename, limits.ZipRatio)
	}
	slices.SortStableFunc(files, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(files); i++ {
		if files[i].name == files[i-1].name {
			return nil, scene.Refuse("%s holds %s twice", filename, files[i].name)
		}
	}
	return files, nil
}

func vetEntry(f *zip.File, name, filename string) error {
	switch {
	case f.Flags&1 != 0:
		return scene.Refuse("%s is encrypted", filename)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return scene.Refuse("%s packs %s by a method the local engine cannot read: make the ZIP with Deflate", filename, name)
	case !f.Mode().IsRegular():
		return scene.Refuse("%s holds %s, which is a link or a device", filename, name)
	case path.IsAbs(name), len(name) > 1 && name[1] == ':', strings.ContainsRune(name, 0),
		path.Clean(name) == "..", strings.HasPrefix(path.Clean(name), "../"):
		return scene.Refuse("%s holds a file outside its own folder: %q", filename, name)
	}
	return nil
}

// junk is what file managers add to archives.
func junk(name string) bool {
	base := strings.ToLower(path.Base(name))
	return strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/") ||
		strings.HasPrefix(base, "._") || base == ".ds_store" || base == "thumbs.db" || base == "desktop.ini"
}

// blame makes the archive's own errors, of which there are many kinds, the asset's
// fault; the disk's and a cancelled context are not.
func blame(name string, err error) error {
	_, input := errors.AsType[*scene.InputError](err)
	_, disk := errors.AsType[*fs.PathError](err)
	if err == nil || input || disk || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return scene.Refuse("%s is damaged in its ZIP: %v", name, err)
}
