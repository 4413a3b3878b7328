package watcher

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// fileSystemOf asks for the name of the volume's file system; a UNC path or a
// remote drive is a share. Shares on Windows report changes by all clients.
func fileSystemOf(path string) (fileSystem, error) {
	volume := filepath.VolumeName(path) + `\`
	root, err := windows.UTF16PtrFromString(volume)
	if err != nil {
		return fileSystem{}, fmt.Errorf("find the file system of %s: %w", path, err)
	}
	if strings.HasPrefix(volume, `\\`) || windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return fileSystem{Name: "smb", Source: volume, Network: true, Events: true, Known: true, CoarseTimes: true}, nil
	}
	var name [64]uint16
	if err := windows.GetVolumeInformation(root, nil, 0, nil, nil, nil, &name[0], uint32(len(name))); err != nil {
		return fileSystem{}, fmt.Errorf("find the file system of %s: %w", path, err)
	}
	fsys := fileSystem{Name: strings.ToLower(windows.UTF16ToString(name[:])), Source: volume, Events: true, StableIDs: true, Known: true}
	fsys.CoarseTimes = strings.Contains(fsys.Name, "fat")
	return fsys, nil
}
