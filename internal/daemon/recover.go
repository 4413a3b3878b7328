package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"simdrop/queue"
)

// openQueue opens the queue when no other process uses the state folder and the
// file is whole. What is damaged is set aside, and the queue made anew; what was
// paid for comes back from the results' sidecars (recall) and, before each first
// submission of a key, from the provider's own list.
func (d *Daemon) openQueue(probe queue.Prober) error {
	if err := d.lockState(); err != nil {
		return err
	}
	if probe == nil {
		probe = func(_ context.Context, path string) (queue.Finding, error) { return queue.Examine(path), nil }
	}
	q, loss, err := queue.OpenChecked(context.Background(), d.stateDir, probe)
	if err != nil {
		return err
	}
	d.queue = q
	d.teardown.add("queue", q.Close)
	d.background("queue", q.Guard)
	if loss != nil {
		d.log.Error("a new queue is made: what was paid for comes back from the results and from the provider's job list",
			"reason", loss.Reason, "set_aside", loss.Aside)
	}
	return d.markLost()
}

// markLost marks the watched folders when the queue before this one was lost: what
// lies there may have been paid for, cancelled or held, and nobody remembers.
func (d *Daemon) markLost() error {
	why, err := d.queue.Lost()
	if err != nil || why == "" {
		return err
	}
	// The new queue counts its jobs from 1 again: what the old one's jobs have in
	// the spool must not be taken for theirs.
	if err := emptyFolder(d.spool()); err != nil {
		return fmt.Errorf("clear the spool of the lost queue: %w", err)
	}
	var roots []string
	for _, c := range d.cfg.Watch {
		root, err := filepath.Abs(c.Path)
		if err != nil {
			return err
		}
		roots = append(roots, root)
	}
	if err := d.queue.MarkLost(roots); err != nil {
		return fmt.Errorf("begin to rebuild the queue: %w", err)
	}
	return nil
}

func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
