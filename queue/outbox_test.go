package queue_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// everything addresses every change to one receiver, as "name state".
func everything(q *queue.Queue) {
	q.Address(func(j queue.Job) []string { return []string{"web"} })
}

// letters delivers what waits for the receiver and says what it was.
func letters(t *testing.T, q *queue.Queue, to string) string {
	t.Helper()
	var all []string
	for {
		l, err := q.NextLetter(to)
		if errors.Is(err, queue.ErrNotFound) {
			return strings.Join(all, ", ")
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSpace(fmt.Sprint(l.Job.ID, " ", l.Job.State, " ", l.Job.Reason)))
		if err := q.Delivered(l); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLettersTellOfNewsOnly(t *testing.T) {
	q := queuetest.MustOpen(t)
	everything(q)
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.obj", "1"))
	change := func(f func(*queue.Job)) { queuetest.MustUpdate(t, q, j.ID, f) }
	change(func(j *queue.Job) { j.Progress = 5 })
	change(func(j *queue.Job) { j.Hold(queue.Key, "no key", "") })
	change(func(j *queue.Job) { j.Hold(queue.Key, "still no key", "") })
	change(func(j *queue.Job) { j.Hold(queue.Credits, "no credits", "") })
	change(func(j *queue.Job) { j.Enter(queue.Queued) })
	change(func(j *queue.Job) { j.Fail("broken", "") })
	queuetest.MustOffer(t, q, queuetest.Drop("/in/a.obj", "1")) // known already
	refused := errors.New("refused")
	if _, err := q.Update(j.ID, func(j *queue.Job) error { j.Enter(queue.Queued); return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	if _, err := q.Restore("/in", []queue.Job{{Path: "/in/old.obj", Key: "k", Result: "/in/old.simready"}}, true); err != nil {
		t.Fatal(err)
	}
	if got, want := letters(t, q, "web"), "1 queued, 1 held key, 1 held credits, 1 queued, 1 failed"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestLettersSurvive(t *testing.T) {
	dir := t.TempDir()
	q, err := queue.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	everything(q)
	queuetest.MustOffer(t, q, queuetest.Drop("/in/a.obj", "1"))
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = queuetest.MustOpenIn(t, dir)
	if got := letters(t, q, "web"); got != "1 queued" {
		t.Errorf("told %q", got)
	}
}

func TestLettersAreBounded(t *testing.T) {
	q := queuetest.MustOpen(t)
	q.Address(func(j queue.Job) []string { return []string{"hook 1", "hook 10", "web"} })
	for i := range 5 {
		queuetest.MustOffer(t, q, queuetest.Drop(fmt.Sprintf("/in/%d.obj", i), "1"))
	}
	if n, err := q.TrimLetters("hook 1", 2); n != 3 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
	if n, err := q.TrimLetters("hook 1", 2); n != 0 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
	if err := q.KeepReceivers([]string{"hook 1", "hook 10"}); err != nil {
		t.Error(err)
	}
	got := []string{letters(t, q, "hook 1"), letters(t, q, "hook 10"), letters(t, q, "web")}
	if want := []string{"4 queued, 5 queued", "1 queued, 2 queued, 3 queued, 4 queued, 5 queued", ""}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
