package result

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

const (
	stored   = 0
	deflated = 8

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // sizes and CRC follow the data
	flagPatch      = 1 << 5
	flagStrong     = 1 << 6
	flagMasked     = 1 << 13

	// A deflate stream cannot grow more than this: a match of 258 bytes needs
	// two bits at least.
	deflateMax = 1032
)

// Unix file types and bits as they stand in the upper half of the external
// attributes, and the DOS attributes in the lower.
const (
	modeType    = 0o170000
	modeFolder  = 0o040000
	modeRegular = 0o100000
	modeSetID   = 0o006000
	dosVolume   = 0x08
	dosReparse  = 0x400
)

func (h *header) isFolder() bool { return strings.HasSuffix(h.name, "/") }

// check says what is wrong with an entry by itself, or "".
func (h *header) check() string {
	if reason := checkName(h.name); reason != "" {
		return reason
	}
	if reason := h.checkMode(); reason != "" {
		return reason
	}
	switch {
	case h.flags&(flagEncrypted|flagPatch|flagStrong|flagMasked) != 0:
		return "it is encrypted or a patch"
	case h.method != stored && h.method != deflated:
		return fmt.Sprintf("it is packed by method %d, which is neither stored nor deflated", h.method)
	case h.isFolder() && h.size != 0:
		return "it is a folder with contents of its own"
	case h.method == stored && h.size != h.packed:
		return "it is stored and has two sizes"
	case h.method == deflated && h.size/deflateMax > h.packed:
		return "it declares more than its data can hold"
	}
	return ""
}

// checkMode refuses everything but files and folders, whatever system the entry
// says it comes from.
func (h *header) checkMode() string {
	mode := h.external >> 16
	switch mode & modeType {
	case 0:
	case modeRegular:
		if h.isFolder() {
			return "it is a file with the name of a folder"
		}
	case modeFolder:
		if !h.isFolder() {
			return "it is a folder with the name of a file"
		}
	case 0o120000:
		return "it is a symbolic link"
	default:
		return "it is a device, pipe or socket"
	}
	if !h.isFolder() && mode&modeSetID != 0 {
		return "it is set-user-ID or set-group-ID"
	}
	if h.external&dosVolume != 0 || h.external&dosReparse != 0 && mode == 0 {
		return "it is a volume label or a link of Windows"
	}
	return ""
}

// checkLocals compares every local header with its line in the directory, and
// wants the entries to follow each other from the file's first byte on without
// sharing any.
func checkLocals(r io.ReaderAt, headers []header, dirStart int64) error {
	order := make([]*header, len(headers))
	for i := range headers {
		order[i] = &headers[i]
	}
	slices.SortStableFunc(order, func(a, b *header) int { return cmp.Compare(a.offset, b.offset) })
	if len(order) > 0 && order[0].offset != 0 || len(order) == 0 && dirStart != 0 {
		return damaged("data before the archive")
	}
	var end int64
	for _, h := range order {
		if h.offset < end {
			return &ArchiveError{Entry: quote(h.name), Reason: "it overlaps another entry"}
		}
		if err := h.checkLocal(r, dirStart); err != nil {
			return err
		}
		end = h.data + h.packed
	}
	return nil
}

func (h *header) checkLocal(r io.ReaderAt, dirStart int64) error {
	refuse := func(reason string) error { return &ArchiveError{Entry: quote(h.name), Reason: reason} }
	var b [localLen]byte
	if h.offset > dirStart-localLen {
		return refuse("it lies outside the archive's data")
	}
	if _, err := r.ReadAt(b[:], h.offset); err != nil {
		return err
	}
	if string(b[:4]) != localSig {
		return damaged("%s is not where the directory says", quote(h.name))
	}
	nameLen, extraLen := int64(u16(b[26:])), int64(u16(b[28:]))
	h.data = h.offset + localLen + nameLen + extraLen
	if h.data > dirStart || h.packed > dirStart-h.data {
		return refuse("it reaches beyond the archive's data")
	}
	rest := make([]byte, nameLen+extraLen)
	if _, err := r.ReadAt(rest, h.offset+localLen); err != nil {
		return err
	}
	if string(rest[:nameLen]) != h.name {
		return refuse("its own header names it " + quote(string(rest[:nameLen])))
	}
	if u16(b[8:]) != h.method || (u16(b[6:])^h.flags)&(flagEncrypted|flagDescriptor) != 0 {
		return refuse("its own header contradicts the directory")
	}
	return h.checkLocalSizes(b[:], rest[nameLen:])
}

func (h *header) checkLocalSizes(b, extra []byte) error {
	crc, packed, size := u32(b[14:]), int64(u32(b[18:])), int64(u32(b[22:]))
	if h.flags&flagDescriptor != 0 && crc == 0 && (packed == 0 || packed == math.MaxUint32) && (size == 0 || size == math.MaxUint32) {
		return nil // they follow the data; the directory's are checked by extracting
	}
	if err := widen(extra, &size, &packed); err != nil {
		return &ArchiveError{Entry: quote(h.name), Reason: err.Error()}
	}
	if crc != h.crc || packed != h.packed || size != h.size {
		return &ArchiveError{Entry: quote(h.name), Reason: "its own header contradicts the directory"}
	}
	return nil
}
