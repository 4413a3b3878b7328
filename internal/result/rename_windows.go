package result

import (
	"errors"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// renamePatience is how long a rename waits for a scanner or a window that looks
// into the folder.
const renamePatience = 2 * time.Second

// moveNew renames a folder to a name that must be free; fs.ErrExist otherwise.
// MoveFileEx without MOVEFILE_REPLACE_EXISTING never replaces, and without
// MOVEFILE_COPY_ALLOWED it never copies to another volume.
func moveNew(from, to string) error {
	old, err := windows.UTF16PtrFromString(longPath(from))
	if err != nil {
		return err
	}
	new, err := windows.UTF16PtrFromString(longPath(to))
	if err != nil {
		return err
	}
	end := time.Now().Add(renamePatience)
	for {
		err = windows.MoveFileEx(old, new, windows.MOVEFILE_WRITE_THROUGH)
		if err == nil {
			return nil
		}
		if _, lerr := os.Lstat(to); lerr == nil {
			err = windows.ERROR_ALREADY_EXISTS
		}
		busy := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		if !busy || time.Now().After(end) {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
		time.Sleep(time.Duration(1+rand.IntN(20)) * time.Millisecond)
	}
}

// exchange is not there on Windows.
func exchange(a, b string) error { return errors.ErrUnsupported }
