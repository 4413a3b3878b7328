// Package queuetest opens queues for tests and checks, at the end of each, that
// everything holds which must always hold.
package queuetest

import (
	"testing"

	"simdrop/queue"
)

// MustOpen opens a queue in a folder of its own. In the test's cleanup it is
// checked and closed.
func MustOpen(t testing.TB) *queue.Queue { return MustOpenIn(t, t.TempDir()) }

// MustOpenIn is MustOpen for a given folder.
func MustOpenIn(t testing.TB, dir string) *queue.Queue {
	t.Helper()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Check(); err != nil {
			t.Error(err)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

// Drop is an offer of a settled drop at the path.
func Drop(path, stamp string) queue.Offer {
	return queue.Offer{
		Path: path, Watch: "/in", Root: "/in", Stamp: stamp, State: queue.Queued,
		Provider: "rigyd", Type: "rigyd", Account: "rigyd test", Format: "usd",
	}
}

// MustOffer offers o and returns the job that answers for it.
func MustOffer(t testing.TB, q *queue.Queue, o queue.Offer) queue.Job {
	t.Helper()
	j, _, err := q.Offer(o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// MustUpdate changes a job.
func MustUpdate(t testing.TB, q *queue.Queue, id string, f func(*queue.Job)) queue.Job {
	t.Helper()
	j, err := q.Update(id, func(j *queue.Job) error { f(j); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return j
}
