package queue_test

import (
	"fmt"
	"os"
	"testing"

	"simdrop/queue"
)

// BenchmarkOpenChecked10000 examines in a child process, opens, and reads the live
// jobs of a queue with 10,000 jobs.
func BenchmarkOpenChecked10000(b *testing.B) {
	dir := b.TempDir()
	q, _, err := queue.OpenChecked(b.Context(), dir, here)
	if err != nil {
		b.Fatal(err)
	}
	restored := make([]queue.Job, 10_000)
	for i := range restored {
		restored[i] = queue.Job{Path: fmt.Sprintf("/in/%d.glb", i), Key: fmt.Sprintf("%064x", i), RemoteID: fmt.Sprint("r", i), Result: fmt.Sprintf("/in/%d.simready", i)}
	}
	if _, err := q.Restore("/in", restored, false); err != nil {
		b.Fatal(err)
	}
	jobs, err := q.List("", 0)
	if err != nil || len(jobs) != len(restored) {
		b.Fatal(len(jobs), err)
	}
	if err := q.Close(); err != nil {
		b.Fatal(err)
	}
	b.Setenv(examineVariable, "1")
	probe := queue.InChild(os.Args[0])
	for b.Loop() {
		q, loss, err := queue.OpenChecked(b.Context(), dir, probe)
		if err != nil || loss != nil {
			b.Fatal(loss, err)
		}
		if _, err := q.Live(); err != nil {
			b.Fatal(err)
		}
		q.Close()
	}
}
