package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/config"
	"simdrop/internal/crash"
	"simdrop/internal/result"
	"simdrop/queue"
	"simdrop/watcher"
)

// recall reads the sidecars of every watched folder that this queue has not read
// yet, before anything is submitted: after the loss of the queue, in a new state
// folder, on another machine, and for a folder that was just added. A folder that
// cannot be read, or holds nothing, which may be an empty mount point, is read when
// its first drop settles.
func (d *Daemon) recall(ctx context.Context) {
	for _, w := range d.watches {
		entries, err := boundedLook(ctx, func() (int, error) { return readSome(w.tree()) })
		if ctx.Err() != nil {
			return
		}
		if err != nil || entries == 0 {
			continue
		}
		if err := w.recallWhileThere(ctx); err != nil {
			d.log.Warn("read the results in the folder: it is tried again", "watch", w.Path, "err", err)
		}
	}
}

// recallWhileThere recalls as long as the folder answers: what hangs with its
// server must not keep the other folders from being watched.
func (w *watch) recallWhileThere(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- w.recall(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookLimit):
		}
		if _, err := boundedLook(ctx, func() (int, error) { return readSome(w.tree()) }); err != nil {
			return err
		}
	}
}

// readSome counts up to two entries of a folder, but for what simdrop itself puts
// there.
func readSome(dir string) (int, error) {
	f, err := os.Open(dir)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	names, err := f.Readdirnames(2)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return len(slices.DeleteFunc(names, func(n string) bool { return n == watcher.MarkerFolder })), err
}

// tree is the folder that holds the watched folder's results, its own or the
// mirror's.
func (w *watch) tree() string {
	if w.Result.Place == "mirror" {
		return w.Result.Root
	}
	return w.Path
}

// recall restores the queue's memory of what was paid for from the folder's results.
func (w *watch) recall(ctx context.Context) error {
	w.reading.Lock()
	defer w.reading.Unlock()
	name := w.Path + "\x00" + w.tree()
	if w.recalled {
		return nil
	}
	read, err := w.daemon.queue.HasRead(name)
	if err != nil {
		return err
	}
	if !read {
		jobs, err := w.results(ctx)
		if errors.Is(err, fs.ErrNotExist) && w.Result.Place == "mirror" {
			return nil // nothing was ever put there, or it is away: looked at again
		}
		if err != nil {
			return fmt.Errorf("read the results in %s: %w", w.tree(), err)
		}
		crash.Point(crash.Recalling)
		n, err := w.daemon.queue.Restore(name, jobs, w.lost)
		if err != nil {
			return err
		}
		crash.Point(crash.Recalled)
		if n > 0 {
			w.daemon.log.Info("found results that were made before", "watch", w.Path, "assets", n)
		}
	}
	w.recalled = true
	return nil
}

// results returns a done job for each result in the tree, those in their places
// before older versions of the same key.
func (w *watch) results(ctx context.Context) ([]queue.Job, error) {
	var current, older []queue.Job
	err := result.Find(w.tree(), func(dir string, s result.Sidecar, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			w.daemon.log.Warn("passed over while looking for results", "path", dir, "err", err)
			return nil
		case !isKey(s.Key):
			return nil
		}
		older = append(older, w.simulations(dir, s)...)
		j := w.restored(dir, s)
		if j.Path == "" {
			older = append(older, j)
		} else {
			current = append(current, j)
		}
		return nil
	})
	return append(current, older...), err
}

// isKey reports whether s can be a job's key. A sidecar is anybody's file.
func isKey(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == sha256.Size
}

// restored is the job that made a result, without a path when it is not the
// present result of an asset, and without the folder when files are missing there.
func (w *watch) restored(dir string, s result.Sidecar) queue.Job {
	j := queue.Job{
		Watch: w.Path, Root: w.Path, Provider: s.Provider, Type: s.Type,
		Options: maps.Clone(s.Options), Format: s.Options["format"], Key: s.Key, RemoteID: s.RemoteID,
		RemoteStatus: "completed", Credits: s.Credits, Report: s.Report, Submitted: s.Submitted, Completed: s.Completed,
	}
	delete(j.Options, "format")
	if p, ok := w.daemon.cfg.Providers[s.Provider]; ok && p.Type == s.Type {
		j.Account = account(p)
	}
	if !allThere(dir, s) {
		return j // the provider still has it: it is fetched again, and not paid
	}
	j.Result = dir
	folder, ok := w.sourceFolder(dir)
	if !ok || s.Source.Path != filepath.Base(s.Source.Path) {
		return j
	}
	j.Path = filepath.Join(folder, s.Source.Path)
	j.User = userOf(j.Path)
	for _, f := range append([]result.FileInfo{s.Source}, s.Companions...) {
		path := filepath.Join(folder, filepath.FromSlash(f.Path))
		j.Sources = append(j.Sources, queue.Source{Path: path, Size: f.Size, SHA256: f.SHA256})
	}
	return j
}

// simulations are the jobs that added to the result, as their keys alone: they
// answer for no path.
func (w *watch) simulations(dir string, s result.Sidecar) []queue.Job {
	var jobs []queue.Job
	for _, sim := range s.Simulations {
		if !isKey(sim.Key) || sim.Key != queue.SimulationKey(s.Key, sim.Scene) {
			continue
		}
		j := queue.Job{Key: sim.Key, RemoteID: sim.RemoteID}
		if allThere(dir, s) {
			j.Result = dir
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// sourceFolder is the folder of the asset whose present result lies in dir.
func (w *watch) sourceFolder(dir string) (string, bool) {
	if filepath.Ext(dir) != ".simready" { // an older version
		return "", false
	}
	rel, err := filepath.Rel(w.tree(), filepath.Dir(dir))
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.Join(w.Path, rel), true
}

// allThere reports whether every file of the result is there. One that a person
// changed is there too: the result is theirs then.
func allThere(dir string, s result.Sidecar) bool {
	for _, f := range s.Files {
		if fi, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(f.Path))); err != nil || !fi.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// remembered reports whether the drop is what a restored job has converted, which
// is then known to have been made of this very state.
func (w *watch) remembered(ctx context.Context, drop watcher.Drop) (bool, error) {
	if err := w.recall(ctx); err != nil {
		return false, err
	}
	last, err := w.daemon.queue.Latest(drop.Path)
	if errors.Is(err, queue.ErrNotFound) || err == nil && (!last.Restored() || drop.Asset == nil) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	same, err := madeOf(last.Sources, drop.Asset)
	if !same || err != nil {
		return false, err
	}
	_, err = w.daemon.queue.Update(last.ID, func(j *queue.Job) error { j.Stamp, j.Mark = drop.Stamp, drop.Mark; return nil })
	return true, err
}

// madeOf reports whether the asset consists of these very files.
func madeOf(sources []queue.Source, a *asset.Asset) (bool, error) {
	if len(sources) != len(a.Members) {
		return false, nil
	}
	byPath := make(map[string]queue.Source, len(sources))
	for _, s := range sources {
		byPath[s.Path] = s
	}
	for _, m := range a.Members {
		s, ok := byPath[m.Path]
		if fi, err := os.Stat(m.Path); !ok || err != nil || fi.Size() != s.Size {
			return false, dropNotExist(err)
		}
		if same, err := hasSum(m.Path, s.SHA256); !same || err != nil {
			return false, dropNotExist(err)
		}
	}
	return true, nil
}

func dropNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// existing is the folder's rule for what was there before the first run. After the
// loss of a queue that had watched the folder it is to hold, whatever is configured:
// to convert might pay for what was cancelled or refused before, to skip would
// forget what was about to be converted. The local engine costs nothing, so there
// the rule stays.
func (w *watch) existing() string {
	if w.lost && w.typ != config.Local {
		return "hold"
	}
	return w.Existing
}

func (w *watch) holdExisting(o *queue.Offer) {
	o.State, o.Reason = queue.Held, queue.Existing
	o.Error = w.whyExisting()
	o.Hint = "`simdrop release --reason existing` converts all of these"
	if w.lost {
		o.Hint += "; what the provider's job list shows as accepted is not paid again"
	}
}

// whyExisting is why the folder's backlog is held.
func (w *watch) whyExisting() string {
	if w.lost {
		return "the queue was lost, and no result beside it shows that it is done"
	}
	return "it was there before simdrop first watched the folder"
}
