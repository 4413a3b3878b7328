//go:build unix

package queue

import (
	"errors"
	"syscall"
)

// isFull reports whether the disk or the quota is full.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
