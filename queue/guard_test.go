package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// examineVariable makes this test binary the child that examines a file.
const examineVariable = "SIMDROP_TEST_EXAMINE"

func TestMain(m *testing.M) {
	if os.Getenv(examineVariable) != "" {
		if err := json.NewEncoder(os.Stdout).Encode(queue.Examine(os.Args[len(os.Args)-1])); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// inChild examines in this test binary, started again.
func inChild(t testing.TB) queue.Prober {
	t.Setenv(examineVariable, "1")
	return queue.InChild(os.Args[0])
}

// used is a state folder with a queue that has jobs in several states.
func used(t *testing.T, dir string) {
	t.Helper()
	q, _, err := queue.OpenChecked(t.Context(), dir, here)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		j := queuetest.MustOffer(t, q, queuetest.Drop(fmt.Sprintf("/in/%d.glb", i), "1"))
		enter(t, q, j.ID, way[queue.States[i%len(queue.States)]]...)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// here examines in this process: for files that are whole.
func here(_ context.Context, path string) (queue.Finding, error) { return queue.Examine(path), nil }

func TestQueueThatIsWholeIsOpened(t *testing.T) {
	dir := t.TempDir()
	used(t, dir)
	q, loss, err := queue.OpenChecked(t.Context(), dir, inChild(t))
	if err != nil || loss != nil {
		t.Fatalf("loss %+v, %v", loss, err)
	}
	defer q.Close()
	jobs, err := q.List("", 0)
	if err != nil || len(jobs) != 60 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	if err := q.Check(); err != nil {
		t.Error(err)
	}
}

func TestLosses(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, dir string)
		lost  string // part of the reason, empty for none
		aside bool
	}{
		"first run":                 {func(*testing.T, string) {}, "", false},
		"queue and marker gone":     {func(t *testing.T, dir string) { used(t, dir); remove(t, dir, "queue.db"); remove(t, dir, "queue.id") }, "", false},
		"marker gone":               {func(t *testing.T, dir string) { used(t, dir); remove(t, dir, "queue.id") }, "", false},
		"marker is no ID":           {func(t *testing.T, dir string) { used(t, dir); write(t, dir, "queue.id", "scribble") }, "", false},
		"queue gone":                {func(t *testing.T, dir string) { used(t, dir); remove(t, dir, "queue.db") }, "gone", false},
		"queue empty":               {func(t *testing.T, dir string) { used(t, dir); write(t, dir, "queue.db", "") }, "empty", true},
		"queue empty, no marker":    {func(t *testing.T, dir string) { write(t, dir, "queue.db", "") }, "empty", true},
		"queue is something else":   {func(t *testing.T, dir string) { used(t, dir); write(t, dir, "queue.db", strings.Repeat("text", 9999)) }, "damaged", true},
		"queue is a folder":         {func(t *testing.T, dir string) { mkdir(t, filepath.Join(dir, "queue.db")) }, "not a file", true},
		"another queue":             {another, "not the one", true},
		"one head is damaged":       {func(t *testing.T, dir string) { used(t, dir); flip(t, dir, 4096+16+40, 1) }, "head", true},
		"cut after the first pages": {func(t *testing.T, dir string) { used(t, dir); cut(t, dir, 3*4096) }, "damaged", true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tc.spoil(t, dir)
			before, _ := os.ReadFile(filepath.Join(dir, "queue.db"))
			q, loss, err := queue.OpenChecked(t.Context(), dir, inChild(t))
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			why, err := q.Lost()
			if err != nil {
				t.Fatal(err)
			}
			if tc.lost == "" {
				if loss != nil || why != "" {
					t.Fatalf("loss %+v, %q", loss, why)
				}
				return
			}
			if loss == nil || !strings.Contains(loss.Reason, tc.lost) || why != loss.Reason {
				t.Fatalf("loss %+v, %q, want one with %q", loss, why, tc.lost)
			}
			if (loss.Aside != "") != tc.aside {
				t.Fatalf("set aside as %q", loss.Aside)
			}
			if tc.aside && len(before) > 0 {
				if after, err := os.ReadFile(loss.Aside); err != nil || string(after) != string(before) {
					t.Errorf("what was set aside is not what was there (%v)", err)
				}
			}
			again(t, q, dir)
		})
	}
}

// again opens the new queue once more: it is the one that the marker names, and
// still says that its predecessor was lost, until that is dealt with.
func again(t *testing.T, q *queue.Queue, dir string) {
	t.Helper()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q2, loss, err := queue.OpenChecked(t.Context(), dir, inChild(t))
	if err != nil || loss != nil {
		t.Fatalf("opened again: loss %+v, %v", loss, err)
	}
	if why, err := q2.Lost(); why == "" || err != nil {
		t.Errorf("the loss is forgotten (%v)", err)
	}
	if err := q2.MarkLost([]string{"/in"}); err != nil {
		t.Fatal(err)
	}
	why, err := q2.Lost()
	lost, lerr := q2.WasLost("/in")
	seen, serr := q2.HasSeen("/in")
	if why != "" || !lost || seen || errors.Join(err, lerr, serr) != nil {
		t.Errorf("after MarkLost: why %q, root lost %v, seen %v", why, lost, seen)
	}
	if err := q2.Seen("/in"); err != nil {
		t.Fatal(err)
	}
	if lost, _ := q2.WasLost("/in"); lost {
		t.Error("a root that was taken in anew is still lost")
	}
	q2.Close()
}

func TestNewerAndLockedQueuesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	q := queuetest.MustOpenIn(t, dir)
	if _, _, err := queue.OpenChecked(t.Context(), dir, inChild(t)); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("open in another process: %v, want ErrLocked", err)
	}
	_ = q
	dir = t.TempDir()
	used(t, dir)
	queue.SetSchema(t, dir, "99")
	before, err := os.ReadFile(filepath.Join(dir, "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = queue.OpenChecked(t.Context(), dir, inChild(t))
	if e, ok := errors.AsType[*queue.NewerError](err); !ok || e.Has != 99 || e.Hint() == "" {
		t.Errorf("a newer queue: %v", err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, "queue.db"))
	if string(after) != string(before) {
		t.Error("a newer queue was touched")
	}
}

// TestDamageIsNoticed damages the file in many ways. Each is found, or the queue is
// all that it was before: nothing in between, and no panic. SIMDROP_DAMAGES and
// SIMDROP_SEED make it longer or repeat it.
func TestDamageIsNoticed(t *testing.T) {
	master := t.TempDir()
	used(t, master)
	whole, err := os.ReadFile(filepath.Join(master, "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	was := listed(t, master)
	n, seed := number("SIMDROP_DAMAGES", 60), uint64(number("SIMDROP_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SIMDROP_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	found := 0
	probe := inChild(t)
	for i := range n {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(master)); err != nil {
			t.Fatal(err)
		}
		how, bytes := damage(dice, whole)
		write(t, dir, "queue.db", string(bytes))
		q, loss, err := queue.OpenChecked(t.Context(), dir, probe)
		if err != nil {
			t.Fatalf("damage %d, %s: %v", i, how, err)
		}
		if err := q.Check(); err != nil {
			t.Errorf("damage %d, %s: %v", i, how, err)
		}
		q.Close()
		if loss != nil {
			found++
			continue
		}
		if is := listed(t, dir); is != was {
			t.Errorf("damage %d, %s, was not noticed and changed the jobs", i, how)
		}
	}
	if found < n/8 { // much of a file is free pages, where no damage matters
		t.Errorf("only %d of %d damages were noticed", found, n)
	}
	t.Logf("%d of %d damages were noticed, the others changed nothing", found, n)
}

// damage is one way to spoil a file.
func damage(dice *rand.Rand, whole []byte) (how string, spoiled []byte) {
	b := append([]byte(nil), whole...)
	at := dice.IntN(len(b))
	switch dice.IntN(4) {
	case 0:
		return fmt.Sprintf("cut at %d", at), b[:at]
	case 1:
		n := min(1+dice.IntN(8192), len(b)-at)
		clear(b[at : at+n])
		return fmt.Sprintf("%d zeros at %d", n, at), b
	case 2:
		bit := dice.IntN(8)
		b[at] ^= 1 << bit
		return fmt.Sprintf("bit %d of byte %d flipped", bit, at), b
	}
	n := min(1+dice.IntN(512), len(b)-at)
	for i := range n {
		b[at+i] = byte(dice.Uint32())
	}
	return fmt.Sprintf("%d random bytes at %d", n, at), b
}

// listed is all that the queue in dir tells of its jobs.
func listed(t *testing.T, dir string) string {
	t.Helper()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	jobs, err := q.List("", 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func number(name string, standard int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return standard
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, dir string, size int64) {
	t.Helper()
	if err := os.Truncate(filepath.Join(dir, "queue.db"), size); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, dir string, at int, bits byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= bits
	write(t, dir, "queue.db", string(b))
}

// another puts a whole queue with another ID in place.
func another(t *testing.T, dir string) {
	used(t, dir)
	other := t.TempDir()
	used(t, other)
	b, err := os.ReadFile(filepath.Join(other, "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "queue.db", string(b))
}
