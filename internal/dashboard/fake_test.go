package dashboard

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"simdrop/internal/control"
)

// fake is a daemon that keeps jobs in memory: it has states, refuses what they do
// not allow and tells its subscribers.
type fake struct {
	mu     sync.Mutex
	jobs   []control.Job // newest first
	paused bool
	watch  []control.WatchStatus
	subs   map[int]func(control.Job)
	next   int
	// subscribed gets a value for every subscription that begins, and ended for
	// every one that ends.
	subscribed, ended chan struct{}
}

func newFake(states ...string) *fake {
	f := &fake{subs: map[int]func(control.Job){}, subscribed: make(chan struct{}, 100), ended: make(chan struct{}, 100)}
	for _, s := range states {
		f.add("/a/"+s+".glb", s)
	}
	return f
}

func (f *fake) add(path, state string) control.Job {
	f.next++
	j := control.Job{ID: fmt.Sprintf("j%d", f.next), Path: path, State: state, Updated: time.Now()}
	f.jobs = slices.Insert(f.jobs, 0, j)
	return j
}

func (f *fake) tell(j control.Job) {
	for _, sub := range f.subs {
		sub(j)
	}
}

func (f *fake) Status(context.Context) control.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := control.Status{Version: "1.2.3", Paused: f.paused, Jobs: map[string]int{}, Watch: f.watch,
		Providers: []control.ProviderStatus{{Name: "rigyd", Problem: "the key is refused", Hint: "simdrop login rigyd", InFlight: 2}}}
	for _, j := range f.jobs {
		s.Jobs[j.State]++
	}
	return s
}

func (f *fake) Jobs(_ context.Context, state string, limit int) ([]control.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []control.Job
	for _, j := range f.jobs {
		if (state == "" || j.State == state) && (limit == 0 || len(out) < limit) {
			out = append(out, j)
		}
	}
	return out, nil
}

func (f *fake) Job(_ context.Context, id string) (control.Job, error) {
	return f.change(id, "", nil)
}

func (f *fake) change(id, to string, from []string) (control.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.jobs {
		j := &f.jobs[i]
		if j.ID != id {
			continue
		}
		if from != nil {
			if !slices.Contains(from, j.State) {
				return control.Job{}, fmt.Errorf("%s is %s: %w", id, j.State, ErrConflict)
			}
			j.State = to
			f.tell(*j)
		}
		return *j, nil
	}
	return control.Job{}, fmt.Errorf("job %s: %w", id, ErrNotFound)
}

func (f *fake) Retry(_ context.Context, id string) (control.Job, error) {
	return f.change(id, control.Queued, []string{control.Failed})
}

func (f *fake) Cancel(_ context.Context, id string) (control.Job, error) {
	return f.change(id, control.Cancelled, []string{control.Queued, control.Held, control.Converting})
}

func (f *fake) Release(_ context.Context, id string) (control.Job, error) {
	return f.change(id, control.Queued, []string{control.Held})
}

func (f *fake) Pause(context.Context) error  { return f.setPaused(true) }
func (f *fake) Resume(context.Context) error { return f.setPaused(false) }

func (f *fake) setPaused(p bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paused = p
	return nil
}

func (f *fake) Convert(_ context.Context, paths []string) ([]control.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []control.Job
	for _, p := range paths {
		j := f.add(p, control.Queued)
		f.tell(j)
		out = append(out, j)
	}
	return out, nil
}

func (f *fake) Explain(_ context.Context, path string) (control.Explanation, error) {
	return control.Explanation{Path: path, Verdict: "it is still being written"}, nil
}

func (f *fake) ConfirmRoot(_ context.Context, path string) (control.RootChange, error) {
	return f.root(path, "offline")
}

func (f *fake) TakeoverRoot(_ context.Context, path string) (control.RootChange, error) {
	return f.root(path, "standby")
}

func (f *fake) root(path, from string) (control.RootChange, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.watch {
		w := &f.watch[i]
		switch {
		case w.Path != path:
		case w.State == "watching":
			return control.RootChange{Path: path, Said: "there is nothing to do"}, nil
		case w.State != from:
			return control.RootChange{}, fmt.Errorf("%s is %s: %w", path, w.State, ErrConflict)
		default:
			w.State = "watching"
			return control.RootChange{Path: path, Changed: true, Said: "it is watched again"}, nil
		}
	}
	return control.RootChange{}, fmt.Errorf("%s: %w", path, ErrNotFound)
}

// Ledger tells of one day on which one asset was paid and one was not paid again.
func (f *fake) Ledger(_ context.Context, since string) (control.Ledger, error) {
	l := control.Ledger{Since: since, Days: []control.LedgerDay{}, Entries: []control.LedgerEntry{}}
	const day = "2026-05-02"
	if since > day {
		return l, nil
	}
	l.Total = control.LedgerSum{Spent: 3, Refunded: 1, Saved: 0.1 + 0.2, Net: 2}
	l.Days = append(l.Days, control.LedgerDay{Day: day, Watch: "/a", Provider: "rigyd", LedgerSum: l.Total})
	l.Entries = append(l.Entries, control.LedgerEntry{
		Time: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC), Day: day, Job: "j1", Provider: "rigyd", Watch: "/a", Path: "/a/chair, old.glb",
		Kind: "spent", Credits: 3,
	})
	return l, nil
}

func (f *fake) Subscribe(ctx context.Context, fn func(control.Job)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	id := f.next
	f.subs[id] = fn
	f.subscribed <- struct{}{}
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, id)
		f.ended <- struct{}{}
	})
}

// serve listens with the fake on a port of its own and returns the state folder.
func serve(t *testing.T, f *fake) (*Server, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Listen("127.0.0.1:0", dir, Options{Backend: f, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

func client(t *testing.T, dir string) *control.Client {
	t.Helper()
	c, err := control.Find(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
