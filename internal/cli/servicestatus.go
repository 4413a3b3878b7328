package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/service"
)

// serviceStatus is what `service status --json` prints.
type serviceStatus struct {
	service.Status
	Installed      string `json:"installed_version"` // of this program
	RunningVersion string `json:"running_version"`   // of the daemon, empty where it does not answer
	Hint           string `json:"hint"`              // what to do, empty where all is well
}

func (a *app) serviceStatus() *cobra.Command {
	c := &cobra.Command{
		Use:   "status [--user|--system] [--name NAME] [--json]",
		Short: "Show whether the service is installed, runs, and starts by itself",
		Long: `Show whether the service is installed, runs, and starts by itself. The exit code is 0
when it runs, 3 when it does not, 1 when it failed.`,
		Args: wants(0, 0, ""),
	}
	f := a.serviceFlags(c)
	jsonFlag(c, &f.asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, cancel := f.bounded(c.Context())
		defer cancel()
		if err := f.open(ctx, c); err != nil {
			return err
		}
		s, err := f.status(ctx)
		if err != nil {
			return err
		}
		if f.asJSON {
			err = a.printJSON(s)
		} else {
			a.printService(s)
		}
		return errors.Join(err, exitOf(s.State))
	}
	return c
}

// exitOf is the exit code for a state: the one that every command has for a daemon
// that does not run.
func exitOf(s service.State) error {
	switch s {
	case service.Running, service.Starting:
		return nil
	case service.Failed, service.CrashLooping:
		return exitError(exitFailed)
	}
	return exitError(exitNotRunning)
}

// status is what the manager and the daemon itself say.
func (f *serviceFlags) status(ctx context.Context) (serviceStatus, error) {
	s := serviceStatus{Installed: thisBuild().Version}
	if f.notInstallable != nil {
		s.Status = service.Status{Name: f.name, Scope: f.scope, State: service.NotInstalled, Detail: f.notInstallable.Error()}
		_, s.Hint = judge(f.notInstallable)
		return s, nil
	}
	st, err := f.manager.Status(ctx)
	if err != nil {
		return s, err
	}
	s.Status = st
	if r := f.daemon(ctx, st); r != nil {
		s.RunningVersion = r.Version
		if s.PID == 0 {
			s.PID = r.PID
		}
	}
	switch {
	case st.State == service.NotInstalled:
		s.Hint = "`" + f.again("install") + "` makes it"
	case st.State == service.Failed || st.State == service.CrashLooping:
		s.Hint = (&service.NotUp{Status: st}).Hint()
	case st.State == service.Stopped:
		s.Hint = "`" + f.again("start") + "` starts it"
	case f.older(s):
		s.Hint = "`" + f.again("restart") + "`: the version that runs is not the one that is installed"
	}
	return s, nil
}

func (f *serviceFlags) older(s serviceStatus) bool {
	return s.RunningVersion != "" && s.RunningVersion != s.Installed
}

// outdated says whether the daemon that runs is not of this version.
func (f *serviceFlags) outdated(ctx context.Context) bool {
	s, err := f.status(ctx)
	return err == nil && f.older(s)
}

// daemon asks the service's daemon itself; nil when it does not answer.
func (f *serviceFlags) daemon(ctx context.Context, s service.Status) *control.Status {
	if s.State != service.Running || s.Config == "" {
		return nil
	}
	cfg, err := config.Load(s.Config, f.env(s.RunAs))
	if err != nil {
		return nil
	}
	r, err := f.app.running(ctx, cfg.StateDir)
	if err != nil {
		return nil
	}
	return r
}

func (a *app) printService(s serviceStatus) {
	line := fmt.Sprintf("%s: %s", s.Name, s.State)
	if s.Manager != "" {
		line = fmt.Sprintf("%s (%s, %s): %s", s.Name, s.Manager, s.Scope, s.State)
	}
	if s.Code != 0 {
		line += fmt.Sprintf(", exit code %d", s.Code)
	}
	if s.PID != 0 {
		line += fmt.Sprintf(", pid %d", s.PID)
	}
	if s.Restarts > 0 {
		line += fmt.Sprintf(", restarted %d times", s.Restarts)
	}
	if s.Detail != "" {
		line += ": " + s.Detail
	}
	fmt.Fprintln(a.stdout, clean(line))
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.stdout, "  %-10s %s\n", name, clean(value))
		}
	}
	if s.State != service.NotInstalled {
		row("starts", map[bool]string{true: map[service.Scope]string{service.User: "when you log in", service.System: "at boot"}[s.Scope], false: "only by hand"}[s.Autostart])
		row("program", s.Exec)
		version := s.RunningVersion
		if version != "" && version != s.Installed {
			version = "running " + version + ", installed " + s.Installed + ": restart"
		}
		row("version", version)
		row("account", s.RunAs)
		row("config", s.Config)
		row("file", s.File)
		row("log", s.Logs)
	}
	if s.Hint != "" {
		a.hintf("%s", s.Hint)
	}
}
