//go:build !windows

package rigydserver

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes f for this Server until it is closed or the process ends.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
