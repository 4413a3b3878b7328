package watcher

import (
	"io/fs"
	"syscall"
)

// placeholder names the reason why reading a file would download it.
// SF_DATALESS is from <sys/stat.h>.
func placeholder(info fs.FileInfo) string {
	const dataless = 0x40000000
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Flags&dataless != 0 {
		return "its content is in the cloud and not on this disk"
	}
	return ""
}
