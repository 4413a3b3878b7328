package watcher

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

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

// scanner lists folders. One scan at a time uses it.
type scanner struct {
	opts     *Options
	fsys     fileSystem
	gate     *nameGate
	lane     *lane
	watch    func(dir string) // nil when polling; called before the folder is listed
	wanted   map[string]bool
	emit     func(listing) error
	problems int
}

// walk lists a folder and, when recursive, all below. Folders that cannot be
// read are skipped and counted; only an unreadable start is an error.
func (s *scanner) walk(ctx context.Context, dir string) error {
	rel, ok := s.gate.rel(dir)
	if !ok {
		return nil
	}
	type todo struct {
		dir, rel string
		depth    int
	}
	stack := []todo{{dir, rel, depth(rel)}}
	for len(stack) > 0 {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		folders, err := s.visit(ctx, t.dir, t.rel)
		if err != nil {
			if t.dir == dir {
				return err
			}
			if !isAbsent(err) {
				s.problems++
				s.opts.Logger.Debug("folder not listed", "folder", t.dir, "err", err)
			}
			continue
		}
		if !s.opts.Recursive {
			continue
		}
		for _, name := range folders {
			if t.depth+1 >= mostDepth {
				s.problems++
				s.opts.Logger.Warn("folders nested too deeply are not watched", "folder", t.dir, "limit", mostDepth)
				break
			}
			stack = append(stack, todo{filepath.Join(t.dir, name), path.Join(t.rel, name), t.depth + 1})
		}
	}
	return nil
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
	out.folder = dir
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
		if !asset.Accepted(name, s.opts.Kinds) { // most files: paths are made for the others only
			continue
		}
		full := filepath.Join(dir, name)
		if !s.gate.file(path.Join(rel, name), full, name) {
			continue
		}
		if one, ok := s.stat(full, e); ok {
			out.files = append(out.files, one)
		}
	}
	return out, folders, nil
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

// pace is how long to rest after a listing that took so long: polling takes at
// most a tenth of the time, as long as that stretches its interval no more than
// four times.
func pace(interval, took time.Duration) time.Duration {
	return min(max(interval, 9*took), 4*interval)
}
