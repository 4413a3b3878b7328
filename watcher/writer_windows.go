package watcher

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// writerByName opens the file for reading and denies others to write: with a
// writer present the system answers with a sharing violation.
func writerByName(path string, _ fs.FileInfo, _ fileSystem) (writer, string) {
	name, err := windows.UTF16PtrFromString(longPath(path))
	if err != nil {
		return writerUnknown, err.Error()
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ, windows.FILE_SHARE_READ,
		nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == nil:
		windows.CloseHandle(h)
		return writerNone, ""
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION):
		return writerBusy, "is open for writing"
	default:
		return writerUnknown, "writers cannot be seen: " + err.Error()
	}
}

func writerByHandle(*os.File, fileSystem) (writer, string) {
	return writerUnknown, "writers cannot be seen"
}
