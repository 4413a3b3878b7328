package watcher

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"

	"simdrop/internal/asset"
)

// mostDepth bounds the folders below each other. A link that leads upwards looks
// like an endless row of real folders on some servers.
const mostDepth = 64

// found is a primary, by its name, that a listing saw.
type found struct {
	path  string
	tuple tuple
	// plain says that the tuple was read by name and can be compared with the
	// one recorded. Symbolic links are always looked at.
	plain bool
}

// listing is what one folder held.
type listing struct {
	folder  string
	files   []found
	hopeful []string // files that may answer a missing reference
	origin  Origin
	first   bool // of the first full listing
}

// scanner lists folders. One scan at a time uses it; it lists several folders at
// the same time.
type scanner struct {
	opts     *Options
	fsys     fileSystem
	gate     *nameGate
	lane     *lane
	watch    func(dir string) // nil when polling; called before the folder is listed
	wanted   map[string]bool
	emit     func(listing) error
	problems atomic.Int64
	recipes  atomic.Bool // some are other ones than before
}

func depth(rel string) int {
	n := 0
	for ; rel != "."; rel = path.Dir(rel) {
		n++
	}
	return n
}

// visit lists one folder without letting a dead server hold us.
func (s *scanner) visit(ctx context.Context, dir, rel string) ([]string, error) {
	var out listing
	var folders []string
	var failed error
	if err := s.lane.do(ctx, callLimit, func() { out, folders, failed = s.list(dir, rel) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	if len(out.files) == 0 && len(out.hopeful) == 0 {
		return folders, nil
	}
	return folders, s.emit(out)
}

// list reads one folder: the watch first, then the names, so that nothing falls
// between. It reads attributes only of files whose names could be primaries.
func (s *scanner) list(dir, rel string) (out listing, folders []string, err error) {
	if s.watch != nil {
		s.watch(dir)
	}
	f, err := os.Open(dir)
	if err != nil {
		return out, nil, err
	}
	entries, err := f.ReadDir(-1)
	f.Close()
	if err != nil && len(entries) == 0 {
		return out, nil, err
	}
	s.rules(rel, entries)
	if s.gate.recipes.listed(rel, entries) {
		s.recipes.Store(true)
	}
	kinds := s.gate.recipes.kinds(rel)
	out.folder = dir
	var accepted []named
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() {
			if s.opts.Recursive && s.gate.folder(path.Join(rel, name), filepath.Join(dir, name)) {
				folders = append(folders, name)
			}
			continue
		}
		if answers(s.wanted, name) {
			out.hopeful = append(out.hopeful, filepath.Join(dir, name))
		}
		if !asset.Accepted(name, kinds) { // most files: paths are made for the others only
			continue
		}
		full := filepath.Join(dir, name)
		if !s.gate.file(path.Join(rel, name), full, name) {
			continue
		}
		accepted = append(accepted, named{full, e})
	}
	out.files = s.stats(accepted)
	return out, folders, nil
}

// named is an entry that could be a primary.
type named struct {
	path  string
	entry fs.DirEntry
}

// stats looks at the files of one folder: one after the other on a disk, several at
// the same time where each costs a round trip to a server.
func (s *scanner) stats(list []named) []found {
	all := make([]found, len(list))
	ok := make([]bool, len(list))
	if abreast := min(statsAbreast, len(list)); s.fsys.Network && abreast > 1 {
		var next atomic.Int64
		var workers sync.WaitGroup
		for range abreast {
			workers.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
					all[i], ok[i] = s.stat(list[i].path, list[i].entry)
				}
			})
		}
		workers.Wait()
	} else {
		for i, n := range list {
			all[i], ok[i] = s.stat(n.path, n.entry)
		}
	}
	seen := all[:0]
	for i := range all {
		if ok[i] {
			seen = append(seen, all[i])
		}
	}
	return seen
}

// rules reads the folder's ignore file when there is or was one.
func (s *scanner) rules(rel string, entries []fs.DirEntry) {
	there := false
	for _, e := range entries {
		if e.Name() == IgnoreFile {
			there = true
			break
		}
	}
	if !there {
		s.gate.ignores.set(rel, nil)
		return
	}
	_, problems := s.gate.ignores.load(s.opts.Root, rel)
	for _, err := range problems {
		s.opts.Logger.Warn("pattern ignored", "err", err)
	}
}

func (s *scanner) stat(full string, e fs.DirEntry) (found, bool) {
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		// A link to a file that counts under its own name is that file again.
		target, err := filepath.EvalSymlinks(full)
		if err != nil {
			return found{}, false
		}
		rel, err := filepath.Rel(s.gate.real, target)
		if err != nil || s.gate.judge(filepath.Join(s.opts.Root, rel), false).Verdict == Pass {
			return found{}, false
		}
		return found{path: full}, true
	case !e.Type().IsRegular():
		return found{}, false
	}
	info, err := e.Info()
	if err != nil || placeholder(info) != "" {
		return found{}, false
	}
	t := tuple{Size: info.Size(), MTime: info.ModTime().UnixNano()}
	if s.fsys.StableIDs {
		t.ID = fileID(full, info)
	}
	return found{path: full, tuple: t, plain: true}, true
}
