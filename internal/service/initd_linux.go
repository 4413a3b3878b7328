package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	kardianos "github.com/kardianos/service"

	"simdrop/internal/durable"
)

// initd manages a service where systemd is not the init: kardianos/service knows
// OpenRC, System V, Upstart, procd and busybox's rcS. For OpenRC the script is our
// own; the others get that library's, which neither quotes words nor changes the
// account, so that what they would get wrong is refused.
type initd struct {
	name   string
	system string // the library's name for the init
}

// simple is what needs no quoting anywhere.
var simple = regexp.MustCompile(`^[A-Za-z0-9_/.@+-]+$`)

func (m *initd) openRC() bool { return strings.HasSuffix(m.system, "openrc") }

// Logs is the log's file.
func (m *initd) Logs() string { return "/var/log/" + m.name }

func (m *initd) file() string {
	if strings.HasSuffix(m.system, "upstart") {
		return "/etc/init/" + m.name + ".conf"
	}
	return "/etc/init.d/" + m.name
}

// service is the library's view of what the Spec says; the name is enough to control it.
func (m *initd) service(s Spec) (kardianos.Service, error) {
	c := &kardianos.Config{
		Name: m.name, DisplayName: m.name, Description: "Watches folders and puts SimReady USD beside 3D assets",
		Executable: s.Exec, Arguments: s.background(), Option: kardianos.KeyValue{},
	}
	if m.openRC() && s.Exec != "" {
		text, err := OpenRC(s)
		if err != nil {
			return nil, err
		}
		if strings.Contains(text, "{{") {
			return nil, refuse("give the folder a name without {{", "an init script cannot hold a path with {{")
		}
		c.Option["OpenRCScript"] = text
	}
	return kardianos.New(nobody{}, c)
}

// nobody is the program that the library would run; it only installs here.
type nobody struct{}

func (nobody) Start(kardianos.Service) error { return nil }
func (nobody) Stop(kardianos.Service) error  { return nil }

func (m *initd) possible(s Spec) error {
	if m.openRC() {
		return nil
	}
	if s.RunAs != "root" {
		return refuse("run `simdrop run` from that account's crontab (@reboot), or the container image",
			"a script for %s runs as root, not as %s", m.system, s.RunAs)
	}
	for _, path := range []string{s.Exec, s.Config} {
		if !simple.MatchString(path) {
			return refuse("use a path of letters, digits, . _ + - and @", "a script for %s cannot hold the path %q", m.system, path)
		}
	}
	return nil
}

// Install puts a new script in the old one's place.
func (m *initd) Install(ctx context.Context, s Spec) (c Change, err error) {
	if err := m.possible(s); err != nil {
		return c, err
	}
	k, err := m.service(s)
	if err != nil {
		return c, err
	}
	before, err := m.Status(ctx)
	if err != nil {
		return c, err
	}
	old, err := os.ReadFile(m.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	defer func() {
		if err != nil {
			k.Stop()
			k.Uninstall()
			if old != nil {
				k.Install() // for its links; then the text that was there
				err = errors.Join(err, durable.WriteFile(m.file(), old, 0o755))
			}
			c = Change{}
		}
	}()
	if before.State != NotInstalled {
		if before.State == Running && !s.NoStart {
			if err := m.Stop(ctx); err != nil {
				return c, err
			}
		}
		if err := k.Uninstall(); err != nil {
			return c, err
		}
	}
	if err := k.Install(); err != nil {
		return c, err
	}
	c.did("wrote %s; it starts at boot", m.file())
	if s.NoStart {
		return c, nil
	}
	if err := m.Start(ctx); err != nil {
		return c, err
	}
	c.did("started it")
	return c, nil
}

// Uninstall stops the service and removes its script.
func (m *initd) Uninstall(ctx context.Context) (c Change, err error) {
	s, err := m.Status(ctx)
	if err != nil || s.State == NotInstalled {
		return c, err
	}
	if err := m.Stop(ctx); err != nil {
		return c, err
	}
	k, err := m.service(Spec{})
	if err != nil {
		return c, err
	}
	if err := k.Uninstall(); err != nil {
		return c, err
	}
	c.did("stopped it and removed %s", m.file())
	return c, nil
}

// Start starts the service and waits until it is up.
func (m *initd) Start(ctx context.Context) error {
	return m.control(ctx, Running, kardianos.Service.Start)
}

// Stop stops the service and waits until it is down.
func (m *initd) Stop(ctx context.Context) error {
	return m.control(ctx, Stopped, kardianos.Service.Stop)
}

func (m *initd) control(ctx context.Context, wanted State, do func(kardianos.Service) error) error {
	s, err := m.Status(ctx)
	switch {
	case err != nil:
		return err
	case s.State == NotInstalled:
		return ErrNotInstalled
	case s.State == wanted:
		return nil
	}
	k, err := m.service(Spec{})
	if err != nil {
		return err
	}
	if err := do(k); err != nil {
		return err
	}
	_, err = await(ctx, m, func(s Status) bool { return s.State == wanted })
	return err
}

// Status is what the library finds out: running or stopped.
func (m *initd) Status(context.Context) (Status, error) {
	s := Status{Name: m.name, Scope: System, Manager: strings.TrimPrefix(m.system, "linux-"), State: NotInstalled, Logs: m.Logs()}
	if _, err := os.Stat(m.file()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return s, nil
		}
		return s, err
	}
	s.File, s.Autostart = m.file(), true
	k, err := m.service(Spec{})
	if err != nil {
		return s, err
	}
	switch st, err := k.Status(); {
	case st == kardianos.StatusRunning:
		s.State = Running
	case st == kardianos.StatusStopped:
		s.State = Stopped
	default:
		s.State = Failed
		s.Detail = fmt.Sprint(err)
	}
	return s, nil
}
