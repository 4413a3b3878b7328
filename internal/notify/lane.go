package notify

import (
	"context"
	"errors"
	"time"

	"simdrop/internal/redact"
	"simdrop/queue"
)

// lane delivers the letters to one receiver, one after another.
type lane struct {
	to      string // the receiver's name in the outbox
	name    string // for people
	deliver func(context.Context, queue.Letter) error
	wake    chan struct{}
}

func newLane(to, name string, deliver func(context.Context, queue.Letter) error) *lane {
	return &lane{to, name, deliver, make(chan struct{}, 1)}
}

// poke says that there may be a letter.
func (l *lane) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// laterError says that a delivery failed in a way that may pass.
type laterError struct {
	err   error
	after time.Duration // what the receiver asks for, 0 when it does not
}

func (e *laterError) Error() string { return e.err.Error() }
func (e *laterError) Unwrap() error { return e.err }

const (
	// mostLetters bounds what waits for a receiver that is away.
	mostLetters = 10_000
	// oldest is how long one letter is tried: news of yesterday help nobody, and
	// those behind it wait.
	oldest = 24 * time.Hour
)

// serve delivers what there is, and waits for more. After ctx has ended it only
// delivers what waits, as long as nothing fails and drain goes on.
func (n *Notifier) serve(ctx, drain context.Context, l *lane) {
	for tries := 0; ; {
		letter, err := n.Queue.NextLetter(l.to)
		if errors.Is(err, queue.ErrNotFound) {
			tries = 0
			select {
			case <-ctx.Done():
				return
			case <-l.wake:
				continue
			}
		}
		if err == nil {
			err = n.attempt(drain, l, letter, tries)
		}
		switch {
		case drain.Err() != nil:
			return
		case err == nil:
			tries = 0
			continue
		}
		wait := queue.Backoff(tries)
		if later, ok := errors.AsType[*laterError](err); ok {
			wait = max(wait, later.after)
		} else {
			n.Logger.Error("read the outbox", "receiver", l.name, "err", err)
		}
		tries++
		if !rest(ctx, wait) {
			return
		}
	}
}

// attempt delivers the letter, or gives it up; the error says that it is to be
// tried again.
func (n *Notifier) attempt(ctx context.Context, l *lane, letter queue.Letter, tries int) error {
	log := n.Logger.With("receiver", l.name, "job", letter.Job.ID, "state", string(letter.Job.State))
	err := l.deliver(ctx, letter)
	if ctx.Err() != nil { // stopped by us: it is told again
		return err
	}
	later, passes := errors.AsType[*laterError](err)
	switch {
	case err == nil:
		log.Debug("told")
	case passes && time.Since(letter.At) < oldest:
		if tries == 0 {
			log.Warn("could not be told: it is tried again", "err", redact.Text(later.Error(), n.Secrets...))
		}
		n.trim(l)
		return err
	default:
		log.Warn("was not told", "err", redact.Text(err.Error(), n.Secrets...))
	}
	return n.Queue.Delivered(letter)
}

// trim bounds what waits for the receiver.
func (n *Notifier) trim(l *lane) {
	dropped, err := n.Queue.TrimLetters(l.to, mostLetters)
	if err != nil {
		n.Logger.Error("trim the outbox", "receiver", l.name, "err", err)
	}
	if dropped > 0 {
		n.Logger.Warn("too much waits for the receiver: the oldest is not told", "receiver", l.name, "letters", dropped)
	}
}

// rest waits, and reports whether ctx goes on.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
