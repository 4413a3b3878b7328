//go:build unix

package durable

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"simdrop/internal/mutant"
)

// SyncDir flushes the names in a folder.
func SyncDir(dir string) error {
	if mutant.Is(mutant.NoDirsync) {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !unsupported(err) {
		return fmt.Errorf("flush folder: %w", err)
	}
	return nil
}

// unsupported tells file systems that cannot flush a folder from those that
// tried and failed.
func unsupported(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS)
}
