//go:build linux

package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"simdrop/internal/durable"
)

// systemd manages a unit of the user's systemd or of the machine's, by systemctl.
type systemd struct {
	name  string
	scope Scope
	dir   string // where our unit is written
	run   runner
}

func (m *systemd) unit() string { return m.name + ".service" }
func (m *systemd) file() string { return filepath.Join(m.dir, m.unit()) }

// Logs is the command that shows the log.
func (m *systemd) Logs() string {
	return "journalctl " + m.flag("-e -u "+m.unit(), "--user -e -u "+m.unit())
}

func (m *systemd) flag(system, user string) string {
	if m.scope == User {
		return user
	}
	return system
}

func (m *systemd) ctl(ctx context.Context, args ...string) (string, error) {
	if m.scope == User {
		args = append([]string{"--user"}, args...)
	}
	return m.run(ctx, "systemctl", args...)
}

// do runs several systemctl commands, until one fails.
func (m *systemd) do(ctx context.Context, commands ...[]string) error {
	for _, c := range commands {
		if _, err := m.ctl(ctx, c...); err != nil {
			return err
		}
	}
	return nil
}

// unitProperties are what unitStatus reads of a unit, see org.freedesktop.systemd1(5).
const unitProperties = "LoadState,ActiveState,SubState,Result,ExecMainCode,ExecMainStatus,MainPID,NRestarts,UnitFileState,FragmentPath,StatusText,User,ExecStart"

// Status is what systemd knows.
func (m *systemd) Status(ctx context.Context) (Status, error) {
	out, err := m.ctl(ctx, "show", "--property="+unitProperties, m.unit())
	if err != nil {
		return Status{}, fmt.Errorf("ask systemd: %w", err)
	}
	s := unitStatus(out)
	s.Name, s.Scope, s.Manager, s.Logs = m.name, m.scope, "systemd", m.Logs()
	return s, nil
}

// Install writes the unit, enables it and has it running.
func (m *systemd) Install(ctx context.Context, s Spec) (c Change, err error) {
	render := SystemUnit
	if m.scope == User {
		render = UserUnit
	}
	text, err := render(s)
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
	differs := string(old) != text
	defer func() {
		if err != nil && differs {
			err = errors.Join(err, m.restore(ctx, old, before))
			c = Change{}
		}
	}()
	if differs {
		if err := os.MkdirAll(m.dir, 0o755); err != nil {
			return c, fmt.Errorf("make the folder for units: %w", err)
		}
		if err := durable.WriteFile(m.file(), []byte(text), 0o644); err != nil {
			return c, fmt.Errorf("write the unit: %w", err)
		}
		// Reload first: what is enabled is what systemd read last.
		if err := m.do(ctx, []string{"daemon-reload"}); err != nil {
			return c, err
		}
		c.did("wrote %s", m.file())
	}
	if !before.Autostart || differs {
		if err := m.do(ctx, []string{"enable", m.unit()}); err != nil {
			return c, err
		}
	}
	if !before.Autostart {
		c.did("it starts %s", m.flag("at boot", "when you log in"))
	}
	if s.NoStart {
		return c, nil
	}
	up := before.State == Running
	if up && !differs && !s.Restart {
		return c, nil
	}
	if err := m.up(ctx, up); err != nil {
		return c, err
	}
	c.did("%s it", map[bool]string{true: "restarted", false: "started"}[up])
	return c, nil
}

// restore makes a failed installation undone.
func (m *systemd) restore(ctx context.Context, old []byte, before Status) error {
	ctx, cancel := rollingBack(ctx)
	defer cancel()
	if old == nil {
		m.ctl(ctx, "disable", "--now", m.unit())
		err := os.Remove(m.file())
		return errors.Join(err, m.do(ctx, []string{"daemon-reload"}), m.forget(ctx))
	}
	err := errors.Join(durable.WriteFile(m.file(), old, 0o644), m.do(ctx, []string{"daemon-reload"}))
	if !before.Autostart {
		m.ctl(ctx, "disable", m.unit())
	}
	if before.State == Running {
		return errors.Join(err, m.up(ctx, true))
	}
	m.ctl(ctx, "stop", m.unit())
	return err
}

// forget clears the failures that systemd remembers of a unit, also of one that is gone.
func (m *systemd) forget(ctx context.Context) error {
	m.ctl(ctx, "reset-failed", m.unit()) // it complains when there are none
	return nil
}

func (m *systemd) up(ctx context.Context, running bool) error {
	verb := "start"
	if running {
		verb = "restart"
	}
	m.forget(ctx) // or the limit of starts may be reached by earlier ones
	_, err := m.ctl(ctx, verb, m.unit())
	return awaitUp(ctx, m, briefly(err))
}

// briefly leaves out systemctl's advice on where to look: ours is nearer.
func briefly(err error) error {
	if e, ok := errors.AsType[*commandError](err); ok && strings.Contains(e.stderr, "See ") {
		return nil // the status has the reason
	}
	return err
}

// Start starts the unit and waits until it is up.
func (m *systemd) Start(ctx context.Context) error {
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	switch s.State {
	case NotInstalled:
		return ErrNotInstalled
	case Running:
		return nil
	}
	return m.up(ctx, false)
}

// Stop stops the unit and waits until it is down.
func (m *systemd) Stop(ctx context.Context) error {
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	if s.State == NotInstalled {
		return ErrNotInstalled
	}
	if _, err := m.ctl(ctx, "stop", m.unit()); err != nil {
		return err
	}
	return awaitDown(ctx, m)
}

// Uninstall stops, disables and removes the unit. One that a package brought stays
// for the package to remove.
func (m *systemd) Uninstall(ctx context.Context) (c Change, err error) {
	s, err := m.Status(ctx)
	if err != nil || s.State == NotInstalled {
		return c, err
	}
	ours := s.File == "" || s.File == m.file()
	if !ours && !s.Autostart && s.State == Stopped {
		c.note("%s belongs to a package: remove that", s.File)
		return c, nil
	}
	if err := m.do(ctx, []string{"disable", "--now", m.unit()}); err != nil {
		return c, err
	}
	if err := awaitDown(ctx, m); err != nil {
		return c, err
	}
	c.did("stopped it; it does not start by itself any more")
	if !ours {
		c.note("%s belongs to a package: remove that", s.File)
		return c, nil
	}
	if err := os.Remove(m.file()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("remove the unit: %w", err)
	}
	c.did("removed %s", m.file())
	if err := m.do(ctx, []string{"daemon-reload"}); err != nil {
		return c, err
	}
	m.forget(ctx)
	_, err = await(ctx, m, func(s Status) bool { return s.State == NotInstalled || s.File != m.file() })
	return c, err
}
