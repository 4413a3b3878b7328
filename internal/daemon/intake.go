package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"simdrop/internal/asset"
	"simdrop/internal/bundle"
	"simdrop/queue"
	"simdrop/watcher"
)

// offer takes a drop into the queue. A file that was saved again without a change
// of content is what its ended job already answered for: nothing new begins.
func (d *Daemon) offer(ctx context.Context, o queue.Offer, a *asset.Asset) error {
	last, err := d.queue.Latest(o.Path)
	if err != nil && !errors.Is(err, queue.ErrNotFound) {
		return err
	}
	if err == nil && (o.State == queue.Queued || o.Reason == queue.Approval) && answered(last, o) {
		return d.compare(ctx, last, o, a)
	}
	_, err = d.enqueue(o)
	return err
}

// answered reports whether the job has ended with a known content, so that it is
// worth comparing.
func answered(last queue.Job, o queue.Offer) bool {
	return last.Key != "" && last.Stamp != o.Stamp &&
		(last.State == queue.Done && exists(last.Result) || last.State == queue.Failed)
}

// compare freezes the asset and looks whether its content is what the ended job
// had. If it is not, it becomes a new job.
func (d *Daemon) compare(ctx context.Context, last queue.Job, o queue.Offer, a *asset.Asset) error {
	b, err := d.freezeAside(ctx, a)
	if err != nil {
		return err
	}
	if key := bundle.Key(b.Files, o.Account, o.Options); key == last.Key || key == last.Alias {
		_, err := d.queue.Update(last.ID, func(j *queue.Job) error { j.Stamp, j.Mark = o.Stamp, o.Mark; return nil })
		d.log.Debug("saved again without a change", "asset", o.Path, "job", last.ID)
		return err
	}
	_, err = d.enqueue(o)
	return err
}

// freezeAside tells what an asset's bundle would be, without keeping it.
func (d *Daemon) freezeAside(ctx context.Context, a *asset.Asset) (*bundle.Bundle, error) {
	dir, err := os.MkdirTemp(d.spool(), "incoming-")
	if err != nil {
		return nil, fmt.Errorf("freeze %s: %w", a.Primary, err)
	}
	defer os.RemoveAll(dir)
	b, err := bundle.Freeze(ctx, a, filepath.Join(dir, "bundle"))
	if err != nil {
		return nil, fmt.Errorf("freeze %s: %w", a.Primary, err)
	}
	return b, nil
}

// companionsGone reports whether all that happened is that companions of a
// converted asset were taken away: the result stands, and nothing is asked for.
func (d *Daemon) companionsGone(drop watcher.Drop) (bool, error) {
	if drop.Outcome != watcher.Missing {
		return false, nil
	}
	last, err := d.queue.Latest(drop.Path)
	if errors.Is(err, queue.ErrNotFound) {
		return false, nil
	}
	if err != nil || last.State != queue.Done || len(last.Sources) == 0 {
		return false, err
	}
	same, err := hasSum(drop.Path, last.Sources[0].SHA256)
	if !same || err != nil {
		return false, err
	}
	_, err = d.queue.Update(last.ID, func(j *queue.Job) error { j.Stamp, j.Mark = drop.Stamp, drop.Mark; return nil })
	d.log.Debug("companions of a converted asset are gone", "asset", drop.Path, "job", last.ID)
	return true, err
}

// hasSum reports whether the file has the SHA-256, in hex.
func hasSum(path, sum string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false, err
	}
	return hex.EncodeToString(h.Sum(nil)) == sum, nil
}

func (d *Daemon) enqueue(o queue.Offer) (queue.Job, error) {
	o.User = userOf(o.Path)
	j, isNew, err := d.queue.Offer(o)
	if err != nil || !isNew {
		return j, err
	}
	log := d.log.With("job", j.ID, "asset", j.Path)
	switch j.State {
	case queue.Failed:
		log.Error("cannot be converted", "err", j.Error)
	case queue.Held:
		log.Warn("held", "reason", string(j.Reason), "err", j.Error)
	default:
		log.Info("queued", "provider", j.Provider)
	}
	return j, nil
}

// withdrawOwned cancels waiting jobs of files that turn out to be companions of
// the asset: they are parts of it, not assets of their own.
func (d *Daemon) withdrawOwned(a *asset.Asset) error {
	for _, m := range a.Members[1:] {
		last, err := d.queue.Latest(m.Path)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !last.Unsent() {
			continue
		}
		_, err = d.queue.Update(last.ID, func(j *queue.Job) error {
			if !j.Unsent() {
				return queue.ErrTransition
			}
			j.Enter(queue.Cancelled)
			j.Error = "it is a part of " + a.Primary
			return nil
		})
		if err != nil && !errors.Is(err, queue.ErrTransition) {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return path != "" && err == nil
}
