package watcher

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"

	"simdrop/internal/asset"
)

// Stamp is the present state of an asset's files, as Drop.Stamp has it: when they
// are equal, no file changed its size, modification time or file ID since the drop
// settled. A member that is gone is an error that is fs.ErrNotExist.
func Stamp(a *asset.Asset) (string, error) {
	fsys, err := fileSystemOf(a.Root)
	if err != nil {
		return "", err
	}
	p := prober{fsys: fsys}
	files := make(map[string]tuple, len(a.Members))
	for _, m := range a.Members {
		info, err := os.Stat(m.Path)
		if err != nil {
			return "", err
		}
		files[m.Path] = p.tuple(m.Path, info)
	}
	return stampOf(files), nil
}

// markOf names a file's state without its path.
func markOf(t tuple) string {
	if t == (tuple{}) {
		return ""
	}
	return stampOf(map[string]tuple{"": t})
}

// Writer says which of an asset's files somebody is writing just now, empty when
// there is none or nobody can tell: the gate "no writer" for what a command names.
func Writer(a *asset.Asset) (why string) {
	fsys, err := fileSystemOf(a.Root)
	if err != nil {
		return ""
	}
	for _, m := range a.Members {
		info, err := os.Stat(m.Path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		busy, why := writerByName(m.Path, info, fsys)
		if f, err := os.OpenFile(m.Path, os.O_RDONLY|openFlags, 0); err == nil {
			if busy == writerUnknown {
				busy, why = writerByHandle(f, fsys)
			}
			f.Close()
		}
		if busy == writerBusy {
			return filepath.Base(m.Path) + " " + why
		}
	}
	return ""
}

// stampOf condenses the state of a set of files to 16 bytes of SHA-256 in
// base64url. The device number is no part of it: shares get a new one at every
// mount.
func stampOf(files map[string]tuple) string {
	paths := make([]string, 0, len(files))
	for p := range files {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	h := sha256.New()
	var buf [32]byte
	for _, p := range paths {
		t := files[p]
		binary.LittleEndian.PutUint64(buf[0:], uint64(len(p)))
		binary.LittleEndian.PutUint64(buf[8:], uint64(t.Size))
		binary.LittleEndian.PutUint64(buf[16:], uint64(t.MTime))
		binary.LittleEndian.PutUint64(buf[24:], t.ID)
		h.Write(buf[:])
		io.WriteString(h, p)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}
