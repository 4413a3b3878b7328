package service

import (
	"os"
	"path/filepath"
	"strconv"
)

// DefaultScope is the user's own session, for root the machine.
func DefaultScope() Scope {
	if os.Geteuid() == 0 {
		return System
	}
	return User
}

// New returns the manager for a service of that name.
func New(name string, scope Scope) (Manager, error) {
	if scope == System {
		return &launchd{name: name, scope: System, domain: "system", dir: "/Library/LaunchDaemons", logs: "/Library/Logs/simdrop", run: execute()}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	return &launchd{
		name: name, scope: User, domain: "gui/" + strconv.Itoa(os.Getuid()),
		dir: filepath.Join(home, "Library", "LaunchAgents"), logs: filepath.Join(home, "Library", "Logs", "simdrop"), run: execute(),
	}, nil
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
	text, err = Plist(s)
	if s.Scope == System {
		return "/Library/LaunchDaemons/" + s.Name + ".plist", text, err
	}
	home, herr := os.UserHomeDir()
	if herr != nil {
		return "", "", herr
	}
	return filepath.Join(home, "Library", "LaunchAgents", s.Name+".plist"), text, err
}

// SystemStateDir is the state folder of a machine's service.
func SystemStateDir(name, runAs string) string {
	return filepath.Join("/Library/Application Support/simdrop", name, runAs)
}
