package uploader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"simdrop/internal/crash"
	"simdrop/internal/result"
	"simdrop/queue"
)

// deliver brings a finished job's result into the spool and from there to its
// place. A paid result is never given up: what stands in the way is waited for.
func (u *Uploader) deliver(ctx context.Context, l *line, j queue.Job) error {
	free := sync.OnceFunc(l.unreserveFetch)
	defer free()
	if !u.places.take(j.Path) { // its simulation, or a newer version, is at work on the same folder
		u.table.putOff(j.ID, time.Now().Add(time.Second))
		return nil
	}
	defer u.places.leave(j.Path)
	done, err := u.published(j)
	if done || err != nil {
		return err
	}
	if j.CopyFrom == "" {
		if err := u.fetch(ctx, l, j); err != nil {
			return u.unfetched(ctx, l, j, err)
		}
	}
	answered := u.whenHung(ctx, j, free)
	defer answered()
	place := u.Place(j)
	if place.Offline != "" {
		return u.change(j, func(j *queue.Job) {
			j.Retry("the result waits in the spool: "+place.Offline, "it is delivered as soon as the folder is back", time.Now().Add(offlineWait).UTC())
		})
	}
	if j.Simulation != nil {
		return u.obstructed(ctx, j, u.addSimulation(ctx, l, j, place))
	}
	return u.obstructed(ctx, j, u.publish(ctx, l, j, place))
}

// fetch brings into the spool what of the job's result is not there.
func (u *Uploader) fetch(ctx context.Context, l *line, j queue.Job) error {
	switch {
	case j.Simulation != nil:
		return u.fetchOutputs(ctx, l, j)
	case exists(u.resultFile(j.ID)):
		return nil
	}
	return u.download(ctx, l, j)
}

// offlineWait is how long a result waits before its place is looked at again.
const offlineWait = 15 * time.Second

// published finishes a job whose result was put in place before we stopped
// without saying so.
func (u *Uploader) published(j queue.Job) (bool, error) {
	if j.Publish == nil {
		return false, nil
	}
	var t result.Target
	if err := json.Unmarshal(j.Publish, &t); err != nil {
		return false, fmt.Errorf("read what was about to be published: %w", err)
	}
	state, err := result.Recover(t)
	if err != nil || state != result.Done {
		return false, err
	}
	return true, u.finish(j, t.Path)
}

// publish verifies the result and puts it in place.
func (u *Uploader) publish(ctx context.Context, l *line, j queue.Job, place Place) error {
	req := result.Request{
		JobID: u.staging(j.ID), Name: filepath.Base(j.Path), Dir: place.Dir, Root: place.Root,
		KeepVersions: place.KeepVersions, Format: j.Format, Sidecar: u.sidecar(l, j),
	}
	if j.CopyFrom != "" {
		req.From = j.CopyFrom
	} else {
		req.Archive = u.resultFile(j.ID)
	}
	p, err := result.Prepare(ctx, req)
	if err != nil {
		return u.unpublished(j, err)
	}
	return u.commit(ctx, j, p)
}

// commit records what is about to appear, and lets it.
func (u *Uploader) commit(ctx context.Context, j queue.Job, p *result.Prepared) error {
	crash.Point(crash.Staged)
	target, err := json.Marshal(p.Target())
	if err == nil {
		err = u.change(j, func(j *queue.Job) { j.Publish = target })
	}
	if err != nil {
		return errors.Join(err, p.Discard())
	}
	crash.Point(crash.Aimed)
	dir, err := p.Commit(ctx) // after an error its staging stays: Recover completes or undoes it
	switch {
	case errors.Is(err, result.ErrEdited), errors.Is(err, result.ErrTaken):
		// Somebody was there between the two: the next Prepare decides anew.
		return u.change(j, func(j *queue.Job) { j.Retry(err.Error(), "", time.Now().Add(time.Second).UTC()) })
	case err != nil:
		return u.unpublished(j, err)
	}
	crash.Point(crash.Published)
	return u.finish(j, dir)
}

// unpublished decides what it means that a result could not be put in place.
func (u *Uploader) unpublished(j queue.Job, err error) error {
	if errors.Is(err, result.ErrEdited) || errors.Is(err, result.ErrTaken) {
		return u.change(j, func(j *queue.Job) {
			j.Hold(queue.Edited, err.Error(), "move the folder away, then `simdrop release "+j.ID+"`; the new result waits in the spool")
		})
	}
	if errors.Is(err, result.ErrNoCopy) {
		return u.copyLost(j, err)
	}
	if a, ok := errors.AsType[*result.ArchiveError](err); ok {
		if a.Damaged {
			return u.damaged(j, a.Error())
		}
		u.Logger.Error("result refused", "job", j.ID, "asset", j.Path, "provider", j.Provider, "err", a)
		return u.change(j, func(j *queue.Job) {
			j.Fail(a.Error(), "nothing was written; `simdrop retry "+j.ID+"` fetches it again at no cost")
		})
	}
	return err
}

// copyLost handles a first result that is no longer what was published: the
// provider still has it, or the asset is sent after all. A result whose whole
// folder is away may only be offline, which costs nothing to wait for.
func (u *Uploader) copyLost(j queue.Job, err error) error {
	if !exists(filepath.Dir(j.CopyFrom)) {
		return err
	}
	u.Logger.Info("the first result cannot be copied", "job", j.ID, "asset", j.Path, "from", j.CopyFrom, "err", err)
	if ferr := u.Queue.Forget(j.Key, j.CopyFrom); ferr != nil {
		return ferr
	}
	return u.change(j, func(j *queue.Job) {
		j.CopyFrom = ""
		switch {
		case j.RemoteID == "":
			j.Enter(queue.Queued)
		case j.Simulation != nil: // it tells what there is to fetch
			j.Enter(queue.Converting)
		default:
			j.Enter(queue.Fetching)
		}
	})
}

// finish ends a job whose result is in place.
func (u *Uploader) finish(j queue.Job, dir string) error {
	s, err := result.ReadSidecar(dir)
	if err != nil {
		return err
	}
	err = u.change(j, func(j *queue.Job) {
		j.Enter(queue.Done)
		j.Result, j.Progress = dir, 100
		if j.Simulation == nil {
			j.Remark = strings.Join(s.Notes, "; ")
		}
		j.Publish = nil
		j.Completed = time.Now().UTC()
	})
	if err != nil {
		return err
	}
	if j.Watch == "" { // nothing of ours stays in a folder that is not watched
		result.Tidy(u.Place(j).Root)
	}
	u.Logger.Info("done", "job", j.ID, "asset", j.Path, "provider", j.Provider, "result", dir)
	return nil
}

// sidecar describes the result, all but what the archive itself tells.
func (u *Uploader) sidecar(l *line, j queue.Job) result.Sidecar {
	s := result.Sidecar{
		Key: j.Key, Provider: l.Name, Type: l.Type, RemoteID: j.RemoteID, Credits: j.Credits, Simdrop: u.Version,
		Submitted: j.Submitted, Completed: time.Now().UTC().Truncate(time.Second), Report: j.Report,
		Options: maps.Clone(j.Options), Companions: []result.FileInfo{},
	}
	if s.Options == nil {
		s.Options = make(map[string]string)
	}
	s.Options["format"] = j.Format
	for i, f := range j.Sources {
		info := result.FileInfo{Path: relative(filepath.Dir(j.Path), f.Path), Size: f.Size, SHA256: f.SHA256}
		if i == 0 {
			s.Source = info
		} else {
			s.Companions = append(s.Companions, info)
		}
	}
	return s
}

// relative is path as seen from dir, with slashes; the base name where there is no such way.
func relative(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return filepath.Base(path)
	}
	return filepath.ToSlash(rel)
}
