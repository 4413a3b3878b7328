//go:build unix

package watcher

import (
	"errors"
	"syscall"
)

// isServerGone is true for errors that mean that a file system went away, not a
// file.
func isServerGone(err error) bool {
	for _, e := range []error{
		errStuck, syscall.ESTALE, syscall.EHOSTDOWN, syscall.EIO,
		syscall.ENOTCONN, syscall.ENODEV, syscall.ETIMEDOUT,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
