//go:build unix

package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"simdrop/internal/durable"
)

// launchd manages a LaunchAgent of the user's session or a LaunchDaemon, by the
// verbs of launchctl(1) that name a domain: load, unload and list guess it, and
// report success for what failed.
type launchd struct {
	name   string
	scope  Scope
	domain string // gui/501, or system
	dir    string // of the property lists
	logs   string // folder of the log
	run    runner
}

func (m *launchd) target() string { return m.domain + "/" + m.name }
func (m *launchd) file() string   { return filepath.Join(m.dir, m.name+".plist") }

// Logs is the log's file.
func (m *launchd) Logs() string { return LogPath(m.logs, m.name) }

func (m *launchd) ctl(ctx context.Context, args ...string) (string, error) {
	return m.run(ctx, "launchctl", args...)
}

// notLoaded is launchctl's exit code for a service that the domain does not have.
const notLoaded = 113

// Status is what launchd knows of the service, and whether its file is there.
func (m *launchd) Status(ctx context.Context) (Status, error) {
	s := Status{State: NotInstalled}
	out, err := m.ctl(ctx, "print", m.target())
	switch {
	case err == nil:
		s = launchdStatus(out)
	case code(err) != notLoaded:
		return s, fmt.Errorf("ask launchd: %w", err)
	}
	text, err := os.ReadFile(m.file())
	switch {
	case err == nil:
		s.File, s.Autostart = m.file(), true
		s.Exec, s.Config = ofPlist(text)
		if s.State == NotInstalled {
			s.State = Stopped
		}
	case !errors.Is(err, fs.ErrNotExist):
		return s, err
	}
	s.Name, s.Scope, s.Manager, s.Logs = m.name, m.scope, "launchd", m.Logs()
	return s, nil
}

// Install writes the property list and has launchd read it anew.
func (m *launchd) Install(ctx context.Context, s Spec) (c Change, err error) {
	s.Scope = m.scope
	text, err := Plist(s)
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
	if !differs && !s.Restart && (s.NoStart || before.State == Running) {
		return c, nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.restore(ctx, old, before))
			c = Change{}
		}
	}()
	if before.State != NotInstalled && before.State != Stopped && !s.NoStart {
		if err := m.out(ctx); err != nil {
			return c, err
		}
	}
	if differs {
		for _, dir := range []string{m.dir, s.LogDir} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return c, err
			}
		}
		if err := durable.WriteFile(m.file(), []byte(text), 0o644); err != nil {
			return c, fmt.Errorf("write the property list: %w", err)
		}
		c.did("wrote %s", m.file())
		c.did("it starts %s", map[Scope]string{User: "when you log in", System: "at boot"}[m.scope])
	}
	if s.NoStart {
		return c, nil
	}
	if err := m.in(ctx); err != nil {
		return c, err
	}
	c.did("%s it", map[bool]string{true: "restarted", false: "started"}[before.State == Running])
	return c, nil
}

func (m *launchd) restore(ctx context.Context, old []byte, before Status) error {
	ctx, cancel := rollingBack(ctx)
	defer cancel()
	err := m.out(ctx)
	if old == nil {
		if rerr := os.Remove(m.file()); !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
		return err
	}
	err = errors.Join(err, durable.WriteFile(m.file(), old, 0o644))
	if before.State == Running {
		err = errors.Join(err, m.in(ctx))
	}
	return err
}

// in has launchd take the service in and start it.
func (m *launchd) in(ctx context.Context) error {
	if _, err := m.ctl(ctx, "enable", m.target()); err != nil { // it may have been disabled by hand
		return err
	}
	if _, err := m.ctl(ctx, "bootstrap", m.domain, m.file()); err != nil {
		return err
	}
	_, err := m.ctl(ctx, "kickstart", m.target()) // RunAtLoad does it, too, in its own time
	return awaitUp(ctx, m, err)
}

// out has launchd stop and forget the service; the file stays.
func (m *launchd) out(ctx context.Context) error {
	_, err := m.ctl(ctx, "bootout", m.target())
	// launchd ends it in its own time, and complains when it is not there.
	if derr := awaitDown(ctx, m); derr != nil {
		return errors.Join(err, derr)
	}
	return nil
}

// Start starts the service and waits until it is up.
func (m *launchd) Start(ctx context.Context) error {
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	switch s.State {
	case NotInstalled:
		return ErrNotInstalled
	case Running:
		return nil
	case Failed, CrashLooping:
		if err := m.out(ctx); err != nil {
			return err
		}
	}
	return m.in(ctx)
}

// Stop stops the service until the next login.
func (m *launchd) Stop(ctx context.Context) error {
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	switch s.State {
	case NotInstalled:
		return ErrNotInstalled
	case Stopped:
		return nil
	}
	return m.out(ctx)
}

// Uninstall stops the service and removes its file.
func (m *launchd) Uninstall(ctx context.Context) (c Change, err error) {
	s, err := m.Status(ctx)
	if err != nil || s.State == NotInstalled {
		return c, err
	}
	if err := m.out(ctx); err != nil {
		return c, err
	}
	c.did("stopped it")
	if err := os.Remove(m.file()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	c.did("removed %s", m.file())
	_, err = await(ctx, m, func(s Status) bool { return s.State == NotInstalled })
	return c, err
}

// launchdStatus reads what launchctl print says of a service: lines of "key = value"
// indented by one tab; deeper ones are of other things. The format is not promised,
// so that what is not there is left out.
func launchdStatus(out string) Status {
	p := map[string]string{}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "\t\t") {
			continue
		}
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok && value != "{" {
			p[key] = value
		}
	}
	s := Status{RunAs: p["username"]}
	s.PID, _ = strconv.Atoi(p["pid"])
	if runs, err := strconv.Atoi(p["runs"]); err == nil && runs > 0 {
		s.Restarts = runs - 1
	}
	// "last exit code = 78: EX_CONFIG", or "(never exited)"
	last, _, _ := strings.Cut(p["last exit code"], ":")
	s.Code, _ = strconv.Atoi(last)
	switch p["state"] {
	case "running":
		s.State, s.Code = Running, 0
	case "spawn scheduled", "waiting":
		s.State = Starting
		if s.Code != 0 {
			s.State = CrashLooping
		}
	case "exited", "not running":
		s.State = Stopped
		if s.Code != 0 { // launchd tries again what ended with an error
			s.State = CrashLooping
		}
	case "":
		s.State = Stopped
	default:
		s.State, s.Detail = Starting, p["state"]
	}
	if sig := p["last terminating signal"]; sig != "" && s.State != Running {
		s.Detail = "it was ended by " + sig
		if s.State == Stopped && !strings.HasPrefix(sig, "Terminated") {
			s.State = CrashLooping
		}
	}
	return s
}
