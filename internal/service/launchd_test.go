//go:build unix

package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeLaunchd is a manager whose launchctl is packaging/test/fake-launchctl.
func fakeLaunchd(t *testing.T) (m *launchd, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	fake, err := filepath.Abs(packaged("test", "fake-launchctl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fake, filepath.Join(dir, "launchctl")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	m = &launchd{name: "simdrop", scope: User, domain: "gui/501", dir: filepath.Join(dir, "agents"), logs: filepath.Join(dir, "logs"), run: execute("FAKE_LAUNCHD=" + dir)}
	return m, func() string { // what was asked, but for how it is, and in words without folders
		raw, _ := os.ReadFile(filepath.Join(dir, "calls"))
		os.Remove(filepath.Join(dir, "calls"))
		var asked []string
		for line := range strings.Lines(strings.ReplaceAll(string(raw), dir, "DIR")) {
			if !strings.HasPrefix(line, "print ") {
				asked = append(asked, strings.TrimSpace(line))
			}
		}
		return strings.Join(asked, "; ")
	}
}

func within10s(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// The commands that each verb gives, in order.
func TestLaunchdCommands(t *testing.T) {
	m, calls := fakeLaunchd(t)
	ctx := within10s(t)
	spec := Spec{Name: "simdrop", Exec: "/opt/simdrop", Config: "/c.yaml", LogDir: m.logs}
	install := func(change func(*Spec)) func() error {
		return func() error {
			s := spec
			change(&s)
			_, err := m.Install(ctx, s)
			return err
		}
	}
	const in = "enable gui/501/simdrop; bootstrap gui/501 DIR/agents/simdrop.plist; kickstart gui/501/simdrop"
	const out = "bootout gui/501/simdrop"
	for _, step := range []struct {
		name  string
		do    func() error
		calls string
		state State
	}{
		{"install", install(func(*Spec) {}), in, Running},
		{"install again", install(func(*Spec) {}), "", Running},
		{"install a newer program", install(func(s *Spec) { s.Restart = true }), out + "; " + in, Running},
		{"install another", install(func(s *Spec) { s.Config = "/d.yaml" }), out + "; " + in, Running},
		{"start", func() error { return m.Start(ctx) }, "", Running},
		{"stop", func() error { return m.Stop(ctx) }, out, Stopped},
		{"stop again", func() error { return m.Stop(ctx) }, "", Stopped},
		{"start stopped", func() error { return m.Start(ctx) }, in, Running},
		{"uninstall", func() error { _, err := m.Uninstall(ctx); return err }, out, NotInstalled},
		{"uninstall again", func() error { _, err := m.Uninstall(ctx); return err }, "", NotInstalled},
		{"install without starting", install(func(s *Spec) { s.NoStart = true }), "", Stopped},
	} {
		calls()
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := calls(); got != step.calls {
			t.Errorf("%s: %s\nwant %s", step.name, got, step.calls)
		}
		if s, err := m.Status(ctx); err != nil || s.State != step.state {
			t.Errorf("%s: %+v, %v", step.name, s, err)
		}
	}
	if err := m.Start(ctx); err != nil {
		t.Error(err)
	}
	s, err := m.Status(ctx)
	if err != nil || s.PID != 42 || s.Exec != "/opt/simdrop" || s.Config != "/c.yaml" || !s.Autostart {
		t.Errorf("%+v, %v", s, err)
	}
}

// An agent that does not stay up leaves everything as it was.
func TestLaunchdRollsBack(t *testing.T) {
	m, _ := fakeLaunchd(t)
	ctx := within10s(t)
	crashing := Spec{Name: "simdrop", Exec: "/CRASHES", Config: "/c.yaml", LogDir: m.logs}
	_, err := m.Install(ctx, crashing)
	up, ok := errors.AsType[*NotUp](err)
	if !ok || up.Status.State != CrashLooping || up.Status.Code != 1 {
		t.Fatal(err)
	}
	if s, err := m.Status(ctx); err != nil || s.State != NotInstalled {
		t.Errorf("after the first: %+v, %v", s, err)
	}
	good := crashing
	good.Exec = "/good"
	if _, err := m.Install(ctx, good); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Install(ctx, crashing); err == nil {
		t.Fatal("a crashing agent is installed")
	}
	if s, err := m.Status(ctx); err != nil || s.State != Running || s.Exec != "/good" {
		t.Errorf("after the second: %+v, %v", s, err)
	}
}

func TestLaunchdStatus(t *testing.T) {
	for text, want := range map[string]Status{
		"gui/501/simdrop = {\n\tstate = running\n\tpid = 7\n\truns = 3\n\tlast exit code = 1\n}\n": {State: Running, PID: 7, Restarts: 2},
		"x = {\n\tstate = not running\n\truns = 1\n\tlast exit code = 0\n}\n":                      {State: Stopped},
		"x = {\n\tstate = exited\n\truns = 2\n\tlast exit code = 78: EX_CONFIG\n}\n":               {State: CrashLooping, Code: 78, Restarts: 1},
		"x = {\n\tstate = spawn scheduled\n\tlast exit code = (never exited)\n}\n":                 {State: Starting},
		"x = {\n\tstate = spawn scheduled\n\tlast exit code = 1\n}\n":                              {State: CrashLooping, Code: 1},
		"x = {\n\tstate = not running\n\tlast terminating signal = Killed: 9\n}\n":                 {State: CrashLooping, Detail: "it was ended by Killed: 9"},
		"x = {\n\tstate = not running\n\tlast terminating signal = Terminated: 15\n}\n":            {State: Stopped, Detail: "it was ended by Terminated: 15"},
		"x = {\n\tusername = ana\n\tstate = running\n\tthings = {\n\t\tstate = waiting\n\t}\n}\n":  {State: Running, RunAs: "ana"},
		"x = {\n\tstate = xpcproxy\n}\n":                                                           {State: Starting, Detail: "xpcproxy"},
		"":                                                                                         {State: Stopped},
	} {
		if got := launchdStatus(text); got != want {
			t.Errorf("%s\ngot  %+v\nwant %+v", text, got, want)
		}
	}
}
