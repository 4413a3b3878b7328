package uploader

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/crash"
	"simdrop/queue"
)

// Options is what an Uploader needs.
type Options struct {
	Queue *queue.Queue
	// Spool is the folder for frozen bundles and downloaded results.
	Spool string
	Lines []Line
	// Allowed says why nothing may be submitted for the job's folder now; nil lets
	// it go. It is asked before each submission and may be nil itself.
	Allowed func(ctx context.Context, j queue.Job) error
	// Inspect reads the job's asset again as it is now. It returns ErrMoved when
	// the files are no longer those that settled.
	Inspect func(ctx context.Context, j queue.Job) (*asset.Asset, error)
	// Stamp is the present state of an asset's files: equal stamps, equal files.
	Stamp func(*asset.Asset) (string, error)
	// Place says where the job's result goes.
	Place func(j queue.Job) Place
	// Instance names this daemon among all that may put results below one root. It
	// is a part of file names.
	Instance string
	// Version is simdrop's, for the sidecar.
	Version string
	// Grace is how long running steps may go on after Run was told to stop.
	Grace time.Duration
	// Pulse is called by the loop that owns the jobs each time it comes round, and
	// at least every PulseEvery where that is not 0: a sign of life. It may be nil.
	Pulse      func()
	PulseEvery time.Duration
	Logger     *slog.Logger
}

// Line is one configured provider with its limits.
type Line struct {
	Name, Type, Account string
	Provider            Provider
	MaxUploads          int // submissions at the same time
	MaxInFlight         int // accepted and not yet finished
	PollInterval        time.Duration
	GiveUpAfter         time.Duration // then the job is held; slow polls go on
	AmbiguousWait       time.Duration // after a lost answer, before sending again
	MaxBytes            int64         // of one upload, 0 is no limit
	Budget              queue.Limits  // what it may be paid in a day and a month
	Tariff              Tariff        // what a submission costs; none: nothing
	NoKey               string        // why there is no API key; nothing is sent without one
}

// Place is where a result is published.
type Place struct {
	Dir          string // folder that will hold NAME.simready
	Root         string // folder that holds .simdrop with the staging area: Dir or above it
	KeepVersions int
	// Offline says why nothing can be written there now, empty when it can.
	Offline string
}

// ErrMoved is returned by Options.Inspect when the asset is not the one that
// settled: the watcher will report it again.
var ErrMoved = errors.New("the files changed since the drop settled")

// errStopping is the cause of a step's cancelled context when we stop: the step
// has not failed, it goes on at the next start.
var errStopping = errors.New("simdrop is stopping")

// Uploader runs the steps of all jobs. One goroutine schedules; each step runs in
// its own and ends in one transition.
type Uploader struct {
	Options
	lines  map[string]*line
	table  table
	places places
	steps  sync.WaitGroup
}

// New returns an Uploader for the jobs in o.Queue.
func New(o Options) *Uploader {
	if o.Allowed == nil {
		o.Allowed = func(context.Context, queue.Job) error { return nil }
	}
	u := &Uploader{Options: o, lines: make(map[string]*line, len(o.Lines))}
	for _, l := range o.Lines {
		u.lines[l.Name] = newLine(l, o)
	}
	u.table.init()
	return u
}

// Run moves jobs along until ctx ends, then stops in two phases: no new step is
// started, running ones may finish within Grace, and what is left is cancelled.
func (u *Uploader) Run(ctx context.Context) error {
	cancel := u.Queue.Subscribe(u.table.put)
	defer cancel()
	live, err := u.Queue.Live()
	if err != nil {
		return err
	}
	for _, j := range live {
		u.table.put(j)
	}
	if err := u.sweep(live); err != nil {
		u.Logger.Warn("sweep the spool", "err", err)
	}
	for name := range u.lines {
		// A restart is a person's way of saying that the key was mended.
		if err := u.Reopen(name); err != nil {
			return err
		}
	}

	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	for ctx.Err() == nil {
		crash.Hang()
		next := u.schedule(work, time.Now())
		if u.Pulse != nil {
			u.Pulse()
		}
		if soon := time.Now().Add(u.PulseEvery); u.PulseEvery > 0 && soon.Before(next) {
			next = soon
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
		case <-u.table.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return u.drain(stop)
}

func (u *Uploader) drain(stop context.CancelCauseFunc) error {
	done := make(chan struct{})
	go func() { u.steps.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(u.Grace):
		stop(errStopping)
	}
	select {
	case <-done:
	case <-time.After(hungGrace):
		u.Logger.Warn("stopping without a step whose folder does not answer")
	}
	return nil
}

// hungGrace is how long cancelled steps may take to end: a call to a share whose
// server died may never do. What it was about is done at the next start.
const hungGrace = 5 * time.Second

// idle is how long the scheduler sleeps when nothing is due.
const idle = time.Minute

// schedule starts every step that is due and returns when to look again.
func (u *Uploader) schedule(ctx context.Context, now time.Time) time.Time {
	next := now.Add(idle)
	soon := func(t time.Time) {
		if t.After(now) && t.Before(next) {
			next = t
		}
	}
	for _, l := range u.lines {
		soon(l.probe(ctx, u, now))
		soon(u.lift(l, now))
		soon(l.checkBalance(ctx, u, now))
		u.allowStarts(l)
	}
	for _, id := range u.table.takeEnded() {
		u.steps.Go(func() { u.clear(id) }) // a newer version, or a person, ended it
	}
	paused, err := u.Queue.IsPaused()
	if err != nil {
		u.Logger.Error("read the queue", "err", err)
		return next
	}
	asks := make(map[*line][]entry)
	for _, e := range u.table.list() {
		l := u.lines[e.provider]
		if l == nil || e.due.After(now) {
			soon(e.due)
			continue
		}
		if followed(e) && !l.refused() {
			asks[l] = append(asks[l], e)
			continue
		}
		if !u.table.take(e.id) { // it has ended meanwhile
			continue
		}
		step, wait := u.choose(l, e, paused, now)
		soon(wait)
		if step == nil {
			u.table.leave(e.id)
			continue
		}
		u.steps.Go(func() { u.run(ctx, e.id, step) })
	}
	for l, due := range asks {
		soon(u.poll(ctx, l, due, now))
	}
	return next
}

// followed reports whether the provider is to be asked about the job.
func followed(e entry) bool {
	return e.state == queue.Converting || e.state == queue.Held && e.reason == queue.Deadline && e.back == queue.Converting
}

// A step does what is due for a job and ends in one transition of it. Its error is
// what nobody classified: the job is tried again later.
type step func(ctx context.Context, l *line, j queue.Job) error

// choose returns the step that the job's state asks for, nil when it has to wait;
// then, where it is known, until when. Jobs that are followed have a pace of their
// own, see poll.
func (u *Uploader) choose(l *line, e entry, paused bool, now time.Time) (step, time.Time) {
	if l.refused() && e.state != queue.Held {
		return u.holdForKey, now
	}
	switch e.state {
	case queue.Queued:
		switch {
		case u.table.has(e.after):
			return nil, now
		case paused && !e.released:
			return u.holdForPause, now
		case l.broke():
			return u.holdForCredits, now
		case l.limited(now):
			return nil, l.limitedUntil()
		case l.starts <= 0:
			return nil, now
		case !l.reserve(u.table.inFlight(e.provider)):
			l.starts = 0 // a place that comes free during this look is for the oldest
			return nil, now
		}
		l.starts--
		return u.submit, now
	case queue.Submitting:
		return u.reconcile, now
	case queue.Fetching:
		if !l.reserveFetch() {
			return nil, now
		}
		return u.deliver, now
	}
	return nil, now
}

// run runs one step and sees to it that the job is looked at again.
func (u *Uploader) run(ctx context.Context, id string, s step) {
	defer u.table.release(id)
	defer u.clear(id)
	j, err := u.Queue.Get(id)
	if err != nil {
		u.Logger.Error("read job", "job", id, "err", err)
		return
	}
	l := u.lines[j.Provider]
	err = guard(func() error { return s(ctx, l, j) })
	if err == nil || ctx.Err() != nil || errors.Is(err, queue.ErrTransition) {
		return // done, stopped by us, or a person changed the job meanwhile
	}
	u.later(j, err, "")
}

// later notes a failed try and puts the job off with growing, jittered pauses. It
// is logged only when the failure is a new one.
func (u *Uploader) later(j queue.Job, err error, hint string) {
	wait := queue.Backoff(j.Tries)
	text := err.Error()
	u.logRetry(j, wait, text)
	_, uerr := u.Queue.Update(j.ID, func(now *queue.Job) error {
		if now.State != j.State {
			return queue.ErrTransition
		}
		now.Retry(text, hint, time.Now().Add(wait).UTC())
		return nil
	})
	if uerr != nil && !errors.Is(uerr, queue.ErrTransition) {
		u.table.putOff(j.ID, time.Now().Add(wait))
		u.Logger.Error("write the queue", "job", j.ID, "err", uerr)
	}
}

// logRetry logs a failed try, once for each new failure.
func (u *Uploader) logRetry(j queue.Job, wait time.Duration, text string) {
	if text != j.Error {
		u.Logger.Warn("will retry", "job", j.ID, "asset", j.Path, "provider", j.Provider, "state", string(j.State), "in", wait.Round(time.Second), "err", text)
	}
}

// holdForPause holds a job that waits for submissions to go on.
func (u *Uploader) holdForPause(_ context.Context, l *line, j queue.Job) error {
	return l.queue.HoldPaused(j.ID, "submissions are paused", "`simdrop resume` lets them go on")
}

// Wake makes the scheduler look at all jobs again, after something that concerns
// them and is not in the queue's jobs.
func (u *Uploader) Wake() { u.table.signal() }
