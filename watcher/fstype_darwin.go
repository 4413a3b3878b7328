package watcher

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// fileSystemOf asks statfs(2) for the type's name and whether it is local.
func fileSystemOf(path string) (fileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return fileSystem{}, fmt.Errorf("find the file system of %s: %w", path, err)
	}
	name := unix.ByteSliceToString(st.Fstypename[:])
	fsys := traits(name)
	if st.Flags&unix.MNT_LOCAL != 0 && !fsys.Known {
		fsys = fileSystem{Name: name, Events: true, StableIDs: true, Known: true}
	}
	fsys.Lease = false
	fsys.Source = unix.ByteSliceToString(st.Mntfromname[:])
	return fsys, nil
}
