// Package daemon joins the parts: watched folders, the queue, the uploader with
// its providers, and the control API. The watcher says what settled, the daemon
// decides under which conditions it may be submitted, and the queue remembers.
package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"simdrop/internal/config"
	"simdrop/internal/crash"
	"simdrop/internal/dashboard"
	"simdrop/queue"
	"simdrop/uploader"
	"simdrop/watcher"
)

// Options is what a Daemon needs.
type Options struct {
	Config  *config.Config
	Version string
	Logger  *slog.Logger
	// NoWatch leaves the configured folders alone: for converting named paths.
	NoWatch bool
	// AnyPort takes a free port where the configured one is in use.
	AnyPort bool
	// Converter is the command line of the local engine's child. Empty converts within
	// this process, which one bad mesh can then end.
	Converter []string
	// Probe examines the queue before it is opened. The default does so in this
	// process, which a damaged file may kill: only tests leave it out.
	Probe queue.Prober
	// Pulse is called by the loop that owns the queue when it comes round: at first
	// when everything is up, then at least every PulseEvery where that is not 0, and
	// hardly more often than once a second. The status is one line for people. It may be nil.
	Pulse      func(status string)
	PulseEvery time.Duration
}

// Daemon is an opened daemon. New opens and binds, Run works until its context
// ends and closes everything.
type Daemon struct {
	cfg      *config.Config
	version  string
	child    []string // the local engine's, see Options.Converter
	log      *slog.Logger
	stateDir string
	instance string // names this state folder among all daemons that may watch a root
	started  time.Time

	queue    *queue.Queue
	up       *uploader.Uploader
	watches  []*watch
	bursts   map[string]*burst // by provider
	control  *dashboard.Server // nil when it is turned off
	tasks    []task            // what runs beside the uploader and outlives it
	teardown teardown
}

// task runs in the background until its context ends.
type task struct {
	name string
	run  func(context.Context) error
}

// grace is how long running steps may go on after a stop: less than what service
// managers grant before they kill.
const grace = 15 * time.Second

// New opens the state folder, the queue, the providers, the watched folders and
// the control API. When it fails, nothing stays open.
func New(o Options) (_ *Daemon, err error) {
	d := &Daemon{cfg: o.Config, version: o.Version, child: o.Converter, log: o.Logger, started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.teardown.run())
		}
	}()
	if err := d.openState(); err != nil {
		return nil, err
	}
	if err := d.openQueue(o.Probe); err != nil {
		return nil, err
	}
	lines, err := d.openProviders()
	if err != nil {
		return nil, err
	}
	if err := d.openNotify(o.NoWatch); err != nil {
		return nil, err
	}
	d.up = uploader.New(uploader.Options{
		Queue: d.queue, Spool: d.spool(), Lines: lines, Allowed: d.maySubmit, Inspect: d.inspect, Stamp: watcher.Stamp, Place: d.place,
		Instance: d.instance, Version: o.Version, Grace: grace, Pulse: d.pulse(o.Pulse, o.PulseEvery), PulseEvery: o.PulseEvery, Logger: o.Logger,
	})
	d.openBursts()
	if !o.NoWatch {
		if err := d.openWatches(); err != nil {
			return nil, err
		}
	}
	if err := d.openControl(o.AnyPort); err != nil {
		return nil, err
	}
	return d, nil
}

// Run works until ctx ends and stops in two phases: first no work is taken any
// more and running steps finish, then what they needed is closed.
func (d *Daemon) Run(ctx context.Context) error {
	after, stopAfter := context.WithCancel(context.WithoutCancel(ctx))
	defer stopAfter()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var background errgroup.Group
	for _, t := range d.tasks {
		background.Go(func() error {
			err := t.run(after)
			if err != nil {
				err = fmt.Errorf("%s: %w", t.name, err)
				stop(err)
			}
			return err
		})
	}
	work, workCtx := errgroup.WithContext(ctx)
	if d.recall(ctx); ctx.Err() == nil {
		crash.Point(crash.Recovered)
	}
	work.Go(func() error { return d.up.Run(workCtx) })
	for _, w := range d.watches {
		work.Go(func() error { return w.run(workCtx) })
	}
	for _, p := range d.places() {
		go d.tend(workCtx, p) // not waited for: a share that hangs must not keep us from stopping
	}
	err := work.Wait()
	stopAfter()
	return errors.Join(err, background.Wait(), d.Close())
}

// Close closes a daemon that was opened and not run. Closing twice is harmless.
func (d *Daemon) Close() error { return d.teardown.run() }

// Ready is closed when every watched folder is watched and listed for the first
// time, as far as it is there.
func (d *Daemon) Ready() <-chan struct{} {
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		for _, w := range d.watches {
			<-w.w.Ready()
		}
	}()
	return ready
}

// background registers what runs while the daemon does.
func (d *Daemon) background(name string, run func(context.Context) error) {
	d.tasks = append(d.tasks, task{name, run})
}

func (d *Daemon) spool() string { return filepath.Join(d.stateDir, "spool") }

// openState makes the state folder, for its owner only.
func (d *Daemon) openState() error {
	dir := d.cfg.StateDir
	if dir == "" {
		dir = config.StateDir(os.LookupEnv)
	}
	if dir == "" {
		return errors.New("no place for the state folder is known: set state_dir")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	d.stateDir = dir
	if err := os.MkdirAll(d.spool(), 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	d.warnState()
	d.instance, err = instance(dir)
	return err
}

// StateDir is where the queue, the spool and the token are.
func (d *Daemon) StateDir() string { return d.stateDir }

func newSecret() string { return rand.Text() }

// engineWorkers leaves a core to the rest of the machine.
func engineWorkers() int { return max(1, runtime.NumCPU()-1) }

// localPoll is how often the local engine is asked: it is next door.
const localPoll = 250 * time.Millisecond
