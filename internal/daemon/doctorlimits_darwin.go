package daemon

import (
	"context"

	"golang.org/x/sys/unix"

	"simdrop/internal/control"
)

// limits looks at the limit of open files: kqueue takes one for each watched file.
func (d *doctor) limits(_ context.Context, f *findings) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		f.add("files", "", control.CheckUnknown, "the limit of open files cannot be read: "+err.Error(), "")
		return
	}
	descriptors(f, lim.Cur)
}
