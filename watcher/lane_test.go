package watcher

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// While a call is stuck no other starts, and nobody waits for it; when it has come
// back all goes on.
func TestLaneRefusesWhileStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(2)
		free := make(chan struct{})
		if err := l.do(t.Context(), time.Second, func() { <-free }); err != errStuck {
			t.Fatal(err)
		}
		began := time.Now()
		if err := l.do(t.Context(), time.Hour, func() { t.Error("started beside a stuck one") }); err != errStuck || time.Since(began) > 0 {
			t.Fatal(err, time.Since(began))
		}
		close(free)
		synctest.Wait()
		done := false
		if err := l.do(t.Context(), time.Second, func() { done = true }); err != nil || !done {
			t.Fatal(err)
		}
	})
}

// Who waits for a turn is told as soon as the call before is past its limit.
func TestLaneTellsWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLane(1)
		free := make(chan struct{})
		defer close(free)
		go l.do(t.Context(), time.Minute, func() { <-free })
		synctest.Wait()
		began := time.Now()
		err := l.do(t.Context(), time.Hour, func() {})
		if err != errStuck || time.Since(began) != time.Minute {
			t.Fatal(err, time.Since(began))
		}
	})
}

// A stop does not wait for a call.
func TestLaneEndsWithItsContext(t *testing.T) {
	l := newLane(1)
	free := make(chan struct{})
	defer close(free)
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- l.do(ctx, time.Hour, func() { close(started); <-free }) }()
	<-started
	go func() { second <- l.do(ctx, time.Hour, func() { t.Error("started beside another") }) }()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
