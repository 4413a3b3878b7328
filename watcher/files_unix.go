//go:build unix

package watcher

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keep an open from blocking, should a file become a named pipe.
const openFlags = syscall.O_NONBLOCK | syscall.O_CLOEXEC

// fileID is the inode number. The device is left out: shares get a new one at
// every mount.
func fileID(_ string, info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino)
	}
	return 0
}

func fileIDOf(_ *os.File, info fs.FileInfo) uint64 { return fileID("", info) }

func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// deviceOf is the device a folder lies on: it changes when something is mounted
// there.
func deviceOf(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Dev)
	}
	return 0
}
