package watcher

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// canaryEvery is how often a file is written to see whether events still come.
	canaryEvery = 5 * time.Minute
	// canaryWait is how long its event may take.
	canaryWait = 10 * time.Second
	canaryName = "canary-"
)

// errDeaf says that the kernel reports nothing of what certainly happened.
var errDeaf = errors.New("no event came for a file that simdrop itself wrote there; the folder is listed again and again instead")

// canary writes a file beside the marker now and then. When no event tells of it,
// the watches are dead, whatever the reason, and the folder is listed instead.
// Where a root has no marker of ours nothing is written. On a network file system
// it would prove nothing: our own changes are reported there, others' are not.
type canary struct {
	next time.Time   // the time to write, or to have heard
	name string      // of the file that is out, empty when none is
	last string      // of the file that was heard of last
	done chan string // names of files that were written
}

func writeAndRemove(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(path))
}

// sing does what is due: it writes a file, or finds that nothing was heard of the
// one before.
func (l *loop) sing(ctx context.Context, now time.Time) {
	c := &l.canary
	if l.notify == nil || l.fsys.Network || l.opts.Remember == nil || l.frozen || !l.scans.firstDone {
		c.name, c.next = "", time.Time{}
		return
	}
	if c.next.IsZero() {
		c.next = now.Add(l.opts.canaryEvery)
	}
	if now.Before(c.next) {
		return
	}
	if c.name != "" {
		l.deafen(errDeaf)
		c.name, c.next = "", now.Add(l.opts.canaryEvery)
		return
	}
	c.next = now.Add(l.opts.canaryEvery) // unless it is written
	name, dir := canaryName+rand.Text()[:8]+".tmp", filepath.Join(l.opts.Root, MarkerFolder)
	notify, write, done := l.notify, l.opts.writeCanary, c.done
	l.workers.Go(func() {
		notify.listen(dir, true)
		if err := write(filepath.Join(dir, name)); err != nil {
			return // it cannot be written to: nothing is known
		}
		select {
		case done <- name:
		case <-ctx.Done():
		}
	})
}

// sang takes note that a file was written: its event is due.
func (l *loop) sang(name string, now time.Time) {
	if l.canary.last != name {
		l.canary.name, l.canary.next = name, now.Add(l.opts.canaryWait)
	}
}

// heard takes in an event from the marker's folder. It may come before the news
// that the file was written.
func (l *loop) heard(name string, now time.Time) {
	if !strings.HasPrefix(name, canaryName) {
		return
	}
	l.canary.name, l.canary.last, l.canary.next = "", name, now.Add(l.opts.canaryEvery)
	l.notify.listen(filepath.Join(l.opts.Root, MarkerFolder), false)
	l.deafen(nil)
}

// deafen notes that events do not come, or that they do.
func (l *loop) deafen(err error) {
	if l.deaf == err {
		return
	}
	l.deaf = err
	if err != nil {
		l.rewatch() // which may help
		return
	}
	l.dirty("events come again")
}
