//go:build !linux && !windows && !darwin

package watcher

import (
	"io/fs"
	"os"
)

func writerByName(string, fs.FileInfo, fileSystem) (writer, string) { return writerUnknown, "" }

func writerByHandle(*os.File, fileSystem) (writer, string) {
	return writerUnknown, "writers cannot be seen on this system"
}
