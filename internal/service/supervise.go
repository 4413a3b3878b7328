package service

import (
	"context"
	"log/slog"
	"time"
)

// Supervisor is whoever started the daemon and wants to know how it is: systemd,
// Windows' service control manager, launchd or the Task Scheduler, or nobody.
type Supervisor struct {
	// Background is the service's name where nobody keeps what is written to
	// stderr: the daemon has to keep a log itself. Empty in a terminal and under systemd.
	Background string
	// Every is how often Beat has to be called at least; 0 is when there is news.
	Every time.Duration
	// Env adds to the environment what the manager did not give: folders of a
	// Windows service, which has no person's.
	Env func(func(string) (string, bool)) func(string) (string, bool)
	// Logs adds the manager's own log, for starts, stops and errors.
	Logs func(slog.Handler) slog.Handler

	beat func(status string)
}

// Beat says that the daemon is up, the first time, and that it lives, with one line
// on what it does. It must come from the loop that does the work: that is what a
// watchdog watches.
func (s *Supervisor) Beat(status string) {
	if s.beat != nil {
		s.beat(status)
	}
}

// RunOptions is what Run needs.
type RunOptions struct {
	// Name is the service's, empty where nobody said that it is one.
	Name string
	// Code is the exit code for what main returned.
	Code func(error) int
}

// codeConfiguration is the exit code of a wrong configuration. Starting again does
// not mend it, so a manager that would is told 0.
const codeConfiguration = 2

// Main is the daemon: it works until ctx ends.
type Main func(ctx context.Context, s *Supervisor) error

// plainSupervisor is launchd, the Task Scheduler or nobody: they look at nothing.
func plainSupervisor(o RunOptions) *Supervisor {
	return &Supervisor{
		Background: o.Name,
		Env:        func(env func(string) (string, bool)) func(string) (string, bool) { return env },
		Logs:       func(h slog.Handler) slog.Handler { return h },
	}
}
