package watcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"simdrop/internal/asset"
)

// State is what a Watcher is doing.
type State string

// The states.
const (
	Starting State = "starting" // the first listing is under way
	Watching State = "watching"
	Offline  State = "offline" // the root cannot be trusted: nothing is reported
	Standby  State = "standby" // another daemon owns the root
)

// Status is a snapshot of a Watcher.
type Status struct {
	State      State
	Detect     Detect // Events or Poll: what is in use
	DetectWhy  string
	FileSystem string // its name, and where it comes from
	Settling   int    // assets on their way through the gates, or to who receives them
	Handed     int    // drops received so far: who counts those done with sees none between
	LastScan   time.Time
	ScanTook   time.Duration
	Interval   time.Duration // between listings where the folder is polled
	Problem    string        // empty when all is well
	Hint       string        // what to do about it
}

// Watcher watches one root. Make it with New, start it with Run, once.
type Watcher struct {
	opts    Options
	ignores *ignores
	gate    *nameGate
	recipes *recipes
	keeper  *keeper
	asides  *lane // looks at files that people ask for
	drops   chan Drop
	ready   chan struct{}
	calls   chan func(*loop)
	ended   chan struct{}
	started atomic.Bool

	mu     sync.Mutex
	status Status
}

// New checks the options. It looks at the root only to follow symbolic links.
func New(opts Options) (*Watcher, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	ig, err := newIgnores(opts.Ignore)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", opts.Root, err)
	}
	w := &Watcher{
		opts: opts, ignores: ig, asides: newLane(localProbers),
		drops: make(chan Drop), ready: make(chan struct{}),
		calls: make(chan func(*loop)), ended: make(chan struct{}),
		status: Status{State: Starting},
	}
	w.recipes = newRecipes(&w.opts)
	w.gate = &nameGate{opts: &w.opts, ignores: ig, recipes: w.recipes, real: opts.Root}
	real, ok := answerWithin(startLimit, func() string {
		real, err := filepath.EvalSymlinks(opts.Root)
		if err != nil {
			return opts.Root
		}
		return real
	})
	if ok {
		w.gate.real = real
	}
	w.keeper = newKeeper(&w.opts, w.gate.real)
	return w, nil
}

// Drops delivers what has settled. A slow receiver loses nothing. It is closed
// when Run returns.
func (w *Watcher) Drops() <-chan Drop { return w.drops }

// Ready is closed when the watches are in place and the first listing is done.
// For a root that is offline this may be never.
func (w *Watcher) Ready() <-chan struct{} { return w.ready }

// Status is what the watcher does now.
func (w *Watcher) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

func (w *Watcher) setStatus(change func(*Status)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.status)
}

// Rescan asks for a full listing soon. It does not wait for it.
func (w *Watcher) Rescan() {
	w.send(func(l *loop) { l.dirty("asked for") })
}

// send hands a call to the loop without waiting for its end. It is dropped when
// the watcher does not run.
func (w *Watcher) send(call func(*loop)) bool {
	if !w.started.Load() {
		return false
	}
	select {
	case w.calls <- call:
		return true
	case <-w.ended:
		return false
	}
}

var errNotRunning = errors.New("the folder is not being watched just now")

// Check puts a file that a person named, or all in a folder, through the gates.
// The drop is reported even when the same state was reported before. It returns
// an error for a path that the name gate refuses, or that is a companion.
func (w *Watcher) Check(path string) error {
	path, err := w.gate.absolute(path)
	if err != nil {
		return err
	}
	type kind struct {
		folder bool
		err    error
	}
	said := make(chan kind, 1)
	err = w.asides.do(context.Background(), asideLimit, func() {
		info, err := os.Stat(path)
		if err != nil {
			said <- kind{err: err}
			return
		}
		if g := w.gate.judge(path, info.IsDir()); g.Verdict != Pass {
			err = fmt.Errorf("%s: %s", path, g.Why)
		}
		said <- kind{info.IsDir(), err}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	found := <-said
	if found.err != nil {
		return found.err
	}
	if found.folder {
		if !w.send(func(l *loop) { l.checkFolder(path) }) {
			return errNotRunning
		}
		return nil
	}
	answer := make(chan error, 1)
	if !w.send(func(l *loop) { answer <- l.checkFile(path) }) {
		return errNotRunning
	}
	return <-answer
}

// Run watches until ctx ends, and returns nil then. An error means that it could
// not begin at all.
func (w *Watcher) Run(ctx context.Context) error {
	if w.started.Swap(true) {
		return errors.New("a watcher runs once")
	}
	defer close(w.drops)
	defer close(w.ended)
	l := newLoop(w)
	return l.run(ctx)
}

// CheckRoot says whether the root is the one that was watched before, and ours: nil,
// an *OfflineError or a *StandbyError. It looks each time, because a share can
// be unmounted at any moment. Call it before submitting or publishing.
func (w *Watcher) CheckRoot(ctx context.Context) error {
	return w.tell(w.keeper.verify(ctx, false))
}

// ConfirmRoot accepts the folder that lies at the root's path now, although it is
// not the one that was watched before.
func (w *Watcher) ConfirmRoot(ctx context.Context) error {
	return w.tell(w.keeper.verify(ctx, true))
}

// Takeover makes this daemon the owner of the root and returns the one before.
func (w *Watcher) Takeover(ctx context.Context) (Owner, error) {
	if w.opts.Instance == "" {
		return Owner{}, errors.New("this folder has no owner")
	}
	who, err := w.keeper.take(ctx)
	if err != nil {
		return Owner{}, err
	}
	return who, w.CheckRoot(ctx)
}

// tell hands the loop what was found out about the root.
func (w *Watcher) tell(state rootState) error {
	w.send(func(l *loop) { l.rooted(state, time.Now()) })
	return state.err
}

// ownable says whether a file could be another asset's companion although it
// is a primary by its name: a layer of a USD, or an image.
func ownable(path string) bool {
	switch ext(path) {
	case "usd", "usda", "usdc", "usdz", "jpg", "jpeg", "png", "webp":
		return true
	}
	return false
}

// refers says whether an asset of that name may have companions that are
// primaries by their names, where the kinds are accepted.
func refers(kinds []asset.Kind, path string) bool {
	switch ext(path) {
	case "usd", "usda", "usdc":
		return true
	case "gltf", "glb", "obj", "fbx", "jpg", "jpeg", "png", "webp":
		return slices.Contains(kinds, asset.Images)
	}
	return false
}
