package queue_test

import (
	"errors"
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

func TestTransitions(t *testing.T) {
	q := queuetest.MustOpen(t)
	for _, from := range queue.States {
		for _, to := range queue.States {
			if from == to {
				continue
			}
			path, ok := way[from]
			if !ok {
				t.Fatalf("no way to %s", from)
			}
			j := queuetest.MustOffer(t, q, queuetest.Drop("/in/"+string(from)+"-"+string(to), "1"))
			j = enter(t, q, j.ID, path...)
			_, err := q.Update(j.ID, func(j *queue.Job) error {
				j.RemoteID, j.Intent = "r1", &queue.Intent{}
				j.Enter(to)
				return nil
			})
			if want := queue.May(from, to); (err == nil) != want {
				t.Errorf("%s to %s: %v, want allowed %v", from, to, err, want)
			}
			if err != nil && !errors.Is(err, queue.ErrTransition) {
				t.Errorf("%s to %s: %v, want ErrTransition", from, to, err)
			}
			if j, err = q.Get(j.ID); err != nil || !queue.May(from, to) && j.State != from {
				t.Errorf("%s to %s: refused, and the job is %s (%v)", from, to, j.State, err)
			}
		}
	}
}

// way leads from a new job to each state.
var way = map[queue.State][]queue.State{
	queue.Queued:     nil,
	queue.Submitting: {queue.Submitting},
	queue.Converting: {queue.Submitting, queue.Converting},
	queue.Fetching:   {queue.Submitting, queue.Converting, queue.Fetching},
	queue.Done:       {queue.Submitting, queue.Converting, queue.Fetching, queue.Done},
	queue.Failed:     {queue.Failed},
	queue.Held:       {queue.Held},
	queue.Cancelled:  {queue.Cancelled},
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	boom := errors.New("boom")
	_, err := q.Update(j.ID, func(j *queue.Job) error { j.Enter(queue.Failed); return boom })
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if now, _ := q.Get(j.ID); now.State != queue.Queued {
		t.Errorf("the job is %s after an update that failed", now.State)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Fresh() {
		t.Error("a new queue is not fresh")
	}
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	enter(t, q, j.ID, queue.Submitting, queue.Converting)
	if _, err := queue.Open(dir); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("opened twice: %v, want ErrLocked", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = queuetest.MustOpenIn(t, dir)
	if q.Fresh() {
		t.Error("a queue with jobs is fresh")
	}
	live, err := q.Live()
	if err != nil || len(live) != 1 || live[0].RemoteID != "r1" || live[0].State != queue.Converting {
		t.Errorf("live jobs after reopening: %+v, %v", live, err)
	}
}

func TestSubscribersHearInOrder(t *testing.T) {
	q := queuetest.MustOpen(t)
	var heard []queue.State
	cancel := q.Subscribe(func(j queue.Job) { heard = append(heard, j.State) })
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	enter(t, q, j.ID, queue.Submitting, queue.Converting)
	cancel()
	enter(t, q, j.ID, queue.Fetching)
	if len(heard) != 3 || heard[0] != queue.Queued || heard[1] != queue.Submitting || heard[2] != queue.Converting {
		t.Errorf("heard %v", heard)
	}
}

func TestUnknownIDs(t *testing.T) {
	q := queuetest.MustOpen(t)
	for _, id := range []string{"", "0", "1", "-1", "../x", "99999999999999999999"} {
		if _, err := q.Get(id); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("job %q: %v, want ErrNotFound", id, err)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var j queue.Job
	for range 1000 {
		j.Note("connection refused")
	}
	if len(j.History) > 20 {
		t.Errorf("%d attempts are kept", len(j.History))
	}
}

func TestBackoff(t *testing.T) {
	for n := range 100 {
		d := queue.Backoff(n)
		if d <= 0 || d > 5*60*1e9+500*1e6 {
			t.Fatalf("back-off after %d tries is %s", n, d)
		}
	}
}
