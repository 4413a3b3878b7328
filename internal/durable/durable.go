// Package durable makes written files survive a power cut.
//
// A file is durable when its bytes and its name are: Sync on the file, then on
// every folder between it and something that was there before. Where the system
// has no way to flush a folder (Windows, some network and FUSE file systems) the
// call succeeds without effect, because there is nothing better to do.
//
// An error of Sync means that the file's contents are unknown: throw it away and
// write it anew. A second Sync may succeed without having written anything.
package durable

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"simdrop/internal/mutant"
)

// Sync flushes a written file's bytes.
func Sync(f *os.File) error {
	if mutant.Is(mutant.NoFsync) {
		return nil
	}
	return f.Sync()
}

// SyncTree flushes root and every folder below it, the deepest first. The files
// in them must have been synced by whoever wrote them.
func SyncTree(root string) error {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("flush folders: %w", err)
	}
	for _, dir := range slices.Backward(dirs) { // a walk names parents first
		if err := SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes data to path so that at any moment, also after a power cut,
// path holds either all of data or what it held before.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, "."+filepath.Base(path)+"."+strconv.FormatUint(rand.Uint64(), 36)+".tmp")
	if err := writeSynced(temp, data, mode); err != nil {
		os.Remove(temp)
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return SyncDir(dir)
}

func writeSynced(path string, data []byte, mode fs.FileMode) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if err := f.Chmod(mode); err != nil { // whatever the umask is
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	return Sync(f)
}
