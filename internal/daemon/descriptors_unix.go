//go:build linux || darwin

package daemon

import (
	"fmt"

	"simdrop/internal/control"
)

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
