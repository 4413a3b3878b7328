package watcher

import (
	"context"
	"errors"
	"time"
)

// callLimit bounds one call to a network file system. A server that dies is
// reported after 10 to 13 s by soft mounts, and never by hard ones.
const callLimit = 30 * time.Second

// slowest is the slowest reading, in bytes per second, that still counts as
// reading.
const slowest = 1 << 20

// errStuck says that the file system did not answer in time.
var errStuck = errors.New("the file system does not answer")

// lane keeps calls that may block for ever apart from those who wait for them:
// one at a time is under way, each in a goroutine of its own, and a stuck one
// keeps all later ones from starting. A nil lane just calls.
type lane struct{ slot chan struct{} }

func newLane() *lane { return &lane{slot: make(chan struct{}, 1)} }

// do waits for its turn and runs fn, for at most limit. After errStuck or the end
// of ctx fn may still be running: the caller must not touch what fn writes.
func (l *lane) do(ctx context.Context, limit time.Duration, fn func()) error {
	if l == nil {
		fn()
		return nil
	}
	select {
	case l.slot <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	done := make(chan struct{})
	go func() {
		defer func() { <-l.slot }()
		fn()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return errStuck
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
