package asset

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// A tree is a bounded set of folders in which references are looked up: a
// watched root on disk, or the inside of an archive. Its names are slash paths
// below the tree's top, which is ".".
//
// Names are found by listing folders rather than by asking for a path: a
// listing shows a name as it really is, also on disks that ignore case, and is
// fresh on network disks that remember failed lookups for half a minute.
type tree interface {
	// list returns what lies in a folder.
	list(dir string) (*folder, error)
	// open gives access to a file that a lookup found.
	open(name string) (file, error)
}

// file is one open file of a tree.
type file interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// folder is a listing. Names of one key differ only in case, or in case and
// in the composition of their accents.
type folder struct {
	entries map[string]entryKind
	folded  map[string][]string // by case
	formed  map[string][]string // by Unicode form
	unified map[string][]string // by both
}

type entryKind byte

const (
	absent entryKind = iota
	isFile
	isFolder
	isOutside // a link that leads out of the tree
	isOther   // a device, a broken link
)

// errOutside says that a path leads out of the tree.
var errOutside = errors.New("it leads out of the watched folder")

func newFolder(n int) *folder {
	return &folder{entries: make(map[string]entryKind, n)}
}

// match returns the names in the folder that rank considers equal to name.
func (f *folder) match(name string, r rank) []string {
	if r == rankExact {
		if f.entries[name] == absent {
			return nil
		}
		return []string{name}
	}
	index, key := f.index(r)
	return index[key(name)]
}

func (f *folder) index(r rank) (map[string][]string, func(string) string) {
	index, key := &f.unified, r.key()
	switch r {
	case rankFold:
		index = &f.folded
	case rankForm:
		index = &f.formed
	}
	if *index == nil {
		*index = make(map[string][]string, len(f.entries))
		for name := range f.entries {
			k := key(name)
			(*index)[k] = append((*index)[k], name)
		}
	}
	return *index, key
}

// found is the outcome of looking for one path at one rank.
type found struct {
	names   []string // files, at most a few
	outside bool     // a link out of the tree was in the way
}

// maxCandidates bounds the search where many names are alike; two are already
// too many for a reference.
const maxCandidates = 8

// lookup finds the files below dir whose path equals rel at rank r. Elements ..
// climb by the text alone, as most readers do, but never above the top of the
// tree.
//
// With a set the last element is its pattern, and all files of the set are
// returned, however many.
func lookup(t tree, dir, rel string, r rank, set *setRule) (found, error) {
	elems := strings.Split(path.Clean(rel), "/")
	for ; elems[0] == ".."; elems = elems[1:] {
		if dir == "." || len(elems) == 1 {
			return found{outside: dir == "."}, nil
		}
		dir = path.Dir(dir)
	}
	if elems[0] == "." || strings.HasSuffix(rel, "/") {
		return found{}, nil // a folder
	}
	dirs := []string{dir}
	var out found
	for i, elem := range elems {
		last := i == len(elems)-1
		var next []string
		for _, d := range dirs {
			if last && set != nil {
				f, err := t.list(d)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return found{}, err
				}
				if err == nil {
					next = append(next, joinAll(d, set.match(f, elem, r))...)
				}
				continue
			}
			names, outside, err := step(t, d, elem, r, last)
			if err != nil {
				return found{}, err
			}
			out.outside = out.outside || outside
			next = append(next, names...)
		}
		if len(next) > maxCandidates && (!last || set == nil) {
			next = next[:maxCandidates]
		}
		dirs = next
		if last {
			out.names = dirs
		}
	}
	return out, nil
}

// step goes from one folder to what elem can mean in it.
func step(t tree, dir, elem string, r rank, last bool) (names []string, outside bool, err error) {
	f, err := t.list(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for _, name := range f.match(elem, r) {
		switch kind := f.entries[name]; {
		case kind == isOutside:
			outside = true
		case kind == isFile && last, kind == isFolder && !last:
			names = append(names, path.Join(dir, name))
		}
	}
	return names, outside, nil
}

func joinAll(dir string, names []string) []string {
	for i, name := range names {
		names[i] = path.Join(dir, name)
	}
	return names
}
