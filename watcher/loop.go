package watcher

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"simdrop/internal/asset"
)

// loop owns all state of a running watcher; nothing of it is touched from
// another goroutine.
type loop struct {
	w       *Watcher
	opts    *Options
	fsys    fileSystem
	mode    Detect
	lane    *lane
	settler *settler
	index   *index
	inbox   *inbox
	notify  *notifier // nil when polling
	prober  *prober
	scans   scans
	keeper  *keeper
	deaf    error // why there are no events, although there should be
	frozen  bool  // the root is offline or another's: nothing is looked at or reported
	clock   time.Time
	canary  canary

	looks    chan look
	reports  chan report
	listings chan listing
	scanned  chan scanResult
	roots    chan rootState
	pending  []look
	outbox   []Drop
	handed   int                  // drops that were received
	tried    map[string]time.Time // files that may answer a reference → first tried
	workers  sync.WaitGroup

	overflows int // times that the kernel dropped events
	turns     int // of the loop
}

// localProbers look at files of a local disk at the same time.
const localProbers = 4

func newLoop(w *Watcher) *loop {
	l := &loop{
		w: w, opts: &w.opts, index: newIndex(), inbox: newInbox(),
		looks: make(chan look), reports: make(chan report),
		listings: make(chan listing), scanned: make(chan scanResult), roots: make(chan rootState),
		tried: map[string]time.Time{}, keeper: w.keeper, clock: time.Now(),
		canary: canary{done: make(chan string)},
	}
	return l
}

func (l *loop) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer l.workers.Wait()
	defer cancel()
	l.begin(ctx)
	defer func() {
		if l.notify != nil {
			l.notify.close()
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		l.turns++
		l.advance(ctx, now)
		timer.Reset(time.Until(l.wake(now)))

		var looks chan<- look
		var next look
		if len(l.pending) > 0 && !l.frozen {
			looks, next = l.looks, l.pending[0]
			next.by = l.prober
		}
		var out chan<- Drop
		var drop Drop
		if len(l.outbox) > 0 && !l.frozen {
			out, drop = l.w.drops, l.outbox[0]
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case looks <- next:
			l.pending = l.pending[1:]
		case out <- drop:
			l.outbox = l.outbox[1:]
			l.handed++
		case r := <-l.reports:
			l.settle(r, time.Now())
		case batch := <-l.listings:
			l.listed(batch, time.Now())
		case end := <-l.scanned:
			l.scanEnded(end, time.Now())
		case name := <-l.canary.done:
			l.sang(name, time.Now())
		case state := <-l.roots:
			l.rooted(state, time.Now())
		case <-l.inbox.wake:
			l.read(time.Now())
		case call := <-l.w.calls:
			call(l)
		}
	}
}

// begin finds out about the file system and starts the probers.
func (l *loop) begin(ctx context.Context) {
	l.fsys, l.mode = fileSystem{Name: "unknown", Network: true}, Poll
	why := ""
	if fsys, err := l.askFileSystem(); err == nil {
		l.fsys = fsys
		l.mode, why = fsys.mode(l.opts.Detect)
	} else {
		why = err.Error()
	}
	quiet := l.opts.SettlePeriod
	probers := localProbers
	if l.fsys.Network {
		quiet = max(quiet, l.opts.networkQuiet)
		l.lane = newLane(foldersAbreast)
	}
	l.settler = newSettler(rules{
		quiet: quiet, network: l.fsys.Network,
		wait: l.companionsWait, undo: l.opts.UndoWindow,
		ownable: ownable, refers: l.refers, known: l.known,
	})
	l.prober = &prober{opts: l.opts, fsys: l.fsys, name: l.w.gate}
	for range min(probers, 2*runtime.NumCPU()) {
		l.workers.Go(func() { l.probe(ctx) })
	}
	l.workers.Go(func() { l.keep(ctx) })
	if l.mode == Events {
		n, err := newNotifier(l.inbox)
		if err != nil {
			l.mode, why, l.deaf = Poll, "events are not to be had", err
		}
		l.notify = n
	}
	name := l.fsys.Name
	if l.fsys.Source != "" {
		name += " (" + l.fsys.Source + ")"
	}
	l.w.setStatus(func(s *Status) { s.Detect, s.DetectWhy, s.FileSystem = l.mode, why, name })
	l.opts.Logger.Info("watching", "detect", l.mode, "file_system", name, "settle", quiet)
	l.scans.full = "start"
}

// askFileSystem asks what the root lies on, for a moment only.
func (l *loop) askFileSystem() (fileSystem, error) {
	type answer struct {
		fsys fileSystem
		err  error
	}
	a, ok := answerWithin(startLimit, func() answer {
		fsys, err := l.opts.fileSystem(l.w.gate.real)
		return answer{fsys, err}
	})
	if !ok {
		return fileSystem{}, errStuck
	}
	return a.fsys, a.err
}

// companionsWait is how long the asset's missing companions are waited for.
func (l *loop) companionsWait(path string) time.Duration {
	return l.w.recipes.wait(l.w.gate.folderOf(path))
}

func (l *loop) refers(path string) bool {
	return refers(l.w.recipes.kinds(l.w.gate.folderOf(path)), path)
}

// probe is one prober.
func (l *loop) probe(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case ask := <-l.looks:
			var r report
			if err := l.lane.do(ctx, ask.limit(), func() { r = ask.by.look(ctx, ask) }); err != nil {
				r = report{look: ask, err: err}
			}
			select {
			case <-ctx.Done():
				return
			case l.reports <- r:
			}
		}
	}
}

// advance starts everything whose time has come.
func (l *loop) advance(ctx context.Context, now time.Time) {
	l.jumped(now)
	for c := l.settler.due(now); c != nil; c = l.settler.due(now) {
		l.pending = append(l.pending, c.look())
	}
	l.startScan(ctx, now)
	l.sing(ctx, now)
	l.w.setStatus(func(s *Status) {
		s.Settling, s.Handed = len(l.settler.cands)+len(l.outbox), l.handed
	})
}

// leap is how far the wall clock and the monotonic one may differ between two
// turns of the loop before we take it that the machine slept.
const leap = 30 * time.Second

// jumped asks for a listing after the machine slept: events may be lost then.
func (l *loop) jumped(now time.Time) {
	drift := now.Round(0).Sub(l.clock.Round(0)) - now.Sub(l.clock)
	l.clock = now
	if drift.Abs() > leap {
		l.dirty("the clock jumped")
	}
}

// wake is when advance has something to do again.
func (l *loop) wake(now time.Time) time.Time {
	t := now.Add(time.Hour)
	if at, ok := l.settler.wake(); ok && at.Before(t) {
		t = at
	}
	if !l.scans.running && !l.frozen && l.scans.next.Before(t) {
		t = l.scans.next
	}
	if at := l.canary.next; !at.IsZero() && at.Before(t) {
		t = at
	}
	return t
}

// known says whether this very state was reported before, by us or in an
// earlier run.
func (l *loop) known(c *candidate) bool {
	stamp := c.stamp()
	return l.index.same(c.path, stamp, c.files[c.path], len(c.paths) == 1) || l.opts.Known(c.path, stamp)
}

// settle takes in a prober's report and reports the drop, if it made one.
func (l *loop) settle(r report, now time.Time) {
	c, v, out := l.settler.settle(r, now)
	log := l.opts.Logger
	if isServerGone(r.err) && !l.frozen {
		l.rooted(rootState{err: offlineBy(r.err)}, now)
	}
	switch v {
	case waiting:
	case unchanged:
		if !l.index.same(c.path, c.stamp(), c.files[c.path], len(c.paths) == 1) {
			l.index.record(c)
		}
	case vanished:
		l.index.forget(c.path)
		log.Debug("vanished before it settled", "asset", c.path)
	case refused:
		l.index.forget(c.path)
		l.settler.owners.drop(c.path)
		if r.folder {
			l.visit(c.path)
		}
		log.Debug("not a drop", "asset", c.path, "why", r.refused)
	case withdrawn:
		l.index.forget(c.path)
		l.settler.owners.drop(c.path)
		if known, _ := l.index.has(c.leader); known {
			l.settler.add(c.leader, c.origin, nil, now)
		}
		log.Debug("a companion of another asset", "asset", c.path)
	case settled:
		if out == Missing {
			clear(l.tried) // what was tried for others may answer this one
		}
		l.index.record(c)
		l.outbox = append(l.outbox, l.drop(c, out, now))
		log.Debug("settled", "asset", c.path, "outcome", out, "files", len(c.files))
	}
}

func (l *loop) drop(c *candidate, out Outcome, now time.Time) Drop {
	d := Drop{
		Root: l.opts.Root, Path: c.path, Outcome: out, Asset: c.asset,
		Existing: c.existing, Origin: c.origin, Stamp: c.stamp(), Mark: markOf(c.files[c.path]), Settled: now,
	}
	if out == Broken {
		d.Asset, d.Err = nil, &asset.InvalidError{Path: c.path, Reason: c.broken}
	}
	return d
}

// trouble shows a problem of the watcher itself.
func (l *loop) trouble(err error) {
	problem, hint := explainTrouble(err)
	l.w.setStatus(func(s *Status) {
		if s.Problem != problem {
			l.opts.Logger.Warn("watching is impaired", "err", err)
		}
		s.Problem, s.Hint = problem, hint
	})
}

func (l *loop) checkFile(path string) error {
	if owner, owned := l.settler.owners.owner(path); owned {
		return fmt.Errorf("%s is a companion of %s", path, owner)
	}
	c := l.settler.add(path, FromCommand, nil, time.Now())
	c.origin, c.forced, c.existing = FromCommand, true, false
	return nil
}

func (l *loop) checkFolder(path string) {
	l.scans.commands = append(l.scans.commands, path)
}
