package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// runner runs a manager's command and returns what it printed to stdout. The error
// has what it printed to stderr.
type runner func(ctx context.Context, command string, args ...string) (string, error)

// commandError is a command that ended with something else than 0.
type commandError struct {
	command, stderr string
	err             error
}

func (e *commandError) Error() string {
	if e.stderr != "" {
		return e.command + ": " + e.stderr
	}
	return e.command + ": " + e.err.Error()
}

func (e *commandError) Unwrap() error { return e.err }

// code is a command's exit code, -1 where it did not run.
func code(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return -1
}

// execute is the runner of the program itself. env is added to the environment.
func execute(env ...string) runner {
	return func(ctx context.Context, command string, args ...string) (string, error) {
		c := exec.CommandContext(ctx, command, args...)
		c.Env = append(c.Environ(), append([]string{"LC_ALL=C"}, env...)...) // their words are read
		var out, errs bytes.Buffer
		c.Stdout, c.Stderr = &out, &errs
		c.WaitDelay = 2 * time.Second // for what it leaves behind with our pipes
		if err := c.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			return out.String(), &commandError{command + " " + strings.Join(args, " "), oneLine(errs.String()), err}
		}
		return out.String(), nil
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

const pollEvery = 100 * time.Millisecond

// await asks until the status is as wanted or ctx ends.
func await(ctx context.Context, m Manager, wanted func(Status) bool) (Status, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		s, err := m.Status(ctx)
		if err == nil && wanted(s) {
			return s, nil
		}
		select {
		case <-ctx.Done():
			if err == nil {
				err = fmt.Errorf("it is still %s: %w", s.State, ctx.Err())
			}
			return s, err
		case <-tick.C:
		}
	}
}

// awaitUp waits until a service that was started runs. cause is what its manager
// said when it was started.
func awaitUp(ctx context.Context, m Manager, cause error) error {
	s, err := await(ctx, m, func(s Status) bool { return s.State.Final() })
	if err != nil {
		return errors.Join(cause, err)
	}
	if s.State != Running {
		return &NotUp{s, cause}
	}
	return nil
}

// awaitDown waits until a service that was stopped does not run. A service that
// failed is not running either.
func awaitDown(ctx context.Context, m Manager) error {
	_, err := await(ctx, m, func(s Status) bool {
		return s.State == Stopped || s.State == Failed || s.State == NotInstalled
	})
	return err
}

// rollbackTime bounds what is done to make a failed installation undone.
const rollbackTime = 30 * time.Second

func rollingBack(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
}
