package queue_test

import (
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

func claim(t *testing.T, q *queue.Queue, id string) (queue.Job, queue.Verdict, queue.Paid) {
	t.Helper()
	j, v, p, err := q.Claim(id, queue.Frozen{Key: "key", Places: []string{"a.glb"}, Bytes: 5})
	if err != nil {
		t.Fatal(err)
	}
	return j, v, p
}

func TestOneKeyIsPaidOnce(t *testing.T) {
	q := queuetest.MustOpen(t)
	first := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	second := queuetest.MustOffer(t, q, queuetest.Drop("/in/copy.glb", "2"))

	if _, v, _ := claim(t, q, first.ID); v != queue.Own {
		t.Fatalf("first claim: %v, want Own", v)
	}
	if j, v, _ := claim(t, q, second.ID); v != queue.Wait || j.After != first.ID {
		t.Fatalf("second claim: %v behind %q, want Wait behind %s", v, j.After, first.ID)
	}
	enter(t, q, first.ID, queue.Submitting, queue.Converting, queue.Fetching, queue.Done)
	j, v, _ := claim(t, q, second.ID)
	if v != queue.Copy || j.CopyFrom != "/in/chair.simready" {
		t.Errorf("claim after the first is done: %v from %q, want Copy", v, j.CopyFrom)
	}
}

func TestGenerations(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	claim(t, q, j.ID)
	enter(t, q, j.ID, queue.Submitting, queue.Converting)
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.RemoteFailed = true; j.Fail("no mesh", "") })
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) {
		j.Enter(queue.Queued)
		j.RemoteID, j.RemoteFailed, j.Intent = "", false, nil
	})
	if _, v, p := claim(t, q, j.ID); v != queue.Own || p.Generation != 1 {
		t.Errorf("claim after a remote failure: %v, generation %d, want Own and 1", v, p.Generation)
	}
}

func TestWhatWasAcceptedIsAdopted(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	claim(t, q, j.ID)
	enter(t, q, j.ID, queue.Submitting, queue.Converting, queue.Cancelled)
	again := queuetest.MustOffer(t, q, queuetest.Drop("/in/b.glb", "2"))
	if j, v, _ := claim(t, q, again.ID); v != queue.Adopt || j.RemoteID != "r1" {
		t.Errorf("claim of a key that was accepted before: %v of %q, want Adopt of r1", v, j.RemoteID)
	}
}

func TestForgottenResult(t *testing.T) {
	q := queuetest.MustOpen(t)
	if err := q.Remember("key", queue.Paid{Result: "/in/chair.simready"}); err != nil {
		t.Fatal(err)
	}
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	if _, v, _ := claim(t, q, j.ID); v != queue.Copy {
		t.Fatalf("claim of a remembered key: %v, want Copy", v)
	}
	if err := q.Forget("key", "/in/chair.simready"); err != nil {
		t.Fatal(err)
	}
	if j, v, _ := claim(t, q, j.ID); v != queue.Own || j.CopyFrom != "" {
		t.Errorf("claim of a forgotten result: %v from %q, want Own", v, j.CopyFrom)
	}
}

func TestLists(t *testing.T) {
	q := queuetest.MustOpen(t)
	if f, err := q.ListFence("acc"); f != nil || err != nil {
		t.Fatalf("fence of an unread list: %s, %v", f, err)
	}
	err := q.AddListed("acc", []byte(`{"remote_id":"r9"}`), map[string]queue.Listed{"k7q2m4x9ab0": {RemoteID: "r1", Size: 7}})
	if err != nil {
		t.Fatal(err)
	}
	// A later job of the same name is not the one that was meant.
	err = q.AddListed("acc", []byte(`{"remote_id":"r10"}`), map[string]queue.Listed{"k7q2m4x9ab0": {RemoteID: "r10"}})
	if err != nil {
		t.Fatal(err)
	}
	if l, ok, err := q.ListedAs("acc", "k7q2m4x9ab0"); !ok || err != nil || l.RemoteID != "r1" {
		t.Errorf("listed as %+v %v %v", l, ok, err)
	}
	if _, ok, _ := q.ListedAs("other", "k7q2m4x9ab0"); ok {
		t.Error("another account's list shows the job")
	}
	if f, _ := q.ListFence("acc"); string(f) != `{"remote_id":"r10"}` {
		t.Errorf("fence is %s", f)
	}
}
