package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"simdrop/internal/durable"
)

// ErrBroken says that the queue can no longer be written: whatever it is asked to
// record, nothing may be done that depends on it.
var ErrBroken = errors.New("the queue cannot be written any more")

// BrokenError says why the queue is broken. It is an ErrBroken.
type BrokenError struct{ Cause error }

func (e *BrokenError) Error() string { return ErrBroken.Error() + ": " + e.Cause.Error() }

// Unwrap returns ErrBroken and the cause.
func (e *BrokenError) Unwrap() []error { return []error{ErrBroken, e.Cause} }

// Hint says what to do.
func (e *BrokenError) Hint() string {
	return "nothing more was submitted; look after the disk of the state folder, then start simdrop again: what was paid for is found again"
}

// roomWanted is about what a queue grows by: less is of no use to it.
const roomWanted = 1 << 20

// FullError says that the disk under the queue is full. Nothing is lost, and it
// goes on when there is room.
type FullError struct {
	Dir   string
	Cause error
}

func (e *FullError) Error() string {
	s := "write the queue: no space left on the disk of " + e.Dir
	if free, err := durable.Free(e.Dir); err == nil {
		s += fmt.Sprintf(": %d kB needed, %d kB free", roomWanted/1000, free/1000)
	}
	return s
}

func (e *FullError) Unwrap() error { return e.Cause }

// lookEvery is how often Guard looks whether the file is still the one at its path.
const lookEvery = 5 * time.Second

// Guard returns nil when ctx ends, and an error as soon as the queue cannot be
// trusted to keep what is written: after a failed write of the system, whose effect
// on the file nobody knows, or when the file was removed or replaced, so that what
// is written is gone with this process. From then on all changes are refused.
func (q *Queue) Guard(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-q.broken:
			return q.why
		case <-tick.C:
			if err := q.inPlace(); err != nil {
				q.breakDown(err)
			}
		}
	}
}

// inPlace compares the open file with the one at its path.
func (q *Queue) inPlace() error {
	there, err := os.Stat(q.path)
	if err != nil {
		return fmt.Errorf("its file was taken away while simdrop ran: %w", err)
	}
	if !os.SameFile(q.info, there) {
		return fmt.Errorf("another file was put in place of %s while simdrop ran", q.path)
	}
	return nil
}

// breakDown refuses all changes from now on, for the reason given first.
func (q *Queue) breakDown(cause error) error {
	q.breakOnce.Do(func() {
		q.why = &BrokenError{cause}
		close(q.broken)
	})
	return q.why
}

// usable is ErrBroken, with the reason, once the queue is broken.
func (q *Queue) usable() error {
	select {
	case <-q.broken:
		return q.why
	default:
		return nil
	}
}

// uncommitted judges a transaction that the system did not let through. A full
// disk is refused before anything counts, and may be freed; after any other error
// what is on the disk is not known, and a later success would not make it so.
func (q *Queue) uncommitted(err error) error {
	if isFull(err) {
		return &FullError{Dir: filepath.Dir(q.path), Cause: err}
	}
	return q.breakDown(err)
}
