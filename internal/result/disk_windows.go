package result

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

func isDiskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// chmodFolder does nothing: a folder inherits its access list.
func chmodFolder(*os.File, fs.FileMode) error { return nil }

// longPath lifts the limit of 260 characters, as the os package does for its own calls.
func longPath(path string) string {
	if len(path) < 248 || strings.HasPrefix(path, `\\`) || !filepath.IsAbs(path) {
		return path
	}
	return `\\?\` + filepath.Clean(path)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// isBusy tells a rename that failed because somebody has the folder, or a file in
// it, open.
func isBusy(err error) bool {
	_, rename := errors.AsType[*os.LinkError](err)
	return rename && (errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION))
}
