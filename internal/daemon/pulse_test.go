package daemon_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"simdrop/internal/daemon"
)

// A daemon that is up says so, and goes on saying so while nothing happens.
func TestPulse(t *testing.T) {
	r := newRig(t)
	beats := make(chan string, 100)
	d, err := daemon.New(daemon.Options{
		Config: &r.cfg, Version: "test", Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Probe: inChild,
		Pulse: func(status string) { beats <- status }, PulseEvery: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	for status := ""; status != "watching 1 folder"; { // the loop is ahead of the first listing
		select {
		case status = <-beats:
		case <-time.After(patience):
			t.Fatalf("no sign of life after %q", status)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
