//go:build unix

package service

import (
	"context"
	"os"
	"runtime/debug"
)

// Run runs main for whoever started this process, until ctx ends or main returns.
func Run(ctx context.Context, o RunOptions, main Main) error {
	s := plainSupervisor(o)
	n := newNotifier(os.LookupEnv, os.Getpid())
	if n == nil {
		return main(ctx, s)
	}
	// The converter's processes must not speak for us.
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		os.Unsetenv(name)
	}
	// Go ends with code 2 after a panic and at the watchdog's SIGABRT, which is our code
	// for a wrong configuration: then it would not be started again. This ends it by the
	// signal instead.
	debug.SetTraceback("crash")
	s.Background = "" // systemd keeps what is written to stderr
	s.Every, s.beat = n.every, n.beat
	defer n.run(ctx)()
	return main(ctx, s)
}
