package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/dashboard"
	"simdrop/queue"
	"simdrop/watcher"
)

// The daemon is the backend of its own control API.
var _ dashboard.Backend = (*Daemon)(nil)

// Status returns what is going on.
func (d *Daemon) Status(context.Context) control.Status {
	s := control.Status{
		Version: d.version, PID: os.Getpid(), Started: d.started.UTC(), StateDir: d.stateDir, Control: d.Addr(),
		Watch: []control.WatchStatus{}, Providers: []control.ProviderStatus{}, Jobs: make(map[string]int),
	}
	s.Paused, _ = d.queue.IsPaused()
	counts, err := d.queue.Counts()
	if err != nil {
		d.log.Error("read the queue", "err", err)
	}
	for _, state := range queue.States {
		s.Jobs[string(state)] = counts[state]
	}
	for _, w := range d.watches {
		s.Watch = append(s.Watch, w.status())
	}
	for _, l := range d.up.Lines {
		p := control.ProviderStatus{Name: l.Name, Type: l.Type, BaseURL: d.cfg.Providers[l.Name].BaseURL, InFlight: d.up.InFlight(l.Name)}
		p.Problem, p.Hint = d.up.Problem(l.Name)
		s.Providers = append(s.Providers, p)
	}
	return s
}

func (w *watch) status() control.WatchStatus {
	s := w.w.Status()
	if s.Detect == watcher.Poll && s.State == watcher.Watching && s.Problem != "" {
		s.DetectWhy = s.Problem // it would be events, but for that
	}
	if s.Detect == watcher.Poll && s.Interval > w.PollInterval.D() && s.State == watcher.Watching {
		s.DetectWhy += fmt.Sprintf("; every %s, because a listing takes %s", s.Interval.Round(time.Second), s.ScanTook.Round(100*time.Millisecond))
	}
	if s.Problem == "" {
		s.Problem, s.Hint = w.recipeProblem()
	}
	return control.WatchStatus{
		Path: w.Path, Provider: w.Provider, State: string(s.State), Detect: string(s.Detect), DetectWhy: s.DetectWhy, FileSystem: s.FileSystem,
		Problem: s.Problem, Hint: s.Hint, Settling: w.settling(s), LastScan: timeOrNil(s.LastScan),
	}
}

// Jobs lists jobs, newest first.
func (d *Daemon) Jobs(_ context.Context, state string, limit int) ([]control.Job, error) {
	jobs, err := d.queue.List(queue.State(state), limit)
	return views(jobs), err
}

// Job returns one job.
func (d *Daemon) Job(_ context.Context, id string) (control.Job, error) {
	j, err := d.queue.Get(id)
	return view(j), known(err)
}

// Retry tries an ended job again. What was paid for is fetched again; only what
// failed at the provider, or never reached it, is submitted.
func (d *Daemon) Retry(_ context.Context, id string) (control.Job, error) {
	return d.update(id, func(j *queue.Job) error {
		// The format is not what is paid for, only what is fetched: as it is wanted now.
		c, err := d.effectiveFor(j.Path)
		if wrong, ok := errors.AsType[*recipeError](err); ok && j.Simulation == nil {
			return conflict("%v", wrong)
		}
		if err == nil && j.Simulation == nil {
			j.Format = c.Convert.Format
		}
		switch {
		case j.State == queue.Done && exists(j.Result):
			return conflict("job %s is done: its result is %s", j.ID, j.Result)
		case !j.State.Ended():
			return conflict("job %s is %s: there is nothing to retry", j.ID, j.State)
		case j.RemoteID != "" && !j.RemoteFailed:
			next := queue.Converting
			if j.State == queue.Done {
				next = queue.Fetching
			}
			j.Enter(next)
		default:
			j.Enter(queue.Queued)
			j.Again = true
			// What lies there now is what the person wants converted.
			j.Stamp, j.RemoteID, j.RemoteFailed, j.Intent, j.Key = "", "", false, nil, ""
			if err == nil && j.Simulation == nil {
				fit(j, c) // and as it is to be converted now
			}
			j.RemoteStatus, j.Stage, j.Progress = "", "", 0
		}
		return nil
	})
}

// Cancel stops a job. A remote job cannot be stopped: it is no longer followed.
func (d *Daemon) Cancel(_ context.Context, id string) (control.Job, error) {
	return d.update(id, func(j *queue.Job) error {
		switch j.State {
		case queue.Cancelled:
			return nil
		case queue.Done:
			return conflict("job %s is done", j.ID)
		case queue.Submitting:
			return conflict("job %s is being handed over to %s: cancel it when the answer is there", j.ID, j.Provider)
		}
		note := "cancelled"
		if j.RemoteID != "" {
			note = "cancelled here; " + j.Provider + " still has it as " + j.RemoteID
		}
		j.Enter(queue.Cancelled)
		j.Error = note
		return nil
	})
}

// Release lets a held job go.
func (d *Daemon) Release(_ context.Context, id string) (control.Job, error) {
	var reason queue.Reason
	j, err := d.update(id, func(j *queue.Job) error {
		if j.State != queue.Held {
			return conflict("job %s is %s, not held", j.ID, j.State)
		}
		reason = j.Reason
		j.Released = true
		if j.Reason == queue.Companions {
			j.Stamp = "" // it goes as it is now
		}
		j.Enter(j.Back)
		return nil
	})
	if err == nil && (reason == queue.Key || reason == queue.Credits) {
		err = d.up.Reopen(j.Provider)
	}
	return j, err
}

// Pause stops submissions; running jobs are still followed and fetched.
func (d *Daemon) Pause(context.Context) error {
	err := d.queue.SetPaused(true)
	d.up.Wake()
	return err
}

// Resume lets submissions go on, and asks providers again that refused a key or
// had no credits.
func (d *Daemon) Resume(context.Context) error {
	err := d.queue.SetPaused(false)
	for _, l := range d.up.Lines {
		err = errors.Join(err, d.up.Reopen(l.Name))
	}
	d.up.Wake()
	return err
}

// Subscribe calls f with every job that changes, until ctx ends.
func (d *Daemon) Subscribe(ctx context.Context, f func(control.Job)) {
	cancel := d.queue.Subscribe(func(j queue.Job) { f(view(j)) })
	context.AfterFunc(ctx, cancel)
}

// timeOrNil is the time for JSON, where none is null.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (d *Daemon) update(id string, f func(*queue.Job) error) (control.Job, error) {
	j, err := d.queue.Update(id, f)
	return view(j), known(err)
}

// known puts the queue's errors into the API's words.
func known(err error) error {
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return dashboard.ErrNotFound
	case errors.Is(err, queue.ErrTransition):
		return fmt.Errorf("%w: %w", dashboard.ErrConflict, err)
	}
	return err
}

func conflict(format string, args ...any) error {
	return fmt.Errorf("%w: %s", dashboard.ErrConflict, fmt.Sprintf(format, args...))
}
