// Package bundle freezes an asset: it copies the primary and its companions into
// a folder of the spool while hashing them, so that the source may change freely
// afterwards, and streams the frozen copy as one file or as a ZIP made on the way.
//
// A job goes through it in this order: Freeze copies, Key names what was frozen
// together with the account and the options, Upload describes the one file that
// is sent and opens it as often as needed. Token, Generation and Filename make the
// name under which the provider's own job list shows it again.
//
// Nothing the size of an asset is ever held in memory.
package bundle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrChanged is returned by Freeze when a member changed, vanished or was
// replaced while it was read. The drop has to settle again.
var ErrChanged = errors.New("changed while it was read")

// Bundle is a frozen asset. It is described by manifest.json in Dir, written
// last, so that a folder without it is an unfinished freeze.
type Bundle struct {
	// Dir holds the frozen files, each at its Place below Dir/files.
	Dir string `json:"-"`
	// Primary is the place of the file one opens.
	Primary string `json:"primary"`
	// Files are sorted by place.
	Files []File `json:"files"`
}

// File is one frozen member.
type File struct {
	Place  string `json:"place"`  // clean slash path below the archive root
	Size   int64  `json:"size"`   // bytes, of the frozen copy
	SHA256 string `json:"sha256"` // hex, of the frozen copy
	CRC32  uint32 `json:"crc32"`  // IEEE, of the frozen copy
	// Source is where it was read: an absolute path. SourceSize and
	// SourceSHA256 describe it as read, which differs from the copy when
	// references were rewritten.
	Source       string `json:"source"`
	SourceSize   int64  `json:"source_size"`
	SourceSHA256 string `json:"source_sha256"`
}

// File returns the frozen file at place.
func (b *Bundle) File(place string) (File, bool) {
	i, ok := slices.BinarySearchFunc(b.Files, place, func(f File, place string) int {
		return strings.Compare(f.Place, place)
	})
	if !ok {
		return File{}, false
	}
	return b.Files[i], true
}

// Path is where f's frozen copy lies: an absolute path if Dir is one.
func (b *Bundle) Path(f File) string {
	return filepath.Join(b.Dir, filesDir, filepath.FromSlash(f.Place))
}

// Open opens f's frozen copy. It is an error if its size is not what was frozen.
func (b *Bundle) Open(f File) (*os.File, error) {
	file, err := os.Open(b.Path(f))
	if err != nil {
		return nil, fmt.Errorf("open frozen copy: %w", err)
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() != f.Size) {
		err = fmt.Errorf("%s has %d bytes, %d were frozen", f.Place, info.Size(), f.Size)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open frozen copy: %w", err)
	}
	return file, nil
}

// Size is the sum of all frozen files in bytes.
func (b *Bundle) Size() int64 {
	var n int64
	for _, f := range b.Files {
		n += f.Size
	}
	return n
}
