package watcher

import (
	"os"

	"golang.org/x/sys/unix"
)

// hollow says whether a file has a hole: a part that was never written, as a
// pre-sized copy has, or a download in pieces that began at both ends. Written
// zeros are no hole. A file system without holes reports none (lseek(2), SEEK_HOLE).
// The place from which f is read next is moved.
func hollow(f *os.File, size int64) bool {
	at, err := unix.Seek(int(f.Fd()), 0, unix.SEEK_HOLE)
	return err == nil && at < size
}
