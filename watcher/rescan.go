package watcher

import (
	"context"
	"math/rand/v2"
	"os"
	"time"
)

// scans plans listings: one at a time, a full one before partial ones.
type scans struct {
	running   bool
	full      string // why a full listing is wanted, empty when it is not
	folders   map[string]Origin
	commands  []string
	next      time.Time     // of the regular full listing
	took      time.Duration // by the full listing before
	firstDone bool
}

type scanResult struct {
	full     bool
	root     rootState
	err      error
	problems int
	recipes  bool // some changed
	took     time.Duration
}

// overflowDelay gathers what follows a lost event before the scan it causes.
const overflowDelay = time.Second

// dirty asks for a full listing within a second.
func (l *loop) dirty(why string) {
	if at := time.Now().Add(overflowDelay); !l.scans.running && l.scans.next.After(at) {
		l.scans.next = at
	}
	if l.scans.running {
		l.scans.full = why
	}
	l.opts.Logger.Debug("listing asked for", "why", why)
}

// visit asks for a listing of one folder and all below.
func (l *loop) visit(dir string) {
	if l.scans.folders == nil {
		l.scans.folders = map[string]Origin{}
	}
	l.scans.folders[dir] = FromEvent
}

// startScan starts the listing that is due, when none is running.
func (l *loop) startScan(ctx context.Context, now time.Time) {
	s := &l.scans
	if s.running || l.frozen {
		return
	}
	full := s.full != "" || !now.Before(s.next)
	if !full && len(s.folders) == 0 && len(s.commands) == 0 {
		return
	}
	var dirs []string
	var commands = s.commands
	if full {
		l.index.gen++
		s.full, dirs = "", []string{l.opts.Root}
	} else {
		for dir := range s.folders {
			dirs = append(dirs, dir)
		}
	}
	s.folders, s.commands, s.running = nil, nil, true
	l.settler.listing = true
	sc := &scanner{
		opts: l.opts, fsys: l.fsys, gate: l.w.gate, lane: l.lane,
		wanted: l.settler.owners.wanted(),
	}
	if l.notify != nil {
		sc.watch = l.notify.add
	}
	first := full && !s.firstDone
	l.workers.Go(func() { l.scan(ctx, sc, dirs, commands, full, first) })
}

// scan runs beside the loop.
func (l *loop) scan(ctx context.Context, sc *scanner, dirs, commands []string, full, first bool) {
	start := time.Now()
	end := scanResult{full: full}
	if full {
		if end.root = l.keeper.verify(ctx, false); end.root.err != nil {
			dirs, commands = nil, nil
		} else if end.root.moved && l.notify != nil {
			l.notify.remove(l.opts.Root)
			end.root.moved = false
		}
	}
	origin := FromEvent
	if full {
		origin = FromScan
	}
	sc.emit = func(b listing) error {
		b.origin, b.first = origin, first
		select {
		case l.listings <- b:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for _, dir := range dirs {
		if !full && !sc.isFolder(ctx, dir) {
			continue
		}
		if err := sc.walk(ctx, dir); err != nil && (full || !isAbsent(err)) {
			end.err = err
		}
	}
	origin = FromCommand
	for _, dir := range commands {
		if err := sc.walk(ctx, dir); err != nil {
			l.opts.Logger.Warn("folder not listed", "folder", dir, "err", err)
		}
	}
	end.problems, end.recipes, end.took = int(sc.problems.Load()), sc.recipes.Load(), time.Since(start)
	select {
	case l.scanned <- end:
	case <-ctx.Done():
	}
}

func (s *scanner) isFolder(ctx context.Context, dir string) bool {
	said := make(chan bool, 1)
	err := s.lane.do(ctx, callLimit, func() {
		info, err := os.Lstat(dir)
		said <- err == nil && info.IsDir()
	})
	return err == nil && <-said
}

// scanEnded plans the next listing and forgets what is gone.
func (l *loop) scanEnded(end scanResult, now time.Time) {
	s := &l.scans
	s.running, l.settler.listing = false, false
	if end.recipes {
		l.settler.unbar(now)
	}
	if !end.full {
		return
	}
	interval := spread(l.opts.RescanInterval)
	paced := pace(l.opts.PollInterval, end.took, s.took)
	s.took = end.took
	if l.mode == Poll {
		interval = paced
	}
	s.next = now.Add(interval)
	if end.root.err == nil && end.err != nil {
		end.root.err = offlineBy(end.err)
	}
	if l.rooted(end.root, now); l.frozen {
		return
	}
	if end.problems == 0 {
		for _, p := range l.index.prune() {
			l.settler.owners.drop(p)
		}
	}
	l.online(end, now, paced)
}

// online says that all is well, or what is not quite. paced is the interval of
// listings where events do not tell everything.
func (l *loop) online(end scanResult, now time.Time, paced time.Duration) {
	limit := l.deaf
	if l.notify != nil {
		if err := l.notify.problem(); err != nil {
			limit = err
		}
	}
	l.w.setStatus(func(s *Status) {
		s.State, s.LastScan, s.ScanTook, s.Interval = Watching, now, end.took, paced
		s.Detect, s.Problem, s.Hint = l.mode, "", ""
	})
	if limit != nil {
		l.trouble(limit)
		l.w.setStatus(func(s *Status) { s.Detect = Poll })
		l.scans.next = now.Add(min(l.opts.RescanInterval, paced))
	}
	if !l.scans.firstDone {
		l.scans.firstDone = true
		close(l.w.ready)
	}
}

// spread varies an interval between 3/4 and 5/4, so that several machines do
// not list one server in step.
func spread(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}
