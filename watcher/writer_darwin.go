package watcher

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// finderCopying is the creation date that Finder gives a file while it copies:
// 1946-02-14 08:34:56 UTC.
var finderCopying = time.Date(1946, 2, 14, 8, 34, 56, 0, time.UTC).Unix()

// writerByName looks for Finder's mark. Other writers cannot be seen on macOS.
func writerByName(_ string, info fs.FileInfo, _ fileSystem) (writer, string) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Birthtimespec.Sec == finderCopying {
		return writerBusy, "is being copied by Finder"
	}
	return writerUnknown, "writers other than Finder cannot be seen on macOS"
}

func writerByHandle(*os.File, fileSystem) (writer, string) {
	return writerUnknown, "writers other than Finder cannot be seen on macOS"
}
