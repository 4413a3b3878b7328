package watcher

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

const (
	// foldersAbreast are listed at the same time on a network file system, where
	// the answers take longer than the work, and of each so many files are looked
	// at: together they bound the threads that hang with a server.
	foldersAbreast = 8
	statsAbreast   = 4
)

// abreast is how many folders are listed at the same time.
func (f fileSystem) abreast() int {
	if f.Network {
		return foldersAbreast
	}
	return min(runtime.NumCPU(), localProbers)
}

// folder is one that is still to be listed.
type folder struct {
	dir, rel string
	depth    int
}

// frontier are the folders found and not listed yet. Walkers take from it until it
// is empty and none of them is at work.
type frontier struct {
	mu   sync.Mutex
	more sync.Cond
	todo []folder
	busy int
	err  error // ends the walk
}

func (f *frontier) next() (folder, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.todo) == 0 && f.busy > 0 && f.err == nil {
		f.more.Wait()
	}
	if f.err != nil || len(f.todo) == 0 {
		return folder{}, false
	}
	t := f.todo[len(f.todo)-1]
	f.todo = f.todo[:len(f.todo)-1]
	f.busy++
	return t, true
}

func (f *frontier) done(below []folder, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.todo = append(f.todo, below...)
	f.busy--
	if f.err == nil {
		f.err = err
	}
	f.more.Broadcast()
}

// walk lists a folder and, when recursive, all below. Folders that cannot be
// read are skipped and counted; only an unreadable start, and a file system that
// does not answer, is an error.
func (s *scanner) walk(ctx context.Context, dir string) error {
	rel, ok := s.gate.rel(dir)
	if !ok {
		return nil
	}
	top := folder{dir, rel, depth(rel)}
	below, err := s.enter(ctx, top)
	if err != nil {
		return err
	}
	f := &frontier{todo: below}
	f.more.L = &f.mu
	var walkers sync.WaitGroup
	for range s.fsys.abreast() {
		walkers.Go(func() {
			for t, ok := f.next(); ok; t, ok = f.next() {
				below, err := s.enter(ctx, t)
				f.done(below, s.skip(ctx, t, err))
			}
		})
	}
	walkers.Wait()
	return f.err
}

// enter lists one folder and returns those in it.
func (s *scanner) enter(ctx context.Context, t folder) (below []folder, err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	names, err := s.visit(ctx, t.dir, t.rel)
	if err != nil || !s.opts.Recursive || len(names) == 0 {
		return nil, err
	}
	if t.depth+1 >= mostDepth {
		s.problems.Add(1)
		s.opts.Logger.Warn("folders nested too deeply are not watched", "folder", t.dir, "limit", mostDepth)
		return nil, nil
	}
	for _, name := range names {
		below = append(below, folder{filepath.Join(t.dir, name), path.Join(t.rel, name), t.depth + 1})
	}
	return below, nil
}

// skip passes over a folder that cannot be read, and returns what ends the walk.
func (s *scanner) skip(ctx context.Context, t folder, err error) error {
	switch {
	case err == nil, isAbsent(err):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errStuck):
		return err
	}
	s.problems.Add(1)
	s.opts.Logger.Debug("folder not listed", "folder", t.dir, "err", err)
	return nil
}

// pace is how long to rest after a listing that took so long, so that listings
// take at most a tenth of the time. The quicker of the last two counts: one that
// found nothing in the caches, or a server that was slow for once, is no measure.
// After the very first the rest is four intervals at most, for the same reason.
func pace(interval, took, before time.Duration) time.Duration {
	if before <= 0 {
		return min(max(interval, 9*took), 4*interval)
	}
	return max(interval, 9*min(took, before))
}
