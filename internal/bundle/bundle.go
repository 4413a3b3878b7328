// Package bundle freezes an asset: it copies the primary and its companions into
// a folder of the spool while hashing them, so that the source may change freely
// afterwards, and streams the frozen copy as one file or as a ZIP made on the way.
//
// Nothing the size of an asset is ever held in memory.
package bundle

import "errors"

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
