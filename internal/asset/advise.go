package asset

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of the search around an asset: enough for any asset's own folders, and
// nothing that a network disk would notice.
const (
	adviseFolders = 64
	adviseEntries = 20_000 // of one folder; larger ones are stores, not textures
	adviseNamed   = 3
)

// Advise returns the asset's references with what can be said to a person about
// those that nothing answers: that a file of that name, in another case or with
// another extension, lies in a folder near by. Such a file is never taken, because
// the same name in another folder may be another asset's; but who looks for it
// wants to know. Folders up to two levels below the primary's and beside it are
// looked into, never above the root.
func Advise(ctx context.Context, a *Asset) []Ref {
	refs := slices.Clone(a.Refs)
	if len(a.Missing) == 0 || a.Format == "zip" {
		return refs
	}
	d, err := openDisk(ctx, a.Root)
	if err != nil {
		return refs
	}
	defer d.Close()
	rel, err := filepath.Rel(a.Root, a.Primary)
	if err != nil || !filepath.IsLocal(rel) {
		return refs
	}
	here := path.Dir(filepath.ToSlash(rel))
	near := surroundings(d, here)
	for i, r := range refs {
		if r.How != Unresolved || len(r.Near) > 0 {
			continue
		}
		names := near.like(r.Missing)
		for _, name := range names[:min(len(names), adviseNamed)] {
			refs[i].Near = append(refs[i].Near, d.abs(name))
		}
		if len(names) > 0 {
			refs[i].Note = note(r.Note, relative(here, names[0]))
		}
	}
	return refs
}

func note(before, place string) string {
	if before != "" {
		before += "; "
	}
	return before + place + " is there"
}

// neighbours are the files around an asset, by what makes names alike.
type neighbours struct {
	byName map[string][]string // unified base name → tree names
	byStem map[string][]string // unified stem of a picture → tree names
}

// like returns the files whose name is that of ref in another case or place, else
// the pictures that differ in their extension alone.
func (n neighbours) like(ref string) []string {
	name := path.Base(ref)
	if found := n.byName[unify(name)]; len(found) > 0 {
		return found
	}
	if _, ok := pictures[companionFormat(name)]; ok {
		return n.byStem[unify(Stem(name))]
	}
	return nil
}

// pictures are the formats of textures.
var pictures = map[Format]struct{}{
	"png": {}, "jpg": {}, "webp": {}, "tga": {}, "tif": {}, "tiff": {}, "bmp": {}, "exr": {}, "hdr": {}, "dds": {}, "ktx2": {}, "gif": {},
}

// surroundings lists the files around a folder, its own first.
func surroundings(d *disk, here string) neighbours {
	n := neighbours{byName: map[string][]string{}, byStem: map[string][]string{}}
	left := adviseFolders
	seen := map[string]bool{}
	n.walk(d, here, 2, &left, seen)
	if here != "." {
		n.walk(d, path.Dir(here), 2, &left, seen)
	}
	return n
}

func (n neighbours) walk(d *disk, dir string, depth int, left *int, seen map[string]bool) {
	if seen[dir] || *left == 0 {
		return
	}
	seen[dir] = true
	*left--
	f, err := d.list(dir)
	if err != nil || len(f.entries) > adviseEntries {
		return // advice is a courtesy
	}
	names := make([]string, 0, len(f.entries))
	for name := range f.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		full := path.Join(dir, name)
		switch kind := f.entries[name]; {
		case strings.HasPrefix(name, ".") || isLitter(name):
		case kind == isFile:
			n.byName[unify(name)] = append(n.byName[unify(name)], full)
			if _, ok := pictures[companionFormat(name)]; ok {
				n.byStem[unify(Stem(name))] = append(n.byStem[unify(Stem(name))], full)
			}
		case kind == isFolder && depth > 0 && !strings.HasSuffix(name, ".simready"):
			n.walk(d, full, depth-1, left, seen)
		}
	}
}
