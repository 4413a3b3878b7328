package daemon

import (
	"context"
	"fmt"
	"sync"
	"time"

	"simdrop/internal/config"
	"simdrop/queue"
	"simdrop/watcher"
)

// burstWindow is how near to each other drops have to settle to count as one burst.
const burstWindow = time.Minute

// burst counts what arrives together for one provider. More than the limit, and a
// person has to say that all of it is meant.
type burst struct {
	limit int // 0 is off

	mu      sync.Mutex
	arrived []time.Time // of the last window
	until   time.Time   // what arrives before is held as well
	stale   bool        // the held jobs' texts are older than their number
}

// arrive takes note of n drops and reports whether they are to be held, and
// whether it is they who made the burst too large.
func (b *burst) arrive(n int, now time.Time) (hold, first bool) {
	if b == nil || b.limit <= 0 || n == 0 {
		return false, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := b.arrived[:0]
	for _, t := range b.arrived {
		if now.Sub(t) < burstWindow {
			kept = append(kept, t)
		}
	}
	b.arrived = kept
	for range min(n, b.limit+1) {
		b.arrived = append(b.arrived, now)
	}
	holding := now.Before(b.until)
	if !holding && len(b.arrived) <= b.limit {
		return false, false
	}
	b.arrived = b.arrived[max(0, len(b.arrived)-b.limit-1):]
	b.until, b.stale = now.Add(burstWindow), true
	return true, !holding
}

// settled reports, once after each change, that held jobs' texts need their number.
func (b *burst) settled() bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.stale
	b.stale = false
	return was
}

// openBursts makes a counter for each provider that costs something.
func (d *Daemon) openBursts() {
	d.bursts = make(map[string]*burst)
	for name, p := range d.cfg.Providers {
		if p.Type != config.Local && p.Budget.ApproveAbove > 0 {
			d.bursts[name] = &burst{limit: p.Budget.ApproveAbove}
		}
	}
}

// gatherWait is how long a folder of a provider with a limit waits for the rest of
// a burst before it takes in what has settled: so none of it is sent beforehand.
const gatherWait = 100 * time.Millisecond

// maxGathered bounds what is taken in at a time.
const maxGathered = 1000

// gather returns the drop together with those that settle at the same time.
func (w *watch) gather(ctx context.Context, drop watcher.Drop) []watcher.Drop {
	all := []watcher.Drop{drop}
	if w.burst == nil {
		return all
	}
	more := time.NewTimer(gatherWait)
	defer more.Stop()
	for len(all) < maxGathered {
		select {
		case d, ok := <-w.w.Drops():
			if !ok {
				return all
			}
			all = append(all, d)
			more.Reset(gatherWait)
		case <-more.C:
			return all
		case <-ctx.Done():
			return all // what is not taken in now is found again at the next start
		}
	}
	return all
}

// takeAll takes in what arrived together.
func (w *watch) takeAll(ctx context.Context, drops []watcher.Drop) {
	arriving := 0
	for _, drop := range drops {
		if w.counts(drop) && !w.daemon.queue.Known(drop.Path, drop.Stamp) && w.movedFrom(drop) == nil {
			arriving++
		}
	}
	hold, first := w.burst.arrive(arriving, time.Now())
	if first {
		if err := w.daemon.holdBurst(w.Provider); err != nil {
			w.daemon.log.Error("hold what arrived together", "err", err)
		}
	}
	for _, drop := range drops {
		if err := w.take(ctx, drop, hold && w.counts(drop)); err != nil {
			w.daemon.log.Error("take in a drop: it is tried again", "asset", drop.Path, "err", err)
			w.w.Check(drop.Path)
		}
		w.taken.Add(1)
	}
}

// counts reports whether the drop is one that arrived: what lay there before the
// first run is a matter of the folder's own rule.
func (w *watch) counts(drop watcher.Drop) bool {
	return !drop.Existing && drop.Outcome != watcher.Broken
}

const approvalHint = "`simdrop release --reason approval` lets all of them go"

// holdBurst holds what arrived within the window and is not sent yet.
func (d *Daemon) holdBurst(provider string) error {
	since := time.Now().Add(-burstWindow)
	n, err := d.queue.UpdateAll(func(j *queue.Job) bool {
		if j.Provider != provider || j.State != queue.Queued || !j.Unsent() || j.Released || j.Asked || j.Created.Before(since) {
			return false
		}
		j.Hold(queue.Approval, arrivedTogether, approvalHint)
		return true
	})
	if n > 0 {
		d.log.Warn("many drops arrived together: they wait for approval", "provider", provider, "jobs", n)
	}
	return err
}

const arrivedTogether = "many assets arrived together"

// tell writes into the text of jobs held for the reason how many they are and
// about what they cost, and why they are held before that.
func (d *Daemon) tell(reason queue.Reason, why string, ours func(*queue.Job) bool) error {
	held := func(j *queue.Job) bool { return j.State == queue.Held && j.Reason == reason && ours(j) }
	live, err := d.queue.Live()
	if err != nil {
		return err
	}
	n, credits, told := 0, 0.0, true
	for i := range live {
		if !held(&live[i]) {
			continue
		}
		n++
		credits += live[i].Estimate
		if p := live[i].Provider; told {
			_, told = d.up.Estimate(p, live[i].Path, 1)
		}
	}
	text := backlogText(why, n, credits, told, reason)
	_, err = d.queue.UpdateAll(func(j *queue.Job) bool {
		if !held(j) || j.Error == text {
			return false
		}
		j.Error = text
		return true
	})
	return err
}

// backlogText reads "many assets arrived together: 37 assets, about 37 credits:
// `simdrop release --reason approval`".
func backlogText(why string, n int, credits float64, told bool, reason queue.Reason) string {
	assets := "assets"
	if n == 1 {
		assets = "asset"
	}
	text := fmt.Sprintf("%s: %d %s", why, n, assets)
	if credits > 0 {
		text += fmt.Sprintf(", about %s credits", queue.Credited(credits))
		if !told {
			text += " by the documented prices"
		}
	}
	return fmt.Sprintf("%s: `simdrop release --reason %s`", text, reason)
}

// tellBurst brings the texts of a held burst up to date once no more of it arrives.
func (w *watch) tellBurst() {
	if !w.burst.settled() {
		return
	}
	err := w.daemon.tell(queue.Approval, arrivedTogether, func(j *queue.Job) bool { return j.Provider == w.Provider })
	if err != nil {
		w.daemon.log.Error("write the queue", "err", err)
	}
}
