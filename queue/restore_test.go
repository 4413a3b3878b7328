package queue_test

import (
	"strings"
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

var keyA, keyB = strings.Repeat("a", 64), strings.Repeat("b", 64)

func TestRestore(t *testing.T) {
	q := queuetest.MustOpen(t)
	queuetest.MustOffer(t, q, queuetest.Drop("/in/busy.glb", "1"))
	told := 0
	defer q.Subscribe(func(queue.Job) { told++ })()
	n, err := q.Restore("/in", []queue.Job{
		{Path: "/in/a.glb", Key: keyA, RemoteID: "r1", Result: "/in/a.simready"},
		{Path: "/in/copy/a.glb", Key: keyA, RemoteID: "r1", Result: "/in/copy/a.simready"},
		{Path: "/in/busy.glb", Key: keyB, RemoteID: "r2", Result: "/in/busy.simready"},
	})
	if err != nil || n != 2 {
		t.Fatalf("%d jobs, %v", n, err)
	}
	if told != 0 {
		t.Errorf("subscribers were told of %d jobs, and nothing has happened", told)
	}
	a, err := q.Latest("/in/a.glb")
	if err != nil || a.State != queue.Done || !a.Restored() || a.Key != keyA {
		t.Errorf("restored: %+v, %v", a, err)
	}
	if b, err := q.Latest("/in/busy.glb"); err != nil || b.State != queue.Queued {
		t.Errorf("a path with a job got another: %+v, %v", b, err)
	}
	if read, err := q.HasRead("/in"); !read || err != nil {
		t.Errorf("read %v, %v", read, err)
	}

	// The same content elsewhere is copied, not submitted.
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/new.glb", "1"))
	j, v, _, err := q.Claim(j.ID, queue.Frozen{Key: keyA})
	if err != nil || v != queue.Copy || j.CopyFrom != "/in/a.simready" || j.RemoteID != "r1" {
		t.Errorf("verdict %v, copy from %q, remote %q, %v", v, j.CopyFrom, j.RemoteID, err)
	}
}

func TestRestoredWithoutItsResultIsFetchedAgain(t *testing.T) {
	q := queuetest.MustOpen(t)
	if _, err := q.Restore("/in", []queue.Job{{Key: keyA, RemoteID: "r1"}}); err != nil {
		t.Fatal(err)
	}
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	j, v, _, err := q.Claim(j.ID, queue.Frozen{Key: keyA})
	if err != nil || v != queue.Adopt || j.RemoteID != "r1" {
		t.Errorf("verdict %v, remote %q, %v", v, j.RemoteID, err)
	}
}
