package watcher

import (
	"context"
	"errors"
	"sync"
	"time"
)

// callLimit bounds one call to a network file system. A server that dies is
// reported after 10 to 13 s by soft mounts, and never by hard ones.
const callLimit = 30 * time.Second

// asideLimit bounds a look at a file that a person asks about, who waits for it.
const asideLimit = 15 * time.Second

// startLimit bounds what is asked of a root before it is watched: one that does
// not answer by then counts as unknown, and is recognised when it does.
const startLimit = 3 * time.Second

// slowest is the slowest reading, in bytes per second, that still counts as
// reading.
const slowest = 1 << 20

// errStuck says that the file system did not answer in time.
var errStuck = errors.New("the file system does not answer")

// lane keeps calls that may block for ever apart from those who wait for them:
// so many at a time are under way, each in a goroutine of its own, and as long as
// one is stuck no other starts. A nil lane just calls.
type lane struct {
	slots chan struct{}

	mu    sync.Mutex
	stuck int           // calls that are past their limit
	jam   chan struct{} // closed while there are any
}

func newLane(width int) *lane {
	return &lane{slots: make(chan struct{}, width), jam: make(chan struct{})}
}

// do waits for its turn and runs fn, for at most limit. After errStuck or the end
// of ctx fn may still be running: the caller must not touch what fn writes.
func (l *lane) do(ctx context.Context, limit time.Duration, fn func()) error {
	if l == nil {
		fn()
		return nil
	}
	select {
	case <-l.jammed():
		return errStuck
	default:
	}
	select {
	case l.slots <- struct{}{}:
	case <-l.jammed():
		return errStuck
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	done := make(chan struct{})
	go func() {
		defer func() { <-l.slots }()
		fn()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-timer.C:
		l.count(1)
		go func() {
			<-done
			l.count(-1)
		}()
		return errStuck
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *lane) jammed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.jam
}

func (l *lane) count(change int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.stuck
	l.stuck += change
	switch {
	case was == 0 && l.stuck > 0:
		close(l.jam)
	case was > 0 && l.stuck == 0:
		l.jam = make(chan struct{})
	}
}

// answerWithin runs a call that may block for ever and waits for it for so long.
// ok is false when it did not answer.
func answerWithin[T any](limit time.Duration, call func() T) (answer T, ok bool) {
	c := make(chan T, 1)
	go func() { c <- call() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case answer = <-c:
		return answer, true
	case <-timer.C:
		return answer, false
	}
}
