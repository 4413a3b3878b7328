package watcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"simdrop/internal/asset"
)

// prober looks at files for the settler: it does what the settler, which never
// touches the disk, asks for.
type prober struct {
	opts *Options
	fsys fileSystem
	name *nameGate
}

const isFolderWhy = "it is a folder"

// look takes one look. It never blocks on a named pipe or another special file.
func (p *prober) look(ctx context.Context, l look) report {
	start := time.Now()
	r := report{look: l, files: make(map[string]sight, len(l.members))}
	defer func() { r.took = time.Since(start) }()
	for i, m := range l.members {
		s, why, err := p.sight(m, l.judge)
		switch {
		case why != "" && i == 0:
			r.refused, r.folder = why, why == isFolderWhy
		case err != nil:
			r.err = err
		}
		if r.refused != "" || r.err != nil {
			return r
		}
		r.files[m] = s
	}
	if r.files[l.path].absent {
		return r
	}
	if l.judge && p.opts.Recipes.Name != "" {
		p.recipes(&r)
	}
	if l.inspect && r.refused == "" {
		p.inspect(ctx, &r)
	}
	return r
}

// recipes asks the folders' recipes as they are now: one may have come together
// with the asset, or after it.
func (p *prober) recipes(r *report) {
	folder := p.name.folderOf(r.path)
	p.name.recipes.refresh(folder)
	if g := p.name.judge(r.path, false); g.Verdict != Pass {
		r.refused = g.Why
		return
	}
	r.barred = p.name.recipes.problem(folder)
}

func (p *prober) inspect(ctx context.Context, r *report) {
	a, err := p.opts.Inspect(ctx, p.opts.Root, r.path)
	switch invalid, ok := errors.AsType[*asset.InvalidError](err); {
	case ok:
		r.invalid = invalid
		return
	case errors.Is(err, fs.ErrNotExist):
		r.files[r.path] = sight{absent: true}
		return
	case err != nil:
		r.err = err
		return
	case a == nil:
		r.err = fmt.Errorf("inspect %s: nothing found", r.path)
		return
	}
	r.asset = a
	for _, m := range a.Members {
		if _, seen := r.files[m.Path]; seen {
			continue
		}
		if s, _, err := p.sight(m.Path, r.judge); err == nil {
			r.files[m.Path] = s
		} else {
			r.err = err
		}
	}
}

// sight looks at one file: by descriptor where the name alone may be answered
// from a stale cache, and for judging.
func (p *prober) sight(path string, judge bool) (s sight, refused string, err error) {
	info, err := os.Lstat(path)
	if isAbsent(err) {
		return sight{absent: true}, "", nil
	} else if err != nil {
		return s, "", err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, refused, err = p.target(path); refused != "" || err != nil {
			return sight{absent: isAbsent(err)}, refused, dropAbsent(err)
		}
	}
	if info.IsDir() {
		return sight{absent: true}, isFolderWhy, nil
	}
	if !info.Mode().IsRegular() {
		return sight{absent: true}, "not a regular file", nil
	}
	if why := placeholder(info); why != "" {
		return sight{absent: true}, why, nil
	}
	if !judge && !p.fsys.Network {
		return sight{tuple: p.tuple(path, info)}, "", nil
	}
	return p.open(path, info, judge)
}

// target is what a symbolic link leads to, as long as that is inside the root.
func (p *prober) target(path string) (fs.FileInfo, string, error) {
	if inside, err := p.name.inside(path); err != nil {
		return nil, "", err
	} else if !inside {
		return nil, "a symbolic link that leaves the watched folder", nil
	}
	info, err := os.Stat(path)
	return info, "", err
}

func (p *prober) open(path string, info fs.FileInfo, judge bool) (s sight, refused string, err error) {
	var busy writer
	why := ""
	if judge {
		busy, why = writerByName(path, info, p.fsys)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if isAbsent(err) {
		return sight{absent: true}, "", nil
	} else if err != nil {
		if busy == writerBusy { // the lock that shows the writer keeps us out, too
			return sight{tuple: p.tuple(path, info), writer: busy, writerWhy: why}, "", nil
		}
		return s, "", err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return s, "", err
	}
	if !info.Mode().IsRegular() {
		return sight{absent: true}, "not a regular file", nil
	}
	s = sight{tuple: p.tupleOf(f, info), writer: busy, writerWhy: why}
	if !judge {
		return s, "", nil
	}
	if busy == writerUnknown {
		s.writer, s.writerWhy = writerByHandle(f, p.fsys)
	}
	if info.Size() == 0 {
		s.proof = asset.Verdict{State: asset.NotWhole, Reason: "it is empty"}
		return s, "", nil
	}
	s.proof, err = p.opts.Whole(path, f, info.Size())
	if s.proof.State < asset.Suspicious && !p.fsys.Network && hollow(f, info.Size()) {
		s.proof.State, s.proof.Reason = asset.Suspicious, "a part of it was never written"
	}
	return s, "", err
}

func (p *prober) tuple(path string, info fs.FileInfo) tuple {
	t := tuple{Size: info.Size(), MTime: info.ModTime().UnixNano()}
	if p.fsys.StableIDs {
		t.ID = fileID(path, info)
	}
	return t
}

func (p *prober) tupleOf(f *os.File, info fs.FileInfo) tuple {
	t := tuple{Size: info.Size(), MTime: info.ModTime().UnixNano()}
	if p.fsys.StableIDs {
		t.ID = fileIDOf(f, info)
	}
	return t
}

func dropAbsent(err error) error {
	if isAbsent(err) {
		return nil
	}
	return err
}

// isAbsent is true for a file that is not there, and for one below something
// that is no folder any more.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || isNotDir(err)
}
