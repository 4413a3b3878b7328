package queue_test

import (
	"strings"
	"testing"
	"time"

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
	}, false)
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
	if _, err := q.Restore("/in", []queue.Job{{Key: keyA, RemoteID: "r1"}}, false); err != nil {
		t.Fatal(err)
	}
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	j, v, _, err := q.Claim(j.ID, queue.Frozen{Key: keyA})
	if err != nil || v != queue.Adopt || j.RemoteID != "r1" {
		t.Errorf("verdict %v, remote %q, %v", v, j.RemoteID, err)
	}
}

// After a loss the ledger is rebuilt from what the sidecars tell, each key once, on
// the days of old; and what was paid today counts against today's budget.
func TestRecalledLedger(t *testing.T) {
	q := queuetest.MustOpen(t)
	long := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
	job := func(path, key string, credits float64, at time.Time) queue.Job {
		return queue.Job{Path: path, Watch: "/in", Provider: "rigyd", Account: "rigyd test", User: "ana", Key: key, RemoteID: "r", Result: "/in/r.simready", Credits: credits, Submitted: at}
	}
	keys := map[string]string{}
	for _, c := range "cdefg" {
		keys[string(c)] = strings.Repeat(string(c), 64)
	}
	_, err := q.Restore("/in", []queue.Job{
		job("/in/a.glb", keyA, 1, long),
		job("/in/copy.glb", keyA, 1, long.Add(time.Hour)), // was not paid again
		job("", keyB, 3, time.Now().Add(-time.Second)),    // an older version
		job("/in/free.glb", keys["c"], 0, long),
		job("/in/forged.glb", keys["d"], 1e12, long),
		job("/in/future.glb", keys["e"], 1, time.Now().Add(time.Hour)),
		{Path: "/in/other.glb", Provider: "gone", Key: keys["f"], Credits: 1, Submitted: long},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := q.Ledger("")
	if err != nil || len(entries) != 2 {
		t.Fatalf("%+v, %v", entries, err)
	}
	if e := entries[0]; e.Kind != queue.Recalled || e.Day != "2026-03-01" || e.Credits != 1 || e.Path != "/in/a.glb" || e.User != "ana" {
		t.Errorf("%+v", e)
	}
	wantSum(t, q, "2026-03-01", queue.Sum{Recalled: 1})
	if room, err := q.Room("rigyd", queue.Limits{PerDay: 5}); room != 2 || err != nil {
		t.Errorf("the day's limit leaves %v (%v), want 2", room, err)
	}
	// A folder that is read without a loss tells nothing of what this account paid.
	if _, err := q.Restore("/other", []queue.Job{job("/other/a.glb", keys["g"], 1, long)}, false); err != nil {
		t.Fatal(err)
	}
	if entries, err := q.Ledger(""); err != nil || len(entries) != 2 {
		t.Errorf("%+v, %v", entries, err)
	}
}
