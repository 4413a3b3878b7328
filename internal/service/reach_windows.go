package service

import (
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Reach says which of the folders a service of that scope could never see.
func Reach(scope Scope, paths []string) error { return refuseMapped(scope, paths, universal) }

var getUniversalName = windows.NewLazySystemDLL("mpr.dll").NewProc("WNetGetUniversalNameW")

// universalNameInfo is UNIVERSAL_NAME_INFO_LEVEL of winnetwk.h: the answer begins
// with a pointer to the name.
const universalNameInfo = 1

// universal is a path on a mapped drive with its server's name, and whether it lies
// on one; the name is empty where Windows does not tell it.
func universal(path string) (string, bool) {
	volume := filepath.VolumeName(path)
	if len(volume) != 2 {
		return "", false
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err != nil || windows.GetDriveType(root) != windows.DRIVE_REMOTE {
		return "", false
	}
	local, err := windows.UTF16PtrFromString(path)
	if err != nil || getUniversalName.Find() != nil {
		return "", true
	}
	var buf [2048]uintptr // aligned for the pointer at its start
	size := uint32(unsafe.Sizeof(buf))
	r, _, _ := getUniversalName.Call(uintptr(unsafe.Pointer(local)), universalNameInfo, uintptr(unsafe.Pointer(&buf)), uintptr(unsafe.Pointer(&size)))
	if r != 0 {
		return "", true
	}
	return windows.UTF16PtrToString(*(**uint16)(unsafe.Pointer(&buf))), true
}

// Lingers says whether the user's services also run when the user is not logged in.
func Lingers() bool { return false }
