package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/config"
	"simdrop/internal/crash"
	"simdrop/queue"
	"simdrop/watcher"
)

// watch is one watched folder: what is configured for it, and its watcher.
type watch struct {
	config.Watch
	daemon   *Daemon
	typ      string // of its provider
	w        *watcher.Watcher
	seen     bool         // the first listing is taken in
	taken    atomic.Int64 // drops that were taken in
	lost     bool         // not yet by this queue, but by one that was lost
	reading  sync.Mutex   // of the sidecars of its results
	recalled bool         // they are in the queue
	burst    *burst       // of its provider, nil where nothing has to be approved
	own      outputs
	recipes  recipes
}

func (d *Daemon) openWatches() error {
	for _, c := range d.cfg.Watch {
		w, err := d.openWatch(c)
		if err != nil {
			return fmt.Errorf("watch %s: %w", c.Path, err)
		}
		d.watches = append(d.watches, w)
	}
	return nil
}

func (d *Daemon) openWatch(c config.Watch) (*watch, error) {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, err
	}
	c.Path = path
	seen, err := d.queue.HasSeen(path)
	if err != nil {
		return nil, err
	}
	lost, err := d.queue.WasLost(path)
	if err != nil {
		return nil, err
	}
	kinds := make([]asset.Kind, len(c.Accept))
	for i, k := range c.Accept {
		kinds[i] = asset.Kind(k)
	}
	identity, err := d.identity(path)
	if err != nil {
		return nil, err
	}
	w := &watch{Watch: c, daemon: d, typ: d.cfg.Providers[c.Provider].Type, seen: seen, lost: lost, burst: d.bursts[c.Provider]}
	w.w, err = watcher.New(watcher.Options{
		Root: path, Kinds: kinds, Recursive: c.Recursive, Ignore: c.Ignore,
		Recipes: watcher.Recipes{Name: config.RecipeFile, Note: config.RecipeNote, Read: func(folder string, there bool) watcher.Recipe { return w.readRecipe(folder, there) }},
		Detect:  watcher.Detect(c.Detect), SettlePeriod: c.SettlePeriod.D(),
		RescanInterval: c.RescanInterval.D(), PollInterval: c.PollInterval.D(),
		UndoWindow: c.UndoWindow.D(), CompanionsWait: c.Companions.Wait.D(),
		FirstRun: !seen, Own: func(file string) bool { return w.own.own(path, file) }, Known: d.queue.Known, Companions: d.companions, Logger: d.log,
		Identity: identity, Remember: func(id watcher.Identity) error { return d.remember(path, id) },
		Instance: d.instance, AutoTakeover: d.mayTakeOver(c.Provider), OnTakeover: func(who watcher.Owner) { d.takenOver(path, who) },
	})
	return w, err
}

// run watches the folder and takes in what settles.
func (w *watch) run(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.intake(ctx)
	}()
	err := w.w.Run(ctx)
	select {
	case <-ended:
	case <-time.After(hungGrace):
		w.daemon.log.Warn("stopping without a folder that does not answer", "watch", w.Path)
	}
	return err
}

// hungGrace is how long a stop waits for a drop that is being taken in: a call to
// a share whose server died may never end.
const hungGrace = 5 * time.Second

// intake takes drops in, one after the other, until ctx ends.
func (w *watch) intake(ctx context.Context) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case drop := <-w.w.Drops():
			w.takeAll(ctx, w.gather(ctx, drop))
		case <-look.C:
			w.tellBurst()
			w.noteSeen()
			if w.recipes.changed.Swap(false) {
				if err := w.refit(); err != nil {
					w.daemon.log.Error("write the queue", "err", err)
				}
			}
		}
	}
}

// settling counts the assets on their way into the queue: at the gates, and those
// that were handed over and are not taken in yet.
func (w *watch) settling(s watcher.Status) int {
	return max(0, s.Settling+s.Handed-int(w.taken.Load()))
}

// noteSeen records that the first listing is taken in, once nothing of it is on
// its way any more: a crash before that must not turn what was there before the
// first run into new drops.
func (w *watch) noteSeen() {
	if w.seen {
		return
	}
	if s := w.w.Status(); s.State != watcher.Watching || w.settling(s) > 0 {
		return
	}
	err := w.daemon.tell(queue.Existing, w.whyExisting(), func(j *queue.Job) bool { return j.Watch == w.Path })
	if err == nil {
		err = w.daemon.queue.Seen(w.Path)
	}
	if err != nil {
		w.daemon.log.Error("write the queue", "err", err)
		return
	}
	w.seen, w.lost = true, false
}

// take decides what becomes of a settled drop and offers it to the queue.
// One of a burst is held for approval.
func (w *watch) take(ctx context.Context, drop watcher.Drop, ofBurst bool) error {
	crash.Point(crash.Settled)
	if new(outputs).own(w.Path, drop.Path) { // its sidecar came after it
		return nil
	}
	c, err := w.daemon.effective(w.Watch, filepath.Dir(drop.Path))
	if wrong, ok := errors.AsType[*recipeError](err); ok {
		w.daemon.log.Info("waits for a recipe", "asset", drop.Path, "err", wrong)
		return w.w.Check(drop.Path) // back to the gate where that is told
	}
	if err != nil {
		return err
	}
	o := w.offer(ctx, drop, c)
	if followed, err := w.moved(ctx, drop, &o); followed || err != nil {
		return err
	}
	if known, err := w.remembered(ctx, drop); known || err != nil {
		return err
	}
	if drop.Existing && w.existing() == "skip" {
		return w.daemon.queue.Skip(drop.Path, drop.Stamp)
	}
	if drop.Existing && w.existing() == "hold" && o.State == queue.Queued {
		w.holdExisting(&o)
	}
	if ofBurst && o.State == queue.Queued {
		o.State, o.Reason, o.Error, o.Hint = queue.Held, queue.Approval, arrivedTogether, approvalHint
	}
	if gone, err := w.daemon.companionsGone(drop); gone || err != nil {
		return err
	}
	if drop.Asset != nil {
		if err := w.daemon.withdrawOwned(drop.Asset); err != nil {
			return err
		}
	}
	err = w.daemon.offer(ctx, o, drop.Asset)
	crash.Point(crash.TakenIn)
	return err
}

// offer is the drop as the queue takes it with what holds in its folder, before the
// rules for what already existed.
func (w *watch) offer(ctx context.Context, drop watcher.Drop, c config.Watch) queue.Offer {
	o := queue.Offer{
		Path: drop.Path, Watch: w.Path, Root: w.Path, Stamp: drop.Stamp, Mark: drop.Mark, State: queue.Queued,
		Provider: w.Provider, Type: w.typ, Account: account(w.daemon.cfg.Providers[w.Provider]),
		Options: fields(c.Convert, w.typ, kindOf(drop.Path)), Format: c.Convert.Format, Simulate: scene(c.Convert),
		Asked: drop.Existing,
	}
	if drop.Asset != nil {
		o.Estimate, _ = w.daemon.up.Estimate(w.Provider, drop.Path, len(drop.Asset.Members))
	}
	switch drop.Outcome {
	case watcher.Broken:
		o.State, o.Error, o.Hint = queue.Failed, drop.Err.Error(), brokenHint(drop.Err)
	case watcher.Missing:
		missing(ctx, &o, drop.Asset, c.Companions.Missing)
	}
	return o
}

// brokenText is what is wrong with an asset, without the path that the job names.
func brokenText(err error) string {
	if inv, ok := errors.AsType[*asset.InvalidError](err); ok {
		return filepath.Base(inv.Path) + ": " + inv.Reason
	}
	return err.Error()
}

func brokenHint(err error) string {
	if _, ok := errors.AsType[*asset.InvalidError](err); ok {
		return "export or copy it again; simdrop takes it as soon as the file changes"
	}
	return "mend it; simdrop takes it as soon as the file changes"
}
