package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
	"simdrop/queue"
)

// usageError is a command line that makes no sense. Exit code 2.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

func usagef(c *cobra.Command, format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...), hint: "see `" + c.CommandPath() + " --help`"}
}

const many = 1 << 20

// wants is cobra's check of the number of arguments, in words.
func wants(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef(c, "%s wants %s", c.Name(), what)
		case len(args) > most && most == 0:
			return usagef(c, "%s takes no arguments, got %s", c.Name(), quote(args[0]))
		case len(args) > most:
			return usagef(c, "%s wants %s and nothing else, got %s", c.Name(), what, quote(args[most]))
		}
		return nil
	}
}

// asUsage is what the flag parser did not like, with a hint on where to look.
func asUsage(root *cobra.Command, args []string, err error) error {
	if _, ok := errors.AsType[*usageError](err); ok {
		return err
	}
	c, _, ferr := root.Find(args)
	if ferr != nil {
		c = root
	}
	return usagef(c, "%v", err)
}

// configError is a configuration that cannot be used. Exit code 2.
type configError struct {
	file string
	err  error
}

func (e *configError) Error() string { return e.file + ": " + e.err.Error() }
func (e *configError) Unwrap() error { return e.err }

// exitError is an error that was told already; only its exit code is left.
type exitError int

func (e exitError) Error() string { return "done in part" }

// report tells an error and returns the exit code. It is the only place where
// hints are given.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	code, hint := judge(err)
	for _, text := range texts(err) {
		a.errorf("%s", text)
	}
	if hint != "" {
		a.hintf("%s", hint)
	}
	return code
}

// texts is the error's text, one for each mistake of a configuration.
func texts(err error) []string {
	ce, ok := errors.AsType[*configError](err)
	if !ok {
		return []string{err.Error()}
	}
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		return []string{err.Error()}
	}
	var out []string
	for _, m := range mistakes {
		out = append(out, ce.file+": "+m.String())
	}
	return out
}

// judge says what an error means to who started us, and what they may do.
func judge(err error) (code int, hint string) {
	if u, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, u.hint
	}
	if errors.Is(err, config.ErrNotFound) {
		return exitUsage, "make one with `simdrop config init`, or look around without one: `simdrop try`"
	}
	if ce, ok := errors.AsType[*configError](err); ok {
		if errors.Is(err, fs.ErrNotExist) {
			return exitUsage, "make it with `simdrop --config " + ce.file + " config init`"
		}
		if _, ok := errors.AsType[config.Mistakes](err); ok {
			return exitUsage, "`simdrop config init --print` shows every option with its default"
		}
		return exitUsage, ""
	}
	if errors.Is(err, control.ErrNotRunning) {
		return exitNotRunning, "start it with `simdrop run`, or look around with `simdrop try`"
	}
	if e, ok := errors.AsType[*control.Error](err); ok {
		hint := e.Hint()
		if hint == "" && e.Status == http.StatusNotFound {
			hint = "`simdrop jobs` lists the jobs"
		}
		return exitFailed, hint
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return exitFailed, h.Hint()
	}
	switch {
	case errors.Is(err, queue.ErrLocked):
		return exitFailed, "a simdrop uses this state folder already: see `simdrop status`; a second one needs its own state_dir"
	case errors.Is(err, daemon.ErrBusy):
		return exitFailed, "ask again when it is written: the program that writes it may still have it open"
	case errors.Is(err, syscall.EADDRINUSE):
		return exitFailed, "another program uses the address, perhaps a simdrop: see `simdrop status`, or set control.listen"
	case errors.Is(err, fs.ErrPermission) && strings.Contains(err.Error(), "find the daemon"):
		return exitFailed, "the daemon belongs to another user: ask as that user"
	}
	return exitFailed, ""
}

// hinted is an error of a command that knows what to do about it.
type hinted struct {
	error
	hint string
}

func (h *hinted) Hint() string  { return h.hint }
func (h *hinted) Unwrap() error { return h.error }
