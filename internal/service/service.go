// Package service makes simdrop a background service in the way each system expects:
// a systemd unit, a LaunchAgent, a logon task, a Windows service, an init script.
//
// Three kinds of code live here and do not mix. The renderers (unit.go, plist.go,
// task.go, openrc.go) are pure: a Spec in, a text out, compared with the files that
// the packages ship. The managers (systemd.go, launchd.go, scm_windows.go,
// logontask_windows.go, initd_linux.go) install, start and ask, and always wait for the final
// state. The supervisor (supervise_*.go) is the other end: what the daemon tells
// whoever started it: that it is ready, that it is alive, that it is stopping.
package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scope says whose service it is.
type Scope string

// The scopes. A service in the user's session sees mapped drives, the keychain and
// what the user allowed; the machine's also runs when nobody is logged in.
const (
	User   Scope = "user"
	System Scope = "system"
)

// DefaultName is the service's name where none is given.
const DefaultName = "simdrop"

// Spec is what a service is made of.
type Spec struct {
	Name    string // of the service, DefaultName unless there are several
	Scope   Scope
	Exec    string // the program, absolute
	Config  string // its configuration, absolute
	RunAs   string // the account of a machine's service; on Windows with a password-less account
	LogDir  string // where launchd and the logon task have the log put, absolute
	State   string // the state folder of a machine's service on macOS, absolute
	NoStart bool   // install it, and leave it as it is: stopped, or running as before
	Restart bool   // start it anew although nothing in it changed: the program did
}

// Args is the command line after the program: what `simdrop run` is started with.
// A manager that has no journal and restarts whatever fails also gives the name, see Background.
func (s Spec) Args() []string { return []string{"--config", s.Config, "run"} }

var (
	names    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
	accounts = regexp.MustCompile(`^[^\s"'<>|:;,?*=/\\%$]+$`)
)

// check says what of the Spec no manager could take. Paths with spaces, quotes, %
// and $ are fine; line ends and other control characters have no spelling in a unit.
func (s Spec) check(abs func(string) bool) error {
	if !names.MatchString(s.Name) {
		return fmt.Errorf("%q is no name for a service: want letters, digits, - and _", s.Name)
	}
	for what, path := range map[string]string{"program": s.Exec, "configuration": s.Config} {
		if !abs(path) {
			return fmt.Errorf("the %s's path is not absolute: %q", what, path)
		}
		if err := plain(path); err != nil {
			return fmt.Errorf("the %s's path %q %w", what, path, err)
		}
	}
	if strings.ContainsFunc(s.RunAs, unicode.IsControl) {
		return fmt.Errorf("%q is no account", s.RunAs)
	}
	return nil
}

// plain says whether a text has only what every kind of unit can hold.
func plain(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("is not valid UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' }):
		return errors.New("has control characters")
	}
	return nil
}

// posixAbs is filepath.IsAbs of the systems with systemd and launchd, wherever the
// renderers run.
func posixAbs(path string) bool { return strings.HasPrefix(path, "/") }

// windowsAbs is filepath.IsAbs of Windows.
func windowsAbs(path string) bool {
	return strings.HasPrefix(path, `\\`) || len(path) > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
}

// State is how a service is.
type State string

// The states. Crash-looping is a service that its manager starts again and again:
// most managers call that running.
const (
	NotInstalled State = "not-installed"
	Stopped      State = "stopped"
	Starting     State = "starting"
	Running      State = "running"
	Stopping     State = "stopping"
	Failed       State = "failed"
	CrashLooping State = "crash-looping"
)

// Final says whether a state stays as it is without anybody's doing.
func (s State) Final() bool { return s != Starting && s != Stopping }

// Status is what a manager knows of a service.
type Status struct {
	Name      string `json:"name"`
	Scope     Scope  `json:"scope"`
	Manager   string `json:"manager"` // systemd, launchd, task scheduler, service control manager, …
	State     State  `json:"state"`
	Code      int    `json:"exit_code"` // of the last run, where it ended
	Detail    string `json:"detail"`    // in the manager's or the daemon's words, may be empty
	Autostart bool   `json:"autostart"`
	Restarts  int    `json:"restarts"`
	PID       int    `json:"pid"`
	File      string `json:"file"` // the unit, plist or script; empty where there is none
	Exec      string `json:"exec"`
	Config    string `json:"config"`
	RunAs     string `json:"run_as"`
	Logs      string `json:"logs"` // a command or a file
}

// Change says what Install and Uninstall did, for people.
type Change struct {
	Changed bool     // something is now other than before
	Did     []string // in order, each a short sentence in the past tense
	Notes   []string // what the person should know
}

func (c *Change) did(format string, args ...any) {
	c.Changed = true
	c.Did = append(c.Did, fmt.Sprintf(format, args...))
}

func (c *Change) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// Manager installs and controls one service. Every method waits until the service
// is where it was asked to be, or ctx ends, and changes nothing when it is already.
type Manager interface {
	// Install makes the service what the Spec says, whatever was there before, and
	// has it running unless NoStart is set. When it fails, all is as it was before.
	Install(ctx context.Context, s Spec) (Change, error)
	// Uninstall stops and removes it. Configuration, state and folders stay.
	Uninstall(ctx context.Context) (Change, error)
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	Status(ctx context.Context) (Status, error)
	// Logs is where the log is read: a command or a file.
	Logs() string
}

// ErrNotInstalled says that there is no such service.
var ErrNotInstalled = errors.New("the service is not installed")

// NotUp is a service that was started and does not run.
type NotUp struct {
	Status Status
	Cause  error // what the manager said, may be nil
}

func (e *NotUp) Error() string {
	text := "the service does not stay up: it is " + string(e.Status.State)
	if e.Status.Code != 0 {
		text += fmt.Sprintf(", exit code %d", e.Status.Code)
	}
	if e.Status.Detail != "" {
		text += " (" + e.Status.Detail + ")"
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *NotUp) Unwrap() error { return e.Cause }

// Hint is where the reason is to be found.
func (e *NotUp) Hint() string {
	if e.Status.Code == codeConfiguration {
		return "the configuration is wrong: `simdrop --config " + e.Status.Config + " config check`"
	}
	return "its log says why: " + e.Status.Logs
}

// Refusal is something that cannot work, with what to do instead.
type Refusal struct{ Text, Advice string }

func (r *Refusal) Error() string { return r.Text }

// Hint is what to do instead.
func (r *Refusal) Hint() string { return r.Advice }

func refuse(hint, format string, args ...any) error {
	return &Refusal{fmt.Sprintf(format, args...), hint}
}

// LogPath is the log of a service that has no journal.
func LogPath(dir, name string) string { return filepath.Join(dir, name+".log") }
