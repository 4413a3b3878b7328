package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"simdrop/internal/control"
	"simdrop/internal/dashboard"
)

// fakes starts daemons that convert nothing and behave like one: files become
// jobs that pass through the states, the control API is the real one. What a file
// is named decides what becomes of it: bad.glb fails, held.glb is held.
type fakes struct{}

func (fakes) Daemon(o daemonOptions) (Daemon, error) {
	d := &fakeDaemon{o: o, subs: map[int]func(control.Job){}, started: time.Now()}
	addr := o.Config.Control.Listen
	if addr == "" {
		return d, os.MkdirAll(o.Config.StateDir, 0o700)
	}
	if o.AnyPort {
		addr = "127.0.0.1:0"
	}
	s, err := dashboard.Listen(addr, o.Config.StateDir, dashboard.Options{Backend: d, Logger: o.Logger, Version: o.Version})
	if err != nil {
		return nil, err
	}
	d.server = s
	return d, nil
}

func (fakes) Engine(o engineOptions) (Engine, error) {
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	return fakeEngine{l}, nil
}

type fakeEngine struct{ net.Listener }

func (e fakeEngine) BaseURL() string { return "http://" + e.Addr().String() + "/api" }
func (e fakeEngine) Run(ctx context.Context) error {
	<-ctx.Done()
	return e.Close()
}

type fakeDaemon struct {
	o       daemonOptions
	server  *dashboard.Server
	started time.Time

	mu      sync.Mutex
	jobs    []control.Job // newest first
	subs    map[int]func(control.Job)
	next    int // numbers jobs
	lastSub int // numbers subscriptions
	paused  bool
	scan    *time.Time
}

func (d *fakeDaemon) Addr() string {
	if d.server == nil {
		return ""
	}
	return d.server.Addr()
}

func (d *fakeDaemon) StateDir() string { return d.o.Config.StateDir }

func (d *fakeDaemon) Close() error {
	if d.server == nil {
		return nil
	}
	return d.server.Close()
}

func (d *fakeDaemon) Run(ctx context.Context) error {
	if d.server != nil {
		go d.server.Serve()
	}
	if !d.o.NoWatch {
		for _, w := range d.o.Config.Watch {
			found, err := filepath.Glob(filepath.Join(w.Path, "*.[go][lb][bj]"))
			if err != nil {
				return err
			}
			if _, err := d.Convert(ctx, found); err != nil {
				return err
			}
		}
		now := time.Now()
		d.mu.Lock()
		d.scan = &now
		d.mu.Unlock()
	}
	<-ctx.Done()
	return d.Close()
}

// move puts the job into its next states, as far as its name allows.
func (d *fakeDaemon) move(id string) {
	name := filepath.Base(d.jobs[d.index(id)].Path)
	name = strings.TrimSuffix(name, filepath.Ext(name))
	d.set(id, func(j *control.Job) { j.State = control.Converting; j.Stage = "Decomposing"; j.Progress = 50 })
	d.set(id, func(j *control.Job) {
		switch {
		case strings.HasPrefix(name, "bad"):
			j.State, j.Error, j.Hint = control.Failed, "HTTP 422: no\x1b[31m mesh", "export it with a mesh"
		case strings.HasPrefix(name, "held"):
			j.State, j.Reason = control.Held, "approval"
		case strings.HasPrefix(name, "slow"):
			j.State = control.Converting
		default:
			j.State, j.Result = control.Done, filepath.Join(filepath.Dir(j.Path), name+".simready")
		}
	})
}

func (d *fakeDaemon) index(id string) int {
	return slices.IndexFunc(d.jobs, func(j control.Job) bool { return j.ID == id })
}

func (d *fakeDaemon) set(id string, f func(*control.Job)) {
	j := &d.jobs[d.index(id)]
	f(j)
	j.Updated = time.Now()
	for _, sub := range d.subs {
		sub(*j)
	}
}

func (d *fakeDaemon) Status(context.Context) control.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := control.Status{Version: "1.2.3", PID: os.Getpid(), Started: d.started, StateDir: d.StateDir(), Control: d.Addr(), Paused: d.paused, Jobs: map[string]int{}}
	for _, w := range d.o.Config.Watch {
		st := control.WatchStatus{Path: w.Path, Provider: w.Provider, State: "watching", Detect: "events", DetectWhy: "ext4 reports changes", LastScan: d.scan}
		if strings.HasPrefix(filepath.Base(w.Path), "gone") {
			st.State, st.Problem, st.Hint = "offline", "the folder is missing", "it is never created"
		}
		s.Watch = append(s.Watch, st)
	}
	for _, j := range d.jobs {
		s.Jobs[j.State]++
	}
	return s
}

func (d *fakeDaemon) Jobs(_ context.Context, state string, limit int) ([]control.Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []control.Job
	for _, j := range d.jobs {
		if (state == "" || j.State == state) && (limit == 0 || len(out) < limit) {
			out = append(out, j)
		}
	}
	return out, nil
}

func (d *fakeDaemon) Job(_ context.Context, id string) (control.Job, error) {
	return d.change(id, nil, nil)
}

func (d *fakeDaemon) change(id string, from []string, f func(*control.Job)) (control.Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.index(id)
	switch {
	case i < 0:
		return control.Job{}, fmt.Errorf("job %s: %w", id, dashboard.ErrNotFound)
	case f == nil:
	case !slices.Contains(from, d.jobs[i].State):
		return control.Job{}, fmt.Errorf("job %s is %s: %w", id, d.jobs[i].State, dashboard.ErrConflict)
	default:
		d.set(id, f)
	}
	return d.jobs[i], nil
}

func (d *fakeDaemon) Retry(_ context.Context, id string) (control.Job, error) {
	return d.change(id, []string{control.Failed}, func(j *control.Job) { j.State, j.Error = control.Queued, "" })
}

func (d *fakeDaemon) Cancel(_ context.Context, id string) (control.Job, error) {
	return d.change(id, []string{control.Queued, control.Converting, control.Held}, func(j *control.Job) { j.State = control.Cancelled })
}

func (d *fakeDaemon) Release(_ context.Context, id string) (control.Job, error) {
	return d.change(id, []string{control.Held}, func(j *control.Job) { j.State, j.Reason = control.Queued, "" })
}

func (d *fakeDaemon) Pause(context.Context) error  { return d.setPaused(true) }
func (d *fakeDaemon) Resume(context.Context) error { return d.setPaused(false) }

func (d *fakeDaemon) setPaused(p bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = p
	return nil
}

func (d *fakeDaemon) Convert(_ context.Context, paths []string) ([]control.Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []control.Job
	for _, p := range paths {
		if filepath.Ext(p) == ".txt" {
			return nil, fmt.Errorf("%s is no 3D asset: %w", p, dashboard.ErrInvalid)
		}
		d.next++
		j := control.Job{ID: fmt.Sprintf("j%d", d.next), Path: p, State: control.Queued, Provider: "rigyd", Created: time.Now(), Updated: time.Now(), Bundle: []string{filepath.Base(p)}}
		d.jobs = slices.Insert(d.jobs, 0, j)
		out = append(out, j)
		go func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.move(j.ID)
		}()
	}
	return out, nil
}

func (d *fakeDaemon) Explain(_ context.Context, path string) (control.Explanation, error) {
	soon := time.Now().Add(time.Hour)
	return control.Explanation{Path: path, Verdict: "it waits for wood.png", Next: &soon, Missing: []string{"wood.png"},
		Gates: []control.Gate{{Name: "name", Verdict: "pass"}, {Name: "complete", Verdict: "wait", Why: "wood.png is missing"}}}, nil
}

// ConfirmRoot wants a watched folder; one named gone* stays offline.
func (d *fakeDaemon) ConfirmRoot(_ context.Context, path string) (control.RootChange, error) {
	return d.root(path, "confirmed")
}

func (d *fakeDaemon) TakeoverRoot(_ context.Context, path string) (control.RootChange, error) {
	return d.root(path, "taken over")
}

func (d *fakeDaemon) root(path, said string) (control.RootChange, error) {
	for _, w := range d.o.Config.Watch {
		if w.Path == path {
			if strings.HasPrefix(filepath.Base(path), "gone") {
				return control.RootChange{}, fmt.Errorf("the folder is missing: %w", dashboard.ErrConflict)
			}
			return control.RootChange{Path: path, Changed: true, Said: said}, nil
		}
	}
	return control.RootChange{}, fmt.Errorf("%s is no watched folder: %w", path, dashboard.ErrNotFound)
}

// Ledger tells of one day on which one asset was paid and one was not paid again.
func (d *fakeDaemon) Ledger(_ context.Context, since string) (control.Ledger, error) {
	l := control.Ledger{Since: since, Days: []control.LedgerDay{}, Entries: []control.LedgerEntry{}}
	const day = "2026-05-02"
	if since > day {
		return l, nil
	}
	l.Total = control.LedgerSum{Spent: 3, Refunded: 1, Saved: 0.1 + 0.2, Net: 2}
	l.Days = append(l.Days, control.LedgerDay{Day: day, Watch: "/a", Provider: "rigyd", LedgerSum: l.Total})
	l.Entries = append(l.Entries, control.LedgerEntry{
		Time: time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC), Day: day, Job: "j1", Provider: "rigyd", Watch: "/a", Path: "/a/chair, old.glb",
		Kind: "spent", Credits: 3, User: "ana",
	})
	l.Users = []control.LedgerUser{{LedgerSum: control.LedgerSum{Recalled: 1, Net: 1}}, {User: "ana", LedgerSum: control.LedgerSum{Spent: 3, Refunded: 1, Net: 2}}}
	return l, nil
}

func (d *fakeDaemon) Subscribe(ctx context.Context, f func(control.Job)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastSub++
	id := d.lastSub
	d.subs[id] = f
	context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.subs, id)
	})
}

// ready is the script command that waits until a daemon answers for a state
// folder and has no job on its way: ready STATE_DIR.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready STATE_DIR, which may have * in it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		dirs, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		err = isReady(ctx, dirs...)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("no daemon for %s: %v", args[0], err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func isReady(ctx context.Context, dirs ...string) error {
	c, err := control.Find(ctx, dirs...)
	if err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	for _, w := range s.Watch {
		if w.LastScan == nil {
			return errors.New("not scanned")
		}
	}
	if s.Jobs[control.Queued] > 0 {
		return errors.New("jobs are on their way")
	}
	return nil
}
