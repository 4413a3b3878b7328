package queue_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

func TestFailedCommitStopsEverything(t *testing.T) {
	q, err := queue.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	guarded := make(chan error, 1)
	go func() { guarded <- q.Guard(t.Context()) }()
	if err := q.CloseFile(); err != nil {
		t.Fatal(err)
	}
	intend := func(j *queue.Job) error { j.Intent = &queue.Intent{}; j.Enter(queue.Submitting); return nil }
	if _, err := q.Update(j.ID, intend); !errors.Is(err, queue.ErrBroken) {
		t.Errorf("a commit that failed: %v, want ErrBroken", err)
	}
	if err := <-guarded; !errors.Is(err, queue.ErrBroken) {
		t.Errorf("the guard says %v, want ErrBroken", err)
	}
	if _, _, err := q.Offer(queuetest.Drop("/in/b.glb", "1")); !errors.Is(err, queue.ErrBroken) {
		t.Errorf("a change after it: %v, want ErrBroken", err)
	}
}

func TestRefusedChangeBreaksNothing(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	if _, err := q.Update(j.ID, func(*queue.Job) error { return os.ErrClosed }); !errors.Is(err, os.ErrClosed) || errors.Is(err, queue.ErrBroken) {
		t.Errorf("a refused change: %v", err)
	}
	enter(t, q, j.ID, queue.Submitting)
}

func TestRemovedOrReplacedFileIsNoticed(t *testing.T) {
	spoil := map[string]func(path string) error{
		"removed":  os.Remove,
		"replaced": func(path string) error { return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600)) },
	}
	for name, f := range spoil {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				q, err := queue.Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				defer q.Close()
				guarded := make(chan error, 1)
				go func() { guarded <- q.Guard(t.Context()) }()
				<-time.After(time.Minute)
				select {
				case err := <-guarded:
					t.Fatalf("the guard gives an intact queue up: %v", err)
				default:
				}
				if err := f(filepath.Join(dir, "queue.db")); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-guarded:
					if !errors.Is(err, queue.ErrBroken) {
						t.Errorf("the guard says %v, want ErrBroken", err)
					}
				case <-time.After(time.Minute):
					t.Fatal("not noticed within a minute")
				}
				if _, _, err := q.Offer(queuetest.Drop("/in/a.glb", "1")); !errors.Is(err, queue.ErrBroken) {
					t.Errorf("a change: %v, want ErrBroken", err)
				}
			})
		})
	}
}
