package load

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"simdrop/internal/engine/scene"
)

// tree is the files around a primary, found by the names an asset calls them.
type tree struct {
	open   map[string]func() (io.ReadCloser, error)
	folded map[string]string // folded path to path
	tails  map[string]string // folded base name to the only path with it, "" when there are several
	limits scene.Limits
	left   int64 // bytes of companions that may still be read
}

func newTree(limits scene.Limits) *tree {
	return &tree{
		open:   map[string]func() (io.ReadCloser, error){},
		folded: map[string]string{},
		tails:  map[string]string{},
		limits: limits,
		left:   limits.CompanionBytes,
	}
}

// add takes a file by its clean slash path; call it in sorted order, so that of
// names that differ only in case the first wins every time.
func (t *tree) add(name string, open func() (io.ReadCloser, error)) {
	t.open[name] = open
	key := fold(name)
	if _, taken := t.folded[key]; !taken {
		t.folded[key] = name
	}
	base := path.Base(key)
	if _, taken := t.tails[base]; taken {
		name = ""
	}
	t.tails[base] = name
}

// fold makes names comparable across file systems: case and accents' form.
func fold(name string) string { return strings.ToLower(norm.NFC.String(name)) }

// listFS takes all files of fsys.
func listFS(fsys fs.FS, limits scene.Limits) (*tree, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if len(names) >= limits.ZipEntries {
			return scene.Refuse("the asset has more than %d files", limits.ZipEntries)
		}
		if d.Type().IsRegular() {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	t := newTree(limits)
	for _, name := range names {
		t.add(name, func() (io.ReadCloser, error) { return fsys.Open(name) })
	}
	return t, nil
}

// from gives the companions of a primary that lies in folder.
func (t *tree) from(folder string) scene.Companions { return companions{t, folder} }

type companions struct {
	tree   *tree
	folder string
}

// ReadFile finds a companion: by its exact path, by its folded path, by the
// longest tail of a path from another computer, at last by its base name where
// only one file has it.
func (c companions) ReadFile(name string) ([]byte, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	found := c.find(name)
	if found == "" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return c.tree.read(found)
}

func (c companions) find(name string) string {
	for tail := name; ; {
		full := path.Join(c.folder, tail) // cleans; a climb above the root stays ".." and matches nothing
		if c.tree.open[full] != nil {
			return full
		}
		if exact := c.tree.folded[fold(full)]; exact != "" {
			return exact
		}
		_, rest, more := strings.Cut(tail, "/")
		if !more || rest == "" {
			return c.tree.tails[fold(path.Base(name))]
		}
		tail = rest
	}
}

func (t *tree) read(name string) ([]byte, error) {
	f, err := t.open[name]()
	if err != nil {
		return nil, blame(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, t.left+1))
	if err != nil {
		return nil, blame(name, err)
	}
	if int64(len(data)) > t.left {
		return nil, scene.Refuse("the asset's companions are too large for the local engine: more than %d MB", t.limits.CompanionBytes>>20)
	}
	t.left -= int64(len(data))
	return data, nil
}
