package uploader

import (
	"math"
	"slices"
	"sync"
	"time"

	"simdrop/queue"
)

// entry is what the scheduler needs to know of a live job.
type entry struct {
	id, provider, after string
	remote              string // its ID at the provider
	num                 int    // grows with the job's age in the queue
	state, back         queue.State
	reason              queue.Reason
	released            bool
	doubt               bool      // submitted, and the answer was lost
	recorded            time.Time // the intent of its submission
	since               time.Time // when we came to doubt, by our monotonic clock
	due                 time.Time // by our monotonic clock
	estimate            float64
}

// handle is a job as a provider knows it.
type handle struct{ provider, id string }

// table mirrors the queue's live jobs in memory, kept in step by the queue's
// notifications, so that looking for due work reads no database.
type table struct {
	wake chan struct{} // holds one token when there may be work

	mu      sync.Mutex
	entries map[string]entry
	busy    map[string]bool
	ended   map[string]bool // whose files in the spool are to go
	flying  map[string]int  // accepted and unfinished jobs by provider
	remotes map[handle]string
	order   []string // IDs by age
	seq     int
}

func (t *table) init() {
	t.wake = make(chan struct{}, 1)
	t.entries = make(map[string]entry)
	t.busy = make(map[string]bool)
	t.ended = make(map[string]bool)
	t.flying = make(map[string]int)
	t.remotes = make(map[handle]string)
}

// inFlight reports whether the provider has the job, or may have it. One that is
// being uploaded counts as an upload instead.
func inFlight(e entry) bool {
	return e.state == queue.Converting || e.state == queue.Submitting && e.doubt ||
		e.state == queue.Held && e.back == queue.Converting && e.reason == queue.Deadline
}

// put takes in a job as the queue now has it.
func (t *table) put(j queue.Job) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, had := t.entries[j.ID]
	if had && inFlight(old) {
		t.flying[old.provider]--
		delete(t.remotes, handle{old.provider, old.remote})
	}
	if j.State.Ended() {
		delete(t.entries, j.ID)
		if had {
			t.ended[j.ID] = true
		}
		t.signal()
		return
	}
	delete(t.ended, j.ID)
	e := entry{
		id: j.ID, provider: j.Provider, after: j.After, remote: j.RemoteID, num: old.num, state: j.State, back: j.Back,
		reason: j.Reason, released: j.Released, due: dueAt(j, time.Now()), estimate: j.Estimate,
	}
	e.doubted(j.Intent, old)
	if !had {
		t.seq++
		e.num = t.seq
		t.order = append(t.order, j.ID)
	}
	t.entries[j.ID] = e
	if inFlight(e) {
		t.flying[e.provider]++
		if e.remote != "" {
			t.remotes[handle{e.provider, e.remote}] = e.id
		}
	}
	t.signal()
}

// dueAt translates the time that the queue has for a job into one of our monotonic
// clock, so that a clock that is set neither hurries nor freezes anything. What was
// decided is how long to wait; how much of it has passed is told by the clock on
// the wall only for what an earlier process decided.
func dueAt(j queue.Job, now time.Time) time.Time {
	if j.Due.IsZero() {
		return time.Time{}
	}
	wait := j.Due.Sub(j.Updated)
	passed := now.Sub(j.Updated)
	return now.Add(max(0, wait-max(0, passed)))
}

// doubted notes since when this process doubts a submission. For what an earlier
// one doubted, the clock on the wall is believed. A submission that is sent again
// is doubted anew, and no more when that proves never sent.
func (e *entry) doubted(in *queue.Intent, old entry) {
	if in == nil {
		return
	}
	e.recorded, e.doubt = in.Recorded, !in.Doubt.IsZero()
	if old.recorded.Equal(e.recorded) {
		e.since = old.since
	}
	now := time.Now()
	switch {
	case !e.doubt:
	case old.id == "":
		e.since = now.Add(-max(0, now.Sub(in.Doubt)))
	case e.since.IsZero() || in.Resent && !old.doubt:
		e.since = now
	}
}

func (t *table) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// list returns the entries that no step is working on, oldest first.
func (t *table) list() []entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.order = slices.DeleteFunc(t.order, func(id string) bool { _, ok := t.entries[id]; return !ok })
	all := make([]entry, 0, len(t.order))
	for _, id := range t.order {
		if !t.busy[id] {
			all = append(all, t.entries[id])
		}
	}
	return all
}

// takeEnded returns the jobs that have ended since it was last asked, whoever ended
// them, but for those that a step is still working on.
func (t *table) takeEnded() (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.ended {
		if !t.busy[id] {
			ids = append(ids, id)
			delete(t.ended, id)
		}
	}
	return ids
}

// take reserves the job for a step; false when one is working on it already.
func (t *table) take(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.entries[id]; !ok || t.busy[id] {
		return false
	}
	t.busy[id] = true
	return true
}

// working reports whether a step is at work on the job.
func (t *table) working(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy[id]
}

// leave gives back a job that there is nothing to do for: nothing has changed.
func (t *table) leave(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, id)
}

func (t *table) release(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, id)
	t.signal()
}

// putOff delays a job without writing the queue, for when that is what failed.
func (t *table) putOff(id string, due time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.entries[id]; ok {
		e.due = due
		t.entries[id] = e
	}
}

// doubtedSince returns when this process came to doubt the job's submission.
func (t *table) doubtedSince(id string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.entries[id].since
}

// flyingAs returns the job in flight that the provider knows by the ID.
func (t *table) flyingAs(provider, id string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ours, ok := t.remotes[handle{provider, id}]
	return ours, ok
}

// has reports whether the job with this ID is live; false for the empty ID.
func (t *table) has(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.entries[id]
	return ok
}

func (t *table) inFlight(provider string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.flying[provider]
}

// waiting returns how many of the provider's jobs are held for its budget, how
// many may still be charged, and what those are expected to cost that are queued.
func (t *table) waiting(provider string) (held, moving int, queued float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.entries {
		switch {
		case e.provider != provider:
		case e.state == queue.Queued:
			moving++
			queued += e.estimate
		case e.state == queue.Submitting:
			moving++
		case e.state == queue.Held && e.reason == queue.Budget:
			held++
		}
	}
	return held, moving, queued
}

// preparing returns how many of the provider's queued jobs a step is working on.
func (t *table) preparing(provider string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for id := range t.busy {
		if e := t.entries[id]; e.provider == provider && e.state == queue.Queued {
			n++
		}
	}
	return n
}

// cheapest is the least that a job of the provider is expected to cost that is
// held for the reason, 0 when nobody knows.
func (t *table) cheapest(provider string, r queue.Reason) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	least := math.Inf(1)
	for _, e := range t.entries {
		if e.provider == provider && e.state == queue.Held && e.reason == r {
			least = min(least, e.estimate)
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

// places are the assets whose result is being put in place: one step at a time,
// because each looks at what is there before it replaces it.
type places struct {
	mu   sync.Mutex
	busy map[string]bool
}

func (p *places) take(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[path] {
		return false
	}
	if p.busy == nil {
		p.busy = make(map[string]bool)
	}
	p.busy[path] = true
	return true
}

func (p *places) leave(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, path)
}
