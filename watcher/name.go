package watcher

import (
	slashpath "path"
	"path/filepath"
	"strings"

	"simdrop/internal/asset"
)

// nameGate is the first gate: it judges by the name alone and opens nothing.
type nameGate struct {
	opts    *Options
	ignores *ignores
	recipes *recipes
	real    string // the root without symbolic links
}

// rel is the slash path of a file below the root, "." for the root itself.
func (g *nameGate) rel(path string) (string, bool) {
	if path == g.opts.Root {
		return ".", true
	}
	base := g.opts.Root
	if !strings.HasSuffix(base, string(filepath.Separator)) {
		base += string(filepath.Separator)
	}
	if !strings.HasPrefix(path, base) {
		return "", false
	}
	return filepath.ToSlash(path[len(base):]), true
}

// absolute turns a path that a person named into one below the root as it is
// configured, also when it goes another way through symbolic links.
func (g *nameGate) absolute(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, ok := g.rel(path); ok {
		return path, nil
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		below, err := filepath.Rel(g.real, filepath.Join(dir, filepath.Base(path)))
		if err == nil && filepath.IsLocal(below) {
			return filepath.Join(g.opts.Root, below), nil
		}
	}
	return path, nil
}

// folder says whether a folder is entered. Its parents are taken as entered.
func (g *nameGate) folder(rel, path string) bool {
	if rel == "." {
		return true
	}
	_, ignored := g.match(rel, true)
	return !ignored && !g.opts.Own(path)
}

// file says whether a file is a primary by its name. Its parents are taken as
// entered.
func (g *nameGate) file(rel, path, name string) bool {
	if !asset.Accepted(name, g.recipes.kinds(slashpath.Dir(rel))) {
		return false
	}
	_, ignored := g.match(rel, false)
	return !ignored && !g.opts.Own(path)
}

// match names the first rule for one file or folder, of those for all and of those
// of folders.
func (g *nameGate) match(rel string, folder bool) (Rule, bool) {
	if r, ignored := g.ignores.match(rel, folder); ignored {
		return r, true
	}
	return g.recipes.match(rel, folder)
}

// folderOf is the slash path of a file's folder below the root.
func (g *nameGate) folderOf(path string) string {
	rel, ok := g.rel(path)
	if !ok {
		return "."
	}
	return slashpath.Dir(rel)
}

// acceptedWhy is what the gate says of what it lets through.
const acceptedWhy = "an accepted name"

// judge is the whole gate for any path, with its folders.
func (g *nameGate) judge(path string, isFolder bool) Gate {
	rel, ok := g.rel(path)
	fail := func(why string) Gate { return Gate{Name: GateName, Verdict: Fail, Why: why} }
	if !ok {
		return fail("it is not in the watched folder " + g.opts.Root)
	}
	parts := strings.Split(rel, "/")
	if len(parts) > mostDepth {
		return fail("it is more than 64 folders deep")
	}
	if !g.opts.Recursive && len(parts) > 1 {
		return fail("it is in a sub-folder, and recursive is off")
	}
	for i := range parts {
		at := strings.Join(parts[:i+1], "/")
		folder := i+1 < len(parts) || isFolder
		if r, ignored := g.match(at, folder); ignored {
			if folder && i+1 < len(parts) {
				return fail("the folder " + at + " is ignored: " + r.String())
			}
			return fail(r.String())
		}
		if g.opts.Own(filepath.Join(g.opts.Root, filepath.FromSlash(at))) {
			return fail("it is a result of ours")
		}
	}
	if !isFolder && !asset.Accepted(parts[len(parts)-1], g.recipes.kinds(slashpath.Dir(rel))) {
		return fail("it is no kind of file that is accepted here")
	}
	return Gate{Name: GateName, Verdict: Pass, Why: acceptedWhy}
}

// inside says whether a symbolic link leads to a file below the root.
func (g *nameGate) inside(path string) (bool, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false, err
	}
	return strings.HasPrefix(target, strings.TrimSuffix(g.real, string(filepath.Separator))+string(filepath.Separator)), nil
}
