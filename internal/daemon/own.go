package daemon

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"simdrop/internal/result"
)

// outputs recognises files of results that a person copied or moved elsewhere in a
// watched folder: the sidecar in their folder, or above it, lists them. (Result
// folders in their place are known by their names alone.)
type outputs struct {
	mu   sync.Mutex
	dirs map[string]sidecarFiles
}

type sidecarFiles struct {
	read  time.Time
	sizes map[string]int64 // by place in the folder
}

const (
	// sidecarAge is how long a look into a folder counts: a listing asks for every
	// file in it.
	sidecarAge = 2 * time.Second
	// sidecarDepth is how deep below their sidecar a result's files lie.
	sidecarDepth = 8
	mostSidecars = 10_000
)

// own says whether a sidecar at or below root lists the file, at its size: one that
// a person changed since is theirs.
func (o *outputs) own(root, path string) bool {
	dir := path
	for range sidecarDepth {
		if dir = filepath.Dir(dir); !within(root, dir) {
			return false
		}
		sizes := o.files(dir)
		if len(sizes) == 0 {
			continue
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return false
		}
		if size, listed := sizes[filepath.ToSlash(rel)]; listed {
			info, err := os.Lstat(path)
			return err == nil && info.Size() == size
		}
	}
	return false
}

func (o *outputs) files(dir string) map[string]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if f, ok := o.dirs[dir]; ok && now.Sub(f.read) < sidecarAge {
		return f.sizes
	}
	if o.dirs == nil || len(o.dirs) >= mostSidecars {
		o.dirs = map[string]sidecarFiles{}
	}
	f := sidecarFiles{read: now}
	if s, err := result.ReadSidecar(dir); err == nil {
		f.sizes = make(map[string]int64, len(s.Files))
		for _, file := range s.Files {
			f.sizes[file.Path] = file.Size
		}
	}
	o.dirs[dir] = f
	return f.sizes
}
