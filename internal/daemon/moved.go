package daemon

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simdrop/internal/bundle"
	"simdrop/internal/result"
	"simdrop/queue"
	"simdrop/watcher"
)

// An asset that was only renamed, or moved to another folder, is not sent again,
// although another name makes another key: its job follows it. Such an asset is
// known by three things together: the primary has the size, the modification time
// and the file ID of a job's, nothing lies at that job's path any more, and the
// content of all files is what the job had. The last alone decides where a file
// system has no lasting file IDs.

// doubtWait is how long a renamed asset waits for the submission of its job, which
// is under way just now, to be answered.
const doubtWait = 15 * time.Second

// movedFrom returns the job whose asset the drop seems to be under another name,
// nil when there is none.
func (w *watch) movedFrom(drop watcher.Drop) *queue.Job {
	if drop.Asset == nil || drop.Mark == "" {
		return nil
	}
	j, err := w.daemon.queue.Marked(drop.Mark)
	if err != nil || j.Path == drop.Path || !w.daemon.gone(j.Path, drop.Path) {
		return nil
	}
	if _, err := w.daemon.queue.Latest(drop.Path); !errors.Is(err, queue.ErrNotFound) {
		return nil // it replaced another asset: a drop like any other
	}
	return &j
}

// gone reports whether nothing lies at the old path any more, for sure: the folder
// that is watched there is not away itself. Where names are told apart neither by
// case nor by Unicode form, the new name answers for the old one: there the
// folder's own list of names decides.
func (d *Daemon) gone(old, now string) bool {
	if w := d.watchOf(old); w != nil && w.w.Status().State != watcher.Watching {
		return false
	}
	was, err := os.Lstat(old)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	is, err := os.Lstat(now)
	return err == nil && os.SameFile(was, is) && !listed(old)
}

// listed reports whether the folder has an entry of exactly that name. One that
// cannot be read may have it.
func listed(path string) bool {
	f, err := os.Open(filepath.Dir(path))
	if err != nil {
		return true
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	return err != nil || slices.Contains(names, filepath.Base(path))
}

// moved lets the job of a renamed or moved asset follow it, and reports whether
// that is all there is to do. A job that waits is replaced by the offer, which takes
// over what it was held for.
func (w *watch) moved(ctx context.Context, drop watcher.Drop, o *queue.Offer) (bool, error) {
	j := w.movedFrom(drop)
	if j == nil || o.State == queue.Failed || !sameWork(j, o) {
		return false, nil
	}
	switch {
	case j.State == queue.Failed || j.State == queue.Cancelled:
		return false, nil
	case j.Unsent():
		return false, w.replaceMoved(j, o)
	case j.RemoteID == "" && j.State != queue.Done:
		w.daemon.log.Debug("renamed while it is submitted", "asset", drop.Path, "job", j.ID)
		time.AfterFunc(doubtWait, func() { w.w.Check(drop.Path) })
		return true, nil
	}
	b, err := w.daemon.freezeAside(ctx, drop.Asset)
	if err != nil {
		return false, err
	}
	m := queue.Move{
		Path: drop.Path, Watch: w.Path, Root: w.Path, Stamp: drop.Stamp,
		Sources: sourcesOf(b), Key: bundle.Key(b.Files, o.Account, o.Options),
	}
	if !sameContent(j.Sources, m.Sources) || j.State == queue.Done && !w.daemon.resultFor(j, &m) {
		return false, nil
	}
	from := j.Path
	_, err = w.daemon.queue.Follow(j.ID, from, m)
	if errors.Is(err, queue.ErrTransition) { // it went on meanwhile
		w.w.Check(drop.Path)
		return true, nil
	}
	if err == nil {
		w.daemon.log.Info("renamed or moved: its job follows, and nothing is sent", "job", j.ID, "from", from, "asset", drop.Path)
	}
	return true, err
}

// sameWork reports whether the offer asks for what the job did: the same
// conversion, paid by the same account.
func sameWork(j *queue.Job, o *queue.Offer) bool {
	return j.Account == o.Account && j.Type == o.Type && j.Format == o.Format && maps.Equal(j.Options, o.Options) &&
		strings.EqualFold(filepath.Ext(j.Path), filepath.Ext(o.Path))
}

// replaceMoved withdraws a job that was never sent. What a person has to decide of
// it stays to be decided.
func (w *watch) replaceMoved(j *queue.Job, o *queue.Offer) error {
	if j.State == queue.Held && o.State == queue.Queued && (j.Reason == queue.Existing || j.Reason == queue.Approval) {
		o.State, o.Reason, o.Error, o.Hint = queue.Held, j.Reason, j.Error, j.Hint
	}
	o.Asked = o.Asked || j.Asked
	_, err := w.daemon.queue.Update(j.ID, func(j *queue.Job) error {
		if !j.Unsent() {
			return queue.ErrTransition
		}
		j.Enter(queue.Cancelled)
		j.Error = "renamed to " + o.Path
		return nil
	})
	return err // after ErrTransition the drop is taken in once more
}

// resultFor finds the done job's result for its asset's new place: the one that was
// moved along, or else where to copy it from. It reports false when neither it nor
// a remote job is known.
func (d *Daemon) resultFor(j *queue.Job, m *queue.Move) bool {
	dir, name := filepath.Dir(m.Path), filepath.Base(m.Path)
	along := filepath.Join(dir, filepath.Base(j.Result))
	beside := []string{
		filepath.Join(dir, strings.TrimSuffix(name, filepath.Ext(name))+".simready"), filepath.Join(dir, name+".simready"),
	}
	if name == filepath.Base(j.Path) {
		beside = append(beside, along)
	}
	if c, err := d.configOf(m.Path); err == nil && c.Result.Place != "mirror" {
		for _, at := range beside {
			if isResultOf(j, m, at) {
				m.Result = at
				return true
			}
		}
	}
	switch {
	case exists(j.Result):
		m.CopyFrom = j.Result
	case isResultOf(j, m, along):
		m.CopyFrom = along
	}
	return m.CopyFrom != "" || j.RemoteID != ""
}

// isResultOf reports whether the folder holds the job's result, whole.
func isResultOf(j *queue.Job, m *queue.Move, dir string) bool {
	s, err := result.ReadSidecar(dir)
	if err != nil || s.RemoteID != j.RemoteID || s.Key != j.Key && s.Key != j.Alias && s.Key != m.Key || !allThere(dir, s) {
		return false
	}
	return len(m.Sources) == len(s.Companions)+1 && s.Source.SHA256 == m.Sources[0].SHA256
}

// sourcesOf are the files of a bundle as they were read, the primary first.
func sourcesOf(b *bundle.Bundle) []queue.Source {
	var all []queue.Source
	for _, f := range b.Files {
		src := queue.Source{Path: f.Source, Size: f.SourceSize, SHA256: f.SourceSHA256}
		if f.Place == b.Primary {
			all = slices.Insert(all, 0, src)
		} else {
			all = append(all, src)
		}
	}
	return all
}

// sameContent reports whether two assets consist of the same bytes: equal primaries,
// and equal companions, whatever their names.
func sameContent(a, b []queue.Source) bool {
	if len(a) != len(b) || len(a) == 0 || a[0].SHA256 != b[0].SHA256 {
		return false
	}
	sums := func(list []queue.Source) []string {
		all := make([]string, len(list))
		for i, s := range list {
			all[i] = s.SHA256
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(sums(a), sums(b))
}
