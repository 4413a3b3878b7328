package daemon

import (
	"errors"
	"fmt"
	"time"
)

// teardown is what has to be undone, in the reverse order of its doing. Each part
// is registered by name on the line after the thing is acquired.
type teardown struct{ parts []part }

type part struct {
	name string
	undo func() error
}

// partLimit bounds one part: a share that hangs must not keep the rest from closing.
const partLimit = 5 * time.Second

func (t *teardown) add(name string, undo func() error) {
	t.parts = append(t.parts, part{name, undo})
}

// run undoes everything once and joins the errors; running it again does nothing.
func (t *teardown) run() error {
	parts := t.parts
	t.parts = nil
	var errs []error
	for i := len(parts) - 1; i >= 0; i-- {
		if err := bounded(parts[i].undo); err != nil {
			errs = append(errs, fmt.Errorf("close the %s: %w", parts[i].name, err))
		}
	}
	return errors.Join(errs...)
}

func bounded(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(partLimit):
		return fmt.Errorf("no answer within %s", partLimit)
	}
}
