package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/service"
)

// serviceFlags are the flags of the service commands.
type serviceFlags struct {
	user, system   bool
	name, runAs    string
	noStart, dry   bool
	purge, asJSON  bool
	timeout        time.Duration
	app            *app
	manager        service.Manager
	scope          service.Scope
	notInstallable error // why this session has no manager for the scope
}

func (a *app) serviceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "service COMMAND",
		Short: "Have the system run the daemon in the background",
		Long: `Have the system run the daemon in the background: a unit of systemd, a LaunchAgent, a
task at logon, a Windows service, an init script.

By default it runs in your own session and sees what you see: mapped drives, the
keychain, what you allowed. As root, and with --system, it is a service of the machine
that also runs when nobody is logged in.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(c, "there is no command %s", quote("service "+args[0]))
			}
			return usagef(c, "service wants one of: install, uninstall, start, stop, restart, status")
		},
	}
	for _, sub := range []*cobra.Command{
		a.serviceInstall(), a.serviceUninstall(),
		a.serviceVerb("start", "Start the service and wait until it is up", "the service runs", service.Manager.Start),
		a.serviceVerb("stop", "Stop the service and wait until it is down; running steps finish", "the service is stopped", service.Manager.Stop),
		a.serviceVerb("restart", "Stop the service and start it again", "the service runs again", again),
		a.serviceStatus(),
	} {
		sub.DisableFlagsInUseLine = true
		c.AddCommand(sub)
	}
	return c
}

func again(m service.Manager, ctx context.Context) error {
	if err := m.Stop(ctx); err != nil {
		return err
	}
	return m.Start(ctx)
}

// serviceFlags adds the flags that every service command has.
func (a *app) serviceFlags(c *cobra.Command) *serviceFlags {
	f := &serviceFlags{app: a}
	c.Flags().BoolVar(&f.user, "user", false, "the service of your own session")
	c.Flags().BoolVar(&f.system, "system", false, "the service of the machine")
	c.Flags().StringVar(&f.name, "name", service.DefaultName, "the service's `NAME`, where there are several")
	c.Flags().DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long to wait for it")
	return f
}

// open finds the manager. Without --user or --system it is that of the service that
// is there, else the default.
func (f *serviceFlags) open(ctx context.Context, c *cobra.Command) error {
	if f.user && f.system {
		return usagef(c, "it is either --user or --system")
	}
	f.scope = service.DefaultScope()
	switch {
	case f.user:
		f.scope = service.User
	case f.system:
		f.scope = service.System
	case f.scope == service.User && c.Name() != "install" && !f.there(ctx, service.User) && f.there(ctx, service.System):
		f.scope = service.System
	}
	f.manager, f.notInstallable = service.New(f.name, f.scope)
	return nil
}

func (f *serviceFlags) there(ctx context.Context, scope service.Scope) bool {
	m, err := service.New(f.name, scope)
	if err != nil {
		return false
	}
	s, err := m.Status(ctx)
	return err == nil && s.State != service.NotInstalled
}

// may says whether the command can be done at all.
func (f *serviceFlags) may() error {
	if f.notInstallable != nil {
		return f.notInstallable
	}
	return service.Privileged(f.scope)
}

func (f *serviceFlags) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, f.timeout)
}

// again is the command line that names the same service.
func (f *serviceFlags) again(verb string) string {
	words := "simdrop service " + verb
	if f.scope != service.DefaultScope() || f.scope == service.System {
		words += " --" + string(f.scope)
	}
	if f.name != service.DefaultName {
		words += " --name " + f.name
	}
	return words
}

func (a *app) serviceVerb(verb, short, told string, do func(service.Manager, context.Context) error) *cobra.Command {
	c := &cobra.Command{Use: verb + " [--user|--system] [--name NAME] [--timeout D] [--json]", Short: short, Args: wants(0, 0, "")}
	f := a.serviceFlags(c)
	jsonFlag(c, &f.asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, cancel := f.bounded(c.Context())
		defer cancel()
		if err := f.open(ctx, c); err != nil {
			return err
		}
		if err := f.may(); err != nil {
			return err
		}
		if err := do(f.manager, ctx); err != nil {
			return serviceError(verb, err)
		}
		if f.asJSON {
			s, err := f.status(ctx)
			if err != nil {
				return err
			}
			return a.printJSON(s)
		}
		a.notef("%s", told)
		return nil
	}
	return c
}

// serviceError is what a manager reports, with a hint where it has none itself.
func serviceError(verb string, err error) error {
	if errors.Is(err, service.ErrNotInstalled) {
		return &hinted{err, "`simdrop service install` makes it"}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &hinted{fmt.Errorf("%s the service: %w", verb, err), "`simdrop service status` tells how it is; --timeout waits longer"}
	}
	return err
}

func (a *app) serviceInstall() *cobra.Command {
	c := &cobra.Command{
		Use:   "install [--user|--system] [--run-as ACCOUNT] [--name NAME] [--no-start] [--dry-run] [--timeout D] [--json]",
		Short: "Install the service, or make the one that is there as it should be, and start it",
		Args:  wants(0, 0, ""),
	}
	f := a.serviceFlags(c)
	jsonFlag(c, &f.asJSON)
	c.Flags().StringVar(&f.runAs, "run-as", "", "the `ACCOUNT` of a service of the machine")
	c.Flags().BoolVar(&f.noStart, "no-start", false, "do not start it now")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "print what would be written, and change nothing")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, cancel := f.bounded(c.Context())
		defer cancel()
		if err := f.open(ctx, c); err != nil {
			return err
		}
		if f.scope == service.User && f.runAs != "" {
			return usagef(c, "--run-as is for --system: a service of your session runs as you")
		}
		if !f.dry {
			if err := f.may(); err != nil {
				return err
			}
		}
		spec, notes, err := f.spec(ctx)
		if err != nil {
			return err
		}
		if f.dry {
			return f.preview(spec, notes)
		}
		spec.Restart = f.outdated(ctx)
		change, err := f.manager.Install(ctx, spec)
		if err != nil {
			return serviceError("install", err)
		}
		change.Notes = append(change.Notes, notes...)
		return f.told(ctx, change)
	}
	return c
}

// preview prints what Install would make.
func (f *serviceFlags) preview(spec service.Spec, notes []string) error {
	file, text, err := service.Preview(spec)
	if err != nil {
		return err
	}
	if f.asJSON {
		return f.app.printJSON(map[string]string{"file": file, "text": text})
	}
	f.app.notef("%s would be:", file)
	fmt.Fprint(f.app.stdout, text)
	for _, n := range notes {
		f.app.notef("note: %s", n)
	}
	return nil
}

// installed is what `service install --json` prints.
type installed struct {
	serviceStatus
	Changed bool     `json:"changed"`
	Did     []string `json:"did"`
	Notes   []string `json:"notes"`
	Undo    string   `json:"undo"`
}

// told says what was done, where the log is and how to take it back.
func (f *serviceFlags) told(ctx context.Context, change service.Change) error {
	a := f.app
	s, err := f.status(ctx)
	if err != nil {
		return err
	}
	undo := f.again("uninstall")
	if f.asJSON {
		return a.printJSON(installed{s, change.Changed, list(change.Did), list(change.Notes), undo})
	}
	for _, d := range change.Did {
		a.notef("%s", d)
	}
	if !change.Changed {
		a.notef("it is installed already, just like that")
	}
	a.notef("state: %s", s.State)
	a.notef("log:   %s", s.Logs)
	a.notef("undo:  %s", undo)
	for _, n := range change.Notes {
		a.notef("note: %s", n)
	}
	return nil
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (a *app) serviceUninstall() *cobra.Command {
	c := &cobra.Command{
		Use:   "uninstall [--user|--system] [--name NAME] [--purge] [--timeout D]",
		Short: "Stop and remove the service; configuration, state and results stay",
		Args:  wants(0, 0, ""),
	}
	f := a.serviceFlags(c)
	c.Flags().BoolVar(&f.purge, "purge", false, "also remove the configuration, the state and the log, after asking")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, cancel := f.bounded(c.Context())
		defer cancel()
		if err := f.open(ctx, c); err != nil {
			return err
		}
		if err := f.may(); err != nil {
			return err
		}
		var doomed []string
		if f.purge {
			s, err := f.manager.Status(ctx)
			if err != nil {
				return err
			}
			if doomed, err = f.confirmed(s); err != nil {
				return err
			}
		}
		change, err := f.manager.Uninstall(ctx)
		if err != nil {
			return serviceError("uninstall", err)
		}
		for _, d := range append(change.Did, change.Notes...) {
			a.notef("%s", d)
		}
		if !change.Changed && len(change.Notes) == 0 {
			a.notef("there was no service %s", f.name)
		}
		if f.purge {
			return f.remove(doomed)
		}
		a.notef("configuration, state and results are kept; --purge removes the first two")
		return nil
	}
	return c
}

// asked asks a question and takes "y" and "yes" for an answer, nothing else.
func (a *app) asked(format string, args ...any) bool {
	fmt.Fprint(a.stderr, clean(fmt.Sprintf(format, args...))+" [y/N] ")
	line, _ := bufio.NewReader(a.stdin).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
