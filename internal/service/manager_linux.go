package service

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	kardianos "github.com/kardianos/service"
)

// DefaultScope is the user's own session, for root the machine.
func DefaultScope() Scope {
	if os.Geteuid() == 0 {
		return System
	}
	return User
}

const noManager = "start `simdrop run` yourself; in a container, let it be the container's program"

// New returns the manager for a service of that name. The error is a *Refusal when
// this machine, or this session, has none for the scope.
func New(name string, scope Scope) (Manager, error) {
	init := kardianos.ChosenSystem().String()
	// System V is what the library takes where it knows nothing else.
	if pid1, _ := os.ReadFile("/proc/1/comm"); init == "unix-systemv" && string(pid1) != "init\n" {
		return nil, refuse(noManager, "no service manager is running here")
	}
	if init != "linux-systemd" {
		if scope == User {
			return nil, refuse("install it with --system, or start `simdrop run` from your session's autostart",
				"%s has no services of users", init)
		}
		return &initd{name: name, system: init}, nil
	}
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return nil, refuse(noManager, "systemd is not running here")
	}
	if scope == System {
		return &systemd{name: name, scope: System, dir: "/etc/systemd/system", run: execute()}, nil
	}
	runtime, err := userRuntime()
	if err != nil {
		return nil, err
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	return &systemd{name: name, scope: User, dir: filepath.Join(config, "systemd", "user"), run: execute("XDG_RUNTIME_DIR=" + runtime)}, nil
}

// userRuntime is the folder with the socket of the user's systemd. Sessions of su,
// sudo and cron have no variable that names it.
func userRuntime() (string, error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	if _, err := os.Stat(filepath.Join(dir, "systemd", "private")); err != nil {
		name := "$USER"
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
		return "", refuse(fmt.Sprintf("log in, or let it run without you: `sudo loginctl enable-linger %s`; or make it a service of the machine: `sudo simdrop service install --system --run-as %s`", name, name),
			"no systemd of yours is running: %s has none", dir)
	}
	return dir, nil
}

// Privileged says whether this process may change services of the scope.
func Privileged(scope Scope) error {
	if scope == System && os.Geteuid() != 0 {
		return refuse("use sudo, or leave out --system: a service of your own needs no rights", "a service of the machine is root's to change")
	}
	return nil
}

// Preview is the file that Install would write, and its text.
func Preview(s Spec) (file, text string, err error) {
	if s.Scope == System && kardianos.ChosenSystem().String() == "linux-openrc" {
		text, err = OpenRC(s)
		return "/etc/init.d/" + s.Name, text, err
	}
	config, err := os.UserConfigDir()
	if err != nil && s.Scope == User {
		return "", "", err
	}
	return previewSystemd(s, config)
}

// SystemStateDir is the state folder of a machine's service.
func SystemStateDir(name, runAs string) string { return filepath.Join("/var/lib", name, runAs) }

// previewSystemd is where a unit would be and what would be in it.
func previewSystemd(s Spec, userDir string) (file, text string, err error) {
	if s.Scope == User {
		text, err = UserUnit(s)
		return filepath.Join(userDir, "systemd", "user", s.Name+".service"), text, err
	}
	text, err = SystemUnit(s)
	return "/etc/systemd/system/" + s.Name + ".service", text, err
}
