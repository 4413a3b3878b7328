package asset

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// How a reference finds its file. Each rule is tried for every reading of the
// reference before the next, weaker one; the first that finds something ends
// the search. Two files under the same rule are not decided between: the
// reference stays unresolved and says so.
//
//  1. the path itself: exact, another case, another Unicode form
//     (MTL: beside the MTL, then beside the OBJ)
//  2. the longest tail of it that exists beside the file that names it, then
//     beside the primary: what a path from another machine still tells
//  3. its base name in the usual texture folders of the primary
//  4. OBJ: the .mtl of the primary's name

// textureFolders are where artists and exporters put pictures.
var textureFolders = []string{"textures", "tex", "texture", "maps", "images", "sourceimages"}

// resolver looks up the references of one asset.
type resolver struct {
	tree    tree
	primary string // tree name
}

// answer is what a reference came to.
type answer struct {
	names []string // tree names: one or, of a set, all; none when nothing answers
	how   How
	note  string
	near  []string // tree names that may be meant
}

// resolve looks for the file that a reference in from means.
func (r *resolver) resolve(from string, ref *rawRef) (answer, error) {
	names := withLegacyNames(ref.names)
	var note string
	for _, rule := range []func(string, *rawRef, []name) (answer, error){r.byPath, r.byTail, r.byFolder, r.byStem} {
		a, err := rule(from, ref, names)
		if err != nil || a.how != "" {
			return a, err
		}
		if note == "" {
			note = a.note
		}
	}
	return answer{how: Unresolved, note: note}, nil
}

// withLegacyNames adds a reading in Windows-1252 to names that are not UTF-8, as
// older exporters write them.
func withLegacyNames(names []name) []name {
	for _, n := range names {
		if !utf8.ValidString(n.text) {
			if s, err := charmap.Windows1252.NewDecoder().String(n.text); err == nil {
				names = append(slices.Clip(names), name{s, Unicode})
			}
		}
	}
	return names
}

// place is a folder to look in, and the rule that an exact find there counts as.
type place struct {
	dir string
	how How // empty: that of the reading
}

// byPath takes each reading at its word.
func (r *resolver) byPath(from string, ref *rawRef, names []name) (answer, error) {
	places := []place{{dir: path.Dir(from)}}
	if ref.besideTo && path.Dir(r.primary) != path.Dir(from) {
		places = append(places, place{path.Dir(r.primary), ObjDir})
	}
	var note string
	for _, rank := range ranks {
		for _, p := range places {
			for _, n := range names {
				if isAbsolute(n.text) || n.text == "" {
					continue
				}
				how := n.how
				if p.how != "" {
					how = p.how
				}
				a, err := r.look(from, ref, []string{p.dir}, n.text, rank, rank.how(how))
				if err != nil || a.how != "" {
					return a, err
				}
				if note == "" {
					note = a.note
				}
			}
		}
	}
	return answer{note: note}, nil
}

// byTail drops leading elements one after the other.
func (r *resolver) byTail(from string, ref *rawRef, names []name) (answer, error) {
	dirs := []string{path.Dir(from)}
	if d := path.Dir(r.primary); d != dirs[0] {
		dirs = append(dirs, d)
	}
	for _, n := range names {
		elems := tailElements(n.text)
		for i := range elems {
			tail := strings.Join(elems[i:], "/")
			for _, dir := range dirs {
				for _, rank := range ranks {
					a, err := r.look(from, ref, []string{dir}, tail, rank, Suffix)
					if err != nil || a.how != "" {
						return a, err
					}
				}
			}
		}
	}
	return answer{}, nil
}

// tailElements are the elements of a path that may still mean something
// somewhere else: without drive, leading climbs and dots.
func tailElements(p string) []string {
	if hasDrive(p) {
		p = p[2:]
	}
	elems := strings.FieldsFunc(p, func(c rune) bool { return c == '/' })
	elems = slices.DeleteFunc(elems, func(e string) bool { return e == "." })
	for len(elems) > 0 && elems[0] == ".." {
		elems = elems[1:]
	}
	const deepest = 64
	return elems[max(0, len(elems)-deepest):]
}

// byFolder looks for pictures, by base name only, where pictures usually are.
// Layers and materials are left alone: "payload.usda" says too little.
func (r *resolver) byFolder(from string, ref *rawRef, names []name) (answer, error) {
	dirs, err := r.folders(from)
	if err != nil {
		return answer{}, err
	}
	for _, n := range names {
		name := path.Base(n.text)
		if name == "." || name == "/" || name == ".." || ref.as != "" || isReferrer(companionFormat(name)) {
			continue
		}
		for _, rank := range ranks {
			a, err := r.look(from, ref, dirs, name, rank, BaseName)
			if err != nil || a.how != "" {
				return a, err
			}
		}
	}
	return answer{}, nil
}

// folders are the texture folders that exist beside the primary and beside the
// file that refers, and NAME.fbm, into which FBX readers unpack embedded media.
// A model in a folder named source has its textures beside that folder: that is
// how large model libraries lay out their downloads.
func (r *resolver) folders(from string) ([]string, error) {
	here := path.Dir(r.primary)
	wanted := append(slices.Clone(textureFolders), Stem(r.primary)+".fbm")
	dirs := []string{here}
	for _, dir := range slices.Compact([]string{here, path.Dir(from)}) {
		found, err := r.subfolders(dir, wanted)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, found...)
	}
	if strings.EqualFold(path.Base(here), "source") {
		found, err := r.subfolders(path.Dir(here), textureFolders)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, found...)
	}
	return dirs, nil
}

func (r *resolver) subfolders(dir string, wanted []string) ([]string, error) {
	f, err := r.tree.list(dir)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, w := range wanted {
		for _, name := range f.match(w, rankBoth) {
			if f.entries[name] == isFolder {
				dirs = append(dirs, path.Join(dir, name))
			}
		}
	}
	return dirs, nil
}

// byStem falls back on the file named like the primary.
func (r *resolver) byStem(from string, ref *rawRef, _ []name) (answer, error) {
	if ref.sameStem == "" {
		return answer{}, nil
	}
	for _, rank := range ranks {
		a, err := r.look(from, ref, []string{path.Dir(r.primary)}, Stem(r.primary)+ref.sameStem, rank, SameStem)
		if err != nil || a.how != "" {
			return a, err
		}
	}
	return answer{}, nil
}

// look is one step of the search. An answer with a rule ends it: a file was
// found, or more than one. A layer may refer to itself by its path, but nothing
// is taken for a reference to itself by a mere likeness of names.
func (r *resolver) look(from string, ref *rawRef, dirs []string, rel string, rank rank, how How) (answer, error) {
	var names []string
	var outside bool
	for _, dir := range dirs {
		f, err := lookup(r.tree, dir, rel, rank, ref.set)
		if err != nil {
			return answer{}, err
		}
		outside = outside || f.outside
		names = append(names, f.names...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if how == Suffix || how == BaseName || how == SameStem {
		names = slices.DeleteFunc(names, func(n string) bool { return n == from || n == r.primary })
	}
	switch {
	case len(names) == 1 || len(names) > 1 && ref.set != nil && sameFolder(names):
		return answer{names: names, how: how}, nil
	case len(names) > 1:
		here := path.Dir(r.primary)
		note := fmt.Sprintf("it could be %s or %s", relative(here, names[0]), relative(here, names[1]))
		return answer{how: Unresolved, note: note, near: names}, nil
	case outside:
		return answer{note: errOutside.Error()}, nil
	}
	return answer{}, nil
}

func sameFolder(names []string) bool {
	for _, n := range names[1:] {
		if path.Dir(n) != path.Dir(names[0]) {
			return false
		}
	}
	return true
}
