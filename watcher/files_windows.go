package watcher

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

const openFlags = 0

// fileID is the file index. It takes a handle that asks for no access at all,
// which no sharing mode refuses.
func fileID(path string, _ fs.FileInfo) uint64 {
	name, err := windows.UTF16PtrFromString(longPath(path))
	if err != nil {
		return 0
	}
	h, err := windows.CreateFile(name, 0,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
		nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return 0
	}
	defer windows.CloseHandle(h)
	return handleID(h)
}

func fileIDOf(f *os.File, _ fs.FileInfo) uint64 { return handleID(windows.Handle(f.Fd())) }

func handleID(h windows.Handle) uint64 {
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(h, &info); err != nil {
		return 0
	}
	return uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

func deviceOf(fs.FileInfo) uint64 { return 0 }

func isNotDir(error) bool { return false } // Windows says "path not found", which is fs.ErrNotExist

// placeholder names the reason why reading a file would download it. The
// attributes are those of the Windows cloud files API.
func placeholder(info fs.FileInfo) string {
	const (
		recallOnOpen       = 0x00040000
		recallOnDataAccess = 0x00400000
		offline            = 0x00001000
	)
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if ok && data.FileAttributes&(recallOnOpen|recallOnDataAccess|offline) != 0 {
		return "its content is in the cloud and not on this disk"
	}
	return ""
}
