package watcher

import (
	"os"
	"path/filepath"
)

// FileSystem is what a folder lies on, and how its changes would be noticed.
type FileSystem struct {
	Name    string // "ext4", "cifs", … as the system calls it
	Source  string // what is mounted: a device, "//nas/assets"; may be empty
	Known   bool   // we know its kind; otherwise it is treated like a network's
	Network bool   // other machines may change it
	Detect  Detect // Events or Poll
	Why     string
}

func (f FileSystem) String() string {
	if f.Source == "" {
		return f.Name
	}
	return f.Name + " (" + f.Source + ")"
}

// FileSystemOf looks at the file system of a folder, which must exist. want is
// what is configured. It only looks: nothing is watched or written.
func FileSystemOf(dir string, want Detect) (FileSystem, error) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if _, err := os.Stat(dir); err != nil {
		return FileSystem{}, err
	}
	fsys, err := fileSystemOf(dir)
	if err != nil {
		return FileSystem{}, err
	}
	f := FileSystem{Name: fsys.Name, Source: fsys.Source, Known: fsys.Known, Network: fsys.Known && fsys.Network}
	f.Detect, f.Why = fsys.mode(want)
	return f, nil
}
