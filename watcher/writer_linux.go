package watcher

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// writerByName cannot tell on Linux; see writerByHandle.
func writerByName(string, fs.FileInfo, fileSystem) (writer, string) { return writerUnknown, "" }

// writerByHandle asks for a read lease (fcntl(2), F_SETLEASE): the kernel grants
// it only while nobody has the file open for writing, or mapped writable. The
// lease is given back at once, because a writer that opens meanwhile has to wait
// for that. On CIFS it is granted while another client writes, so it is asked
// only where it means something.
func writerByHandle(f *os.File, fsys fileSystem) (writer, string) {
	if !fsys.Lease {
		return writerUnknown, "writers cannot be seen on " + fsys.Name
	}
	fd := f.Fd()
	_, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK)
	switch {
	case err == nil:
		unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK)
		return writerNone, ""
	case errors.Is(err, unix.EAGAIN) && !fsys.Network:
		return writerBusy, "is open for writing"
	case errors.Is(err, unix.EACCES):
		return writerUnknown, "writers of another user's file cannot be seen without CAP_LEASE"
	default:
		return writerUnknown, "writers cannot be seen: " + err.Error()
	}
}
