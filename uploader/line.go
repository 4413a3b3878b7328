package uploader

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"simdrop/queue"
)

// line is a provider at work: its limits, what it refused, and how far its job
// list was read. A refusal of the key or of credits concerns all its jobs, so it
// is kept here once.
type line struct {
	Line
	queue  *queue.Queue
	logger *slog.Logger

	mu       sync.Mutex
	uploads  int       // submissions being prepared or sent
	fetches  int       // results being downloaded and published
	until    time.Time // rate limited until then
	polls    polls
	key      refusal         // the key was refused
	credits  refusal         // no credits are left
	unlisted map[string]bool // statuses already logged as unknown

	overOn string     // the day on which it was logged that the budget is spent
	looked budgetLook // the scheduler's alone, as is
	starts int        // how many submissions its present pass may still begin

	balance balance

	tariff struct {
		sync.Mutex
		asking sync.Mutex         // one asks at a time, while others go by what is known
		prices map[string]float64 // as the provider tells them, nil before
		next   time.Time          // when to ask again
	}

	list struct {
		sync.Mutex
		fence Fence
		read  time.Time // when, by our monotonic clock
	}
}

func newLine(l Line, o Options) *line {
	return &line{Line: l, queue: o.Queue, logger: o.Logger, unlisted: make(map[string]bool), key: refusal{why: l.keyless()}}
}

// keyless is the refusal that a provider without a configured key starts with,
// nil when it has one.
func (l Line) keyless() *Error {
	if l.NoKey == "" {
		return nil
	}
	return &Error{Provider: l.Name, Op: "submit", Class: KeyRefused, Detail: l.NoKey}
}

// reserve takes a place for one submission, given how many jobs are in flight.
func (l *line) reserve(inFlight int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.uploads >= l.MaxUploads || inFlight+l.uploads >= l.MaxInFlight {
		return false
	}
	l.uploads++
	return true
}

func (l *line) unreserve() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.uploads--
}

// maxFetches bounds the results of one provider that are fetched at the same time.
const maxFetches = 4

func (l *line) reserveFetch() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fetches >= maxFetches {
		return false
	}
	l.fetches++
	return true
}

func (l *line) unreserveFetch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fetches--
}

func (l *line) limited(now time.Time) bool { return l.limitedUntil().After(now) }

func (l *line) limitedUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until
}

func (l *line) limit(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) {
		l.until = until
	}
}

// Problem says why a provider takes no submissions, empty when it does.
func (u *Uploader) Problem(name string) (problem, hint string) {
	l := u.lines[name]
	if l == nil {
		return "", ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.key.why != nil:
		return l.key.why.Error(), keyHint(name)
	case l.credits.why != nil:
		return l.credits.why.Error(), creditsHint
	case l.balance.low != "":
		return l.balance.low, lowHint
	case l.until.After(time.Now()):
		return "rate limited until " + l.until.Local().Format(time.TimeOnly), ""
	}
	return "", ""
}

// InFlight returns how many of the provider's jobs are accepted and not finished.
func (u *Uploader) InFlight(name string) int { return u.table.inFlight(name) }

// maxFenceAge is how long one reading of the list serves submissions as their fence.
const maxFenceAge = time.Minute

// fence returns a fence younger than maxFenceAge and sees to it that the jobs up
// to it are in the queue's record of the list. Without a Lister it is zero.
func (l *line) fence(ctx context.Context) (Fence, error) {
	lister, ok := l.Provider.(Lister)
	if !ok {
		return Fence{}, nil
	}
	l.list.Lock()
	defer l.list.Unlock()
	if !l.list.read.IsZero() && time.Since(l.list.read) < maxFenceAge {
		return l.list.fence, nil
	}
	last, err := l.lastFence()
	if err != nil {
		return Fence{}, err
	}
	begun := time.Now()
	fence, err := lister.Newest(ctx)
	if err != nil {
		return Fence{}, err
	}
	jobs, err := lister.Since(ctx, last)
	if err != nil {
		return Fence{}, err
	}
	if err := l.record(jobs, fence); err != nil {
		return Fence{}, err
	}
	l.list.fence, l.list.read = fence, begun
	return fence, nil
}

// Relist makes every line read its job list before the next submission: somebody
// else may have submitted meanwhile.
func (u *Uploader) Relist() {
	for _, l := range u.lines {
		l.list.Lock()
		l.list.read = time.Time{}
		l.list.Unlock()
	}
}

func (l *line) lastFence() (Fence, error) {
	var f Fence
	raw, err := l.queue.ListFence(l.Account)
	if err != nil || raw == nil {
		return f, err
	}
	return f, json.Unmarshal(raw, &f)
}

// record keeps what the list showed of our own names.
func (l *line) record(jobs []Remote, fence Fence) error {
	raw, err := json.Marshal(fence)
	if err != nil {
		return err
	}
	return l.queue.AddListed(l.Account, raw, byToken(jobs))
}

// unknown logs a status that the documentation does not have, once.
func (l *line) unknown(status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.unlisted[status] {
		l.unlisted[status] = true
		l.logger.Warn("unknown remote status: polling goes on", "provider", l.Name, "status", status)
	}
}
