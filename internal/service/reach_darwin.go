package service

import (
	"errors"
	"io/fs"
	"os"
)

// Reach says which of the folders a service of that scope could never see. It lists
// each of them once, because macOS asks the person when a program does so.
func Reach(scope Scope, paths []string) error {
	home, _ := os.UserHomeDir()
	if err := refuseGuarded(scope, home, paths); err != nil {
		return err
	}
	for _, p := range paths {
		if _, err := os.ReadDir(p); errors.Is(err, fs.ErrPermission) {
			return refuse(privacyHint, "macOS does not let simdrop see %s", p)
		}
	}
	return nil
}

// Lingers says whether the user's services also run when the user is not logged in.
func Lingers() bool { return false }
