package watcher

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// rootCheck is how often a root is looked at when it has no owner file.
const rootCheck = time.Minute

// keeper answers whether the root is the one we watch, and whether it is ours.
// The scanner asks it before each full listing, a clock every half minute, and
// the daemon before it submits or publishes.
type keeper struct {
	opts *Options
	real string
	lane *lane

	mu     sync.Mutex
	known  Identity
	owner  *ownership // nil when roots are not owned
	device uint64
}

// rootState is what a look at the root said.
type rootState struct {
	err     error // nil, *OfflineError, *StandbyError
	moved   bool  // another device lies under the path than at the last look
	claimed *Owner
}

func newKeeper(opts *Options, real string) *keeper {
	k := &keeper{opts: opts, real: real, lane: newLane(1), known: opts.Identity}
	if opts.Instance != "" {
		k.owner = newOwnership(opts.Root, opts.Instance)
	}
	return k
}

func (k *keeper) interval() time.Duration {
	if k.owner != nil {
		return heartbeat
	}
	return rootCheck
}

// verify looks at the root, within the limit for a call. To confirm is to accept
// whatever lies there now.
func (k *keeper) verify(ctx context.Context, confirm bool) rootState {
	answer := make(chan rootState, 1)
	if err := k.lane.do(ctx, callLimit, func() { answer <- k.look(time.Now(), confirm) }); err != nil {
		return rootState{err: offlineBy(err)}
	}
	return <-answer
}

func (k *keeper) look(now time.Time, confirm bool) (s rootState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.opts.Root)
	if err != nil {
		s.err = offlineBy(err)
		return s
	}
	if !info.IsDir() {
		s.err = &OfflineError{Reason: "it is no folder", Hint: hintBack}
		return s
	}
	if s.err = k.identify(confirm); s.err != nil {
		return s
	}
	device := deviceOf(info)
	s.moved = k.device != 0 && device != k.device
	k.device = device
	if k.owner != nil {
		s.claimed, s.err = k.claim(now)
	}
	return s
}

func (k *keeper) identify(confirm bool) error {
	if k.opts.Remember == nil {
		return nil
	}
	fsys, err := k.opts.fileSystem(k.real)
	if err != nil {
		return offlineBy(err)
	}
	old := k.known
	var id Identity
	if confirm {
		old = Identity{}
		id, err = accept(k.opts.Root, fsys)
	} else {
		id, err = identify(k.opts.Root, fsys, old)
	}
	if err != nil {
		return offlineBy(err)
	}
	if old.IsZero() {
		if err := k.opts.Remember(id); err != nil {
			return &OfflineError{Reason: "its identity cannot be remembered: " + err.Error(), Hint: hintBack, Err: err}
		}
	}
	k.known = id
	return nil
}

func (k *keeper) claim(now time.Time) (from *Owner, state error) {
	err := k.owner.beat(now)
	if _, standby := errors.AsType[*StandbyError](err); standby {
		if !k.opts.AutoTakeover || !k.owner.gone(now) {
			return nil, err
		}
		who, failed := k.owner.take()
		if failed != nil {
			k.opts.Logger.Warn("folder not taken over", "err", failed)
			return nil, err
		}
		return &who, nil
	}
	if readOnly(err) { // a root that nobody can write to needs no owner
		return nil, nil
	}
	return nil, offlineBy(err)
}

// take makes the root ours, whoever had it.
func (k *keeper) take(ctx context.Context) (Owner, error) {
	type answer struct {
		who Owner
		err error
	}
	c := make(chan answer, 1)
	err := k.lane.do(ctx, callLimit, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		who, err := k.owner.take()
		c <- answer{who, err}
	})
	if err != nil {
		return Owner{}, err
	}
	a := <-c
	return a.who, a.err
}

// offlineBy makes any error an *OfflineError; nil stays nil.
func offlineBy(err error) error {
	if err == nil {
		return nil
	}
	if off, ok := errors.AsType[*OfflineError](err); ok {
		return off
	}
	if isAbsent(err) {
		return &OfflineError{Reason: "the folder is missing", Hint: "it is never created; " + hintBack, Err: err}
	}
	return &OfflineError{Reason: err.Error(), Hint: hintBack, Err: err}
}
