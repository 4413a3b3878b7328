package cli

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// isStream says whether w is the journal's stream.
func isStream(w io.Writer, stream string) bool {
	f, ok := w.(*os.File)
	if !ok || stream == "" {
		return false
	}
	st, err := f.Stat()
	if err != nil {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && sameStream(stream, uint64(sys.Dev), uint64(sys.Ino))
}

// sameStream compares JOURNAL_STREAM (device:inode, systemd.exec(5)) to a file's.
func sameStream(stream string, dev, ino uint64) bool {
	return stream == fmt.Sprintf("%d:%d", dev, ino)
}
