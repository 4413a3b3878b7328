package queue_test

import (
	"errors"
	"testing"

	"simdrop/queue"
)

// A hold for the pause that arrives after submissions went on would never be lifted.
func TestHoldAfterTheResume(t *testing.T) {
	q, err := queue.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	j, _, err := q.Offer(queue.Offer{Path: "/drop/chair.obj", Watch: "/drop", Provider: "rigyd", Stamp: "1"})
	if err != nil {
		t.Fatal(err)
	}
	state := func() queue.State {
		now, err := q.Get(j.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.State
	}

	if err := q.SetPaused(true); err != nil {
		t.Fatal(err)
	}
	if err := q.HoldPaused(j.ID, "paused", ""); err != nil || state() != queue.Held {
		t.Fatalf("%v; the job is %s, want held", err, state())
	}
	if err := q.SetPaused(false); err != nil || state() != queue.Queued {
		t.Fatalf("%v; the job is %s, want queued", err, state())
	}
	if err := q.HoldPaused(j.ID, "paused", ""); !errors.Is(err, queue.ErrTransition) || state() != queue.Queued {
		t.Fatalf("%v; the job is %s, want queued", err, state())
	}
}
