package service

import (
	"os"
	"os/user"
	"path/filepath"
)

// DefaultScope is the user's own session: a service of the machine sees no mapped drives.
func DefaultScope() Scope { return User }

// New returns the manager for a service of that name.
func New(name string, scope Scope) (Manager, error) {
	if scope == System {
		return &scm{name}, nil
	}
	return &logonTask{name: name, logs: filepath.Join(os.Getenv("LOCALAPPDATA"), "simdrop", "logs"), run: execute()}, nil
}

// Privileged says whether this process may change services of the scope: the service
// control manager says so itself.
func Privileged(Scope) error { return nil }

// Preview is what Install would make: a task's definition, or a service's command line.
func Preview(s Spec) (file, text string, err error) {
	if s.Scope == System {
		return "service " + s.Name + ", as " + s.RunAs, CommandLine(append([]string{s.Exec}, s.Args()...)...) + "\n", s.check(windowsAbs)
	}
	who, err := user.Current()
	if err != nil {
		return "", "", err
	}
	text, err = Task(s, who.Username)
	return "task " + s.Name, text, err
}

// SystemStateDir is the state folder of a machine's service.
func SystemStateDir(string, string) string { return MachineDir() }
