//go:build unix

package result

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// moveChecked renames where the system has no rename that refuses to replace. A
// plain rename fails by itself on a folder that is not empty; the look before
// covers files and empty folders.
func moveChecked(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	err := os.Rename(from, to)
	if errors.Is(err, unix.ENOTEMPTY) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return err
}

func isDiskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

func isReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }

// isBusy tells that a rename cannot be done just now: something in the folder is
// mounted or exported.
func isBusy(err error) bool { return errors.Is(err, unix.EBUSY) }

func chmodFolder(d *os.File, mode fs.FileMode) error { return d.Chmod(mode) }
