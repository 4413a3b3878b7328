//go:build linux || darwin

package daemon

import (
	"fmt"

	"golang.org/x/sys/unix"

	"simdrop/internal/control"
)

// freeBytes is what an ordinary user may still write to dir's file system.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(uint64(s.Bavail) * uint64(s.Bsize)), nil
}

// fewFiles is a limit of open files that uploads, downloads and watches of a busy
// day may reach.
const fewFiles = 1024

func descriptors(f *findings, limit uint64) {
	if limit < fewFiles {
		f.add("files", "", control.CheckWarn, fmt.Sprintf("only %d files may be open at a time", limit),
			"raise it: `ulimit -n`, LimitNOFILE= of the systemd unit, SoftResourceLimits of launchd")
		return
	}
	f.add("files", "", control.CheckOK, fmt.Sprintf("%d files may be open at a time", limit), "")
}
