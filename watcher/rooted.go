package watcher

import (
	"context"
	"errors"
	"time"
)

// offlineCheck is how often a root that is offline is looked at.
const offlineCheck = 15 * time.Second

// keep looks at the root from time to time, beside the loop: a share can be
// unmounted without a word.
func (l *loop) keep(ctx context.Context) {
	wait := l.keeper.interval()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		state := l.keeper.verify(ctx, false)
		wait = l.keeper.interval()
		if _, off := errors.AsType[*OfflineError](state.err); off {
			wait = min(wait, offlineCheck)
		}
		select {
		case <-ctx.Done():
			return
		case l.roots <- state:
		}
	}
}

// rooted takes in what is known of the root now. While it is offline or
// another's, nothing is looked at, forgotten or reported.
func (l *loop) rooted(state rootState, now time.Time) {
	if state.claimed != nil {
		l.opts.Logger.Warn("folder taken over: its owner is silent", "host", state.claimed.Host)
		l.opts.OnTakeover(*state.claimed)
	}
	off, offline := errors.AsType[*OfflineError](state.err)
	standby, second := errors.AsType[*StandbyError](state.err)
	was := l.w.Status().State
	switch {
	case offline:
		l.frozen = true
		l.show(Offline, off.Error(), off.Hint)
	case second:
		l.frozen = true
		l.show(Standby, standby.Error(), "to make this daemon its owner, run: simdrop root takeover "+l.opts.Root)
	case l.frozen:
		l.resume(now)
	case state.moved || l.lostWatches():
		l.rewatch()
	}
	if now := l.w.Status(); now.State != was {
		l.opts.Logger.Info("watched folder changed state", "state", now.State, "problem", now.Problem)
	}
}

func (l *loop) show(state State, problem, hint string) {
	l.w.setStatus(func(s *Status) { s.State, s.Problem, s.Hint = state, problem, hint })
}

// resume goes on with a root that came back: everything rests anew, and one full
// listing follows.
func (l *loop) resume(now time.Time) {
	l.frozen = false
	l.show(Starting, "", "")
	for _, c := range l.settler.cands {
		l.settler.restart(c, now, true)
	}
	if !l.fsys.Known {
		l.recognise()
	}
	l.rewatch()
	l.scans.full = "the folder is back"
}

// recognise finds out about the file system of a root that was missing at the
// start, when nothing could be known of it.
func (l *loop) recognise() {
	fsys, err := l.askFileSystem()
	if err != nil || !fsys.Known {
		return
	}
	mode, why := fsys.mode(l.opts.Detect)
	if mode == Events && l.notify == nil {
		n, err := newNotifier(l.inbox)
		if err != nil {
			mode, why, l.deaf = Poll, "events are not to be had", err
		}
		l.notify = n
	}
	l.fsys, l.mode = fsys, mode
	l.prober = &prober{opts: l.opts, fsys: fsys, name: l.w.gate}
	l.settler.quiet, l.settler.network = l.opts.SettlePeriod, fsys.Network
	if fsys.Network {
		l.settler.quiet = max(l.settler.quiet, l.opts.networkQuiet)
	}
	l.w.setStatus(func(s *Status) {
		s.Detect, s.DetectWhy = mode, why
		s.FileSystem = FileSystem{Name: fsys.Name, Source: fsys.Source}.String()
	})
}

// rewatch sets all watches again with the next listing.
func (l *loop) rewatch() {
	if l.notify != nil {
		l.notify.remove(l.opts.Root)
	}
	l.dirty("its watches were lost")
}

// lostWatches says whether folders lost their watch without an event, as they
// do when a file system is unmounted.
func (l *loop) lostWatches() bool { return l.notify != nil && l.notify.check() > 0 }
