package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// logonTask manages a task that starts simdrop in the user's session at logon, with
// the user's drives. The Task Scheduler cannot ask a program to stop and does not
// tell when it is up: events do, see runInSession.
type logonTask struct {
	name string
	logs string
	run  runner
}

// Logs is the log's file.
func (m *logonTask) Logs() string { return LogPath(m.logs, m.name) }

func (m *logonTask) ctl(ctx context.Context, args ...string) (string, error) {
	return m.run(ctx, filepath.Join(os.Getenv("SystemRoot"), "System32", "schtasks.exe"), args...)
}

// Status asks the scheduler whether there is a task, and the events whether it runs.
func (m *logonTask) Status(ctx context.Context) (Status, error) {
	s := Status{Name: m.name, Scope: User, Manager: "task scheduler", State: NotInstalled, Logs: m.Logs()}
	out, err := m.ctl(ctx, "/query", "/tn", m.name, "/xml")
	switch {
	case err == nil:
		s.State, s.Autostart = Stopped, true
		s.Exec, s.Config = ofTask(out)
	case code(err) != 1:
		return s, fmt.Errorf("ask the Task Scheduler: %w", err)
	default:
		return s, nil
	}
	if m.is(stopEvent(m.name)) {
		s.State = Starting
		if m.signalled(readyEvent(m.name)) {
			s.State = Running
		}
	}
	return s, nil
}

// is says whether an event exists: its process lives.
func (m *logonTask) is(name *uint16) bool {
	h, err := windows.OpenEvent(windows.SYNCHRONIZE, false, name)
	if err != nil {
		return false
	}
	windows.CloseHandle(h)
	return true
}

func (m *logonTask) signalled(name *uint16) bool {
	h, err := windows.OpenEvent(windows.SYNCHRONIZE, false, name)
	if err != nil {
		return false
	}
	defer windows.CloseHandle(h)
	got, err := windows.WaitForSingleObject(h, 0)
	return err == nil && got == windows.WAIT_OBJECT_0
}

// Install hands the task to the scheduler, which puts it in the place of an older one.
func (m *logonTask) Install(ctx context.Context, s Spec) (c Change, err error) {
	who, err := user.Current()
	if err != nil {
		return c, err
	}
	text, err := Task(s, who.Username)
	if err != nil {
		return c, err
	}
	before, err := m.Status(ctx)
	if err != nil {
		return c, err
	}
	old := ""
	if before.State != NotInstalled {
		if old, err = m.ctl(ctx, "/query", "/tn", m.name, "/xml"); err != nil {
			return c, err
		}
	}
	if err := m.create(ctx, text); err != nil {
		return c, err
	}
	c.did("made the task %s, which starts it when you log in", m.name)
	if s.NoStart {
		return c, nil
	}
	if before.State == Running {
		err = m.Stop(ctx)
	}
	if err == nil {
		err = m.Start(ctx)
	}
	if err != nil {
		ctx, cancel := rollingBack(ctx)
		defer cancel()
		if old == "" {
			_, uerr := m.Uninstall(ctx)
			return Change{}, errors.Join(err, uerr)
		}
		return Change{}, errors.Join(err, m.create(ctx, old))
	}
	c.did("started it")
	return c, nil
}

func (m *logonTask) create(ctx context.Context, text string) error {
	f, err := os.CreateTemp("", "simdrop-task-*.xml")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(UTF16(text))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if _, err := m.ctl(ctx, "/create", "/tn", m.name, "/xml", f.Name(), "/f"); err != nil {
		return fmt.Errorf("make the task: %w", err)
	}
	return nil
}

// taskPatience is how long a started task may take to be up; the scheduler does not
// tell when it ended instead.
const taskPatience = 30 * time.Second

// Start starts the task and waits until the daemon is up.
func (m *logonTask) Start(ctx context.Context) error {
	s, err := m.Status(ctx)
	switch {
	case err != nil:
		return err
	case s.State == NotInstalled:
		return ErrNotInstalled
	case s.State == Running:
		return nil
	}
	if _, err := m.ctl(ctx, "/run", "/tn", m.name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, taskPatience)
	defer cancel()
	if s, err = await(ctx, m, func(s Status) bool { return s.State == Running }); err != nil {
		return &NotUp{s, err}
	}
	return nil
}

// Stop asks the daemon to stop and waits until it has.
func (m *logonTask) Stop(ctx context.Context) error {
	s, err := m.Status(ctx)
	switch {
	case err != nil:
		return err
	case s.State == NotInstalled:
		return ErrNotInstalled
	case s.State == Stopped:
		return nil
	}
	h, err := windows.OpenEvent(windows.EVENT_MODIFY_STATE, false, stopEvent(m.name))
	if err != nil {
		return fmt.Errorf("ask it to stop: %w", err)
	}
	err = windows.SetEvent(h)
	windows.CloseHandle(h) // the event goes with its last handle
	if err != nil {
		return fmt.Errorf("ask it to stop: %w", err)
	}
	return awaitDown(ctx, m)
}

// Uninstall stops the daemon and removes the task.
func (m *logonTask) Uninstall(ctx context.Context) (c Change, err error) {
	s, err := m.Status(ctx)
	if err != nil || s.State == NotInstalled {
		return c, err
	}
	if err := m.Stop(ctx); err != nil {
		return c, err
	}
	if _, err := m.ctl(ctx, "/delete", "/tn", m.name, "/f"); err != nil {
		return c, err
	}
	c.did("stopped it and removed the task %s", m.name)
	return c, nil
}

// ofTask finds the program and the configuration in a task of ours.
func ofTask(text string) (exec, config string) {
	_, line, ok := strings.Cut(text, "<Arguments>--headless ")
	if !ok {
		return "", ""
	}
	line, _, _ = strings.Cut(line, "</Arguments>")
	return ofWords(strings.NewReplacer("&#34;", `"`, "&quot;", `"`, "&#39;", "'", "&apos;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(line))
}
