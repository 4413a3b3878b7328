package watcher

import (
	"context"
	"errors"
	"time"
)

// callLimit bounds one call to a network file system. A server that dies is
// reported after 10 to 13 s by soft mounts, and never by hard ones.
const callLimit = 30 * time.Second

// errStuck says that the file system did not answer in time.
var errStuck = errors.New("the file system does not answer")

// lane keeps calls that may block for ever apart from those who wait for them:
// one at a time is under way, each in a goroutine of its own, and a stuck one
// keeps all later ones from starting. A nil lane just calls.
type lane struct{ slot chan struct{} }

func newLane() *lane { return &lane{slot: make(chan struct{}, 1)} }

// do runs fn. After errStuck or the end of ctx fn may still be running: the
// caller must not touch what fn writes.
func (l *lane) do(ctx context.Context, fn func()) error {
	if l == nil {
		fn()
		return nil
	}
	limit := time.NewTimer(callLimit)
	defer limit.Stop()
	select {
	case l.slot <- struct{}{}:
	case <-limit.C:
		return errStuck
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan struct{})
	go func() {
		defer func() { <-l.slot }()
		fn()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-limit.C:
		return errStuck
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
