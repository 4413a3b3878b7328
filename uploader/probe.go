package uploader

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"simdrop/queue"
)

// A provider that refuses the key, or has no credits left, is asked again now and
// then with a question that costs nothing, so that its jobs go on by themselves.

// refusal is why all jobs of a provider wait. It is guarded by its line's mutex.
type refusal struct {
	why    *Error    // nil: nothing is refused
	next   time.Time // when to ask again
	asked  int       // how often it was asked since a submission was accepted
	asking bool
}

// The pauses between two questions.
const (
	firstProbe   = time.Minute
	lastProbe    = 10 * time.Minute
	probeTimeout = 30 * time.Second
)

// begin notes the refusal and reports whether it is a new one.
func (r *refusal) begin(err *Error) bool {
	fresh := r.why == nil
	r.why = err
	if fresh {
		r.next = time.Now().Add(r.pause())
	}
	return fresh
}

// pause is how long to wait before the next question: it grows, and varies a
// little, because whoever answers may have many to answer.
func (r *refusal) pause() time.Duration {
	wait := min(firstProbe<<min(r.asked, 8), lastProbe)
	return wait*9/10 + rand.N(wait/5)
}

func (l *line) refused() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.key.why != nil
}

func (l *line) broke() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.credits.why != nil
}

func (l *line) refuseKey(err *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key.begin(err) {
		l.logger.Error("the provider refuses the API key: all its jobs are held", "provider", l.Name, "err", err)
	}
}

func (l *line) refuseCredits(err *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.credits.begin(err) {
		l.logger.Error("no credits left: submissions are held", "provider", l.Name, "err", err)
	}
}

// worked notes that a submission was accepted: whatever is refused next is a new
// refusal, asked about soon.
func (l *line) worked() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.key.asked, l.credits.asked = 0, 0
}

// Reopen forgets what a provider refused, so that its jobs are tried again: its
// held jobs return to where they were.
func (u *Uploader) Reopen(name string) error {
	l := u.lines[name]
	if l == nil {
		return nil
	}
	return errors.Join(u.reopen(l, queue.Key), u.reopen(l, queue.Credits))
}

// reopen is Reopen for one of the two reasons.
func (u *Uploader) reopen(l *line, why queue.Reason) error {
	l.mu.Lock()
	if why == queue.Key {
		l.key.why = l.keyless()
	} else {
		l.credits.why = nil
	}
	l.mu.Unlock()
	_, err := u.Queue.UpdateAll(func(j *queue.Job) bool {
		if j.Provider != l.Name || j.State != queue.Held || j.Reason != why {
			return false
		}
		j.Enter(j.Back)
		return true
	})
	return err
}

// probe asks about the refusals that are due and returns when the next one is, the
// zero time when there is nothing to ask.
func (l *line) probe(ctx context.Context, u *Uploader, now time.Time) time.Time {
	key := u.probeFor(ctx, l, &l.key, now, l.keyWorks, func() {
		l.logger.Info("the API key works again", "provider", l.Name)
		u.reopened(l, queue.Key)
	})
	credits := u.probeFor(ctx, l, &l.credits, now, func(ctx context.Context) bool { return u.creditsReturned(ctx, l) }, func() {
		l.logger.Info("there are credits again", "provider", l.Name)
		u.reopened(l, queue.Credits)
	})
	if key.IsZero() || !credits.IsZero() && credits.Before(key) {
		return credits
	}
	return key
}

// probeFor asks one question if it is due, and acts when the answer is yes.
func (u *Uploader) probeFor(ctx context.Context, l *line, r *refusal, now time.Time, ask func(context.Context) bool, act func()) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.why == nil || l.NoKey != "" || r.asking {
		return time.Time{}
	}
	if r.next.After(now) {
		return r.next
	}
	r.asking = true
	r.asked++
	r.next = now.Add(r.pause())
	u.steps.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, probeTimeout)
		defer cancel()
		yes := ask(ctx)
		l.mu.Lock()
		r.asking = false
		l.mu.Unlock()
		if yes {
			act()
		}
		u.Wake()
	})
	return r.next
}

func (u *Uploader) reopened(l *line, why queue.Reason) {
	if err := u.reopen(l, why); err != nil {
		l.logger.Error("release held jobs", "provider", l.Name, "err", err)
	}
}

// keyWorks asks for the job list, which needs the key; where there is none, for
// the account.
func (l *line) keyWorks(ctx context.Context) bool {
	var err error
	switch p := l.Provider.(type) {
	case Lister:
		_, err = p.Newest(ctx)
	case Teller:
		_, err = p.Me(ctx)
	default:
		return false
	}
	return err == nil
}

// creditsReturned asks what is left to spend. It has to do for the cheapest of the
// jobs that wait for it. A deployment that does not tell leaves it to people.
func (u *Uploader) creditsReturned(ctx context.Context, l *line) bool {
	teller, ok := l.Provider.(Teller)
	if !ok {
		return false
	}
	a, err := teller.Me(ctx)
	if err != nil || !a.HasCredits {
		l.logger.Debug("the provider does not tell what is left to spend", "provider", l.Name, "err", err)
		return false
	}
	return a.Credits > 0 && a.Credits >= u.table.cheapest(l.Name, queue.Credits)
}
