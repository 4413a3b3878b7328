package queue_test

import (
	"errors"
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// marked is a job of a file in a known state, claimed under the key "key".
func marked(t *testing.T, q *queue.Queue) queue.Job {
	t.Helper()
	o := queuetest.Drop("/in/a.glb", "1")
	o.Mark = "mark"
	j := queuetest.MustOffer(t, q, o)
	claim(t, q, j.ID)
	return j
}

func claimOf(t *testing.T, q *queue.Queue, path, key string) (queue.Job, queue.Verdict) {
	t.Helper()
	other := queuetest.MustOffer(t, q, queuetest.Drop(path, path))
	j, v, _, err := q.Claim(other.ID, queue.Frozen{Key: key, Places: []string{"x.glb"}})
	if err != nil {
		t.Fatal(err)
	}
	return j, v
}

// A done job goes with its asset; its result counts where it lies then, under the
// old key and under the one of the new name.
func TestFollowWithResult(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := marked(t, q)
	enter(t, q, j.ID, queue.Submitting, queue.Converting, queue.Fetching, queue.Done)
	found, err := q.Marked("mark")
	if err != nil || found.ID != j.ID {
		t.Fatal(found.ID, err)
	}
	m := queue.Move{Path: "/to/b.glb", Watch: "/to", Root: "/to", Stamp: "2", Key: "new key", Result: "/to/b.simready"}
	if _, err := q.Follow(j.ID, "/in/a.glb", m); err != nil {
		t.Fatal(err)
	}
	now, err := q.Latest("/to/b.glb")
	if err != nil || now.ID != j.ID || now.State != queue.Done || now.Result != "/to/b.simready" || !q.Known("/to/b.glb", "2") {
		t.Errorf("%+v, %v", now, err)
	}
	if _, err := q.Latest("/in/a.glb"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("the old path still has a job: %v", err)
	}
	for _, key := range []string{"key", "new key"} {
		if c, v := claimOf(t, q, "/other/"+key, key); v != queue.Copy || c.CopyFrom != "/to/b.simready" {
			t.Errorf("%s: %v from %q", key, v, c.CopyFrom)
		}
	}
}

// Without its result, it is delivered once more; meanwhile nobody pays for either key.
func TestFollowWithoutResult(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := marked(t, q)
	enter(t, q, j.ID, queue.Submitting, queue.Converting, queue.Fetching, queue.Done)
	m := queue.Move{Path: "/in/b.glb", Stamp: "2", Key: "new key", CopyFrom: "/in/chair.simready"}
	now, err := q.Follow(j.ID, "/in/a.glb", m)
	if err != nil || now.State != queue.Fetching || now.CopyFrom != "/in/chair.simready" {
		t.Fatalf("%+v, %v", now, err)
	}
	for _, key := range []string{"key", "new key"} {
		if c, v := claimOf(t, q, "/other/"+key, key); v != queue.Wait || c.After != j.ID {
			t.Errorf("%s: %v behind %q", key, v, c.After)
		}
	}
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.Enter(queue.Done); j.Result = "/in/b.simready" })
	for _, key := range []string{"key", "new key"} {
		if c, v := claimOf(t, q, "/more/"+key, key); v != queue.Copy || c.CopyFrom != "/in/b.simready" {
			t.Errorf("%s: %v from %q", key, v, c.CopyFrom)
		}
	}
}

// In flight, only the path changes.
func TestFollowInFlight(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := marked(t, q)
	enter(t, q, j.ID, queue.Submitting, queue.Converting)
	now, err := q.Follow(j.ID, "/in/a.glb", queue.Move{Path: "/in/b.glb", Stamp: "2", Key: "new key"})
	if err != nil || now.State != queue.Converting || now.Path != "/in/b.glb" || now.Key != "key" {
		t.Fatalf("%+v, %v", now, err)
	}
	enter(t, q, j.ID, queue.Fetching, queue.Done)
	if _, v := claimOf(t, q, "/other", "new key"); v != queue.Copy {
		t.Errorf("%v, want Copy", v)
	}
}

func TestFollowRefuses(t *testing.T) {
	tests := []struct {
		name   string
		states []queue.State
		from   string
		taken  bool
	}{
		{"a job that was never sent", nil, "/in/a.glb", false},
		{"one that failed", []queue.State{queue.Submitting, queue.Failed}, "/in/a.glb", false},
		{"one that is elsewhere by now", []queue.State{queue.Submitting, queue.Converting}, "/in/z.glb", false},
		{"a path with a job of its own", []queue.State{queue.Submitting, queue.Converting}, "/in/a.glb", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := queuetest.MustOpen(t)
			j := marked(t, q)
			enter(t, q, j.ID, test.states...)
			if test.taken {
				queuetest.MustOffer(t, q, queuetest.Drop("/in/b.glb", "9"))
			}
			if _, err := q.Follow(j.ID, test.from, queue.Move{Path: "/in/b.glb"}); !errors.Is(err, queue.ErrTransition) {
				t.Errorf("got %v", err)
			}
			if now, err := q.Latest("/in/a.glb"); err != nil || now.ID != j.ID {
				t.Errorf("the old path has %+v, %v", now, err)
			}
		})
	}
}
