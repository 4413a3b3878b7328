package bundle

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// A ZIP is written by hand here because its exact length must be known before
// its first byte, and because archive/zip can only push while an HTTP body is
// pulled. Everything is stored, with sizes and CRC-32 known from freezing, so
// there are no data descriptors and equal bundles give equal bytes. The layout is
// that of the ZIP application note, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.
const (
	localLen   = 30 // bytes without name and extra field
	centralLen = 46
	extra64Len = 4 + 24 // sizes and offset in a zip64 extra field
	local64Len = 4 + 16 // sizes alone

	max32 = math.MaxUint32
	max16 = math.MaxUint16

	dosDate = 1<<5 | 1 // 1980-01-01, the first day there is
)

const utf8Names = 1 << 11 // general purpose flag

// zipEntry is a file with what its records need.
type zipEntry struct {
	File
	offset int64 // of its local header
}

func (e zipEntry) big() bool { return e.Size >= max32 }
func (e zipEntry) far() bool { return e.big() || e.offset >= max32 }

// local is the header before the entry's data.
func (e zipEntry) local() []byte {
	b := make([]byte, 0, localLen+len(e.Place)+local64Len)
	b = binary.LittleEndian.AppendUint32(b, 0x04034b50)
	b = e.appendCommon(b, e.big())
	b = binary.LittleEndian.AppendUint16(b, e.extraLen(local64Len, e.big()))
	b = append(b, e.Place...)
	if e.big() {
		b = append64(b, e.Size, e.Size)
	}
	return b
}

// central is the entry's record in the directory.
func (e zipEntry) central() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, centralLen+len(e.Place)+extra64Len)
	b = le.AppendUint32(b, 0x02014b50)
	b = le.AppendUint16(b, 3<<8|e.version()) // made on Unix, so that the mode below counts
	b = e.appendCommon(b, e.far())
	b = le.AppendUint16(b, e.extraLen(extra64Len, e.far()))
	b = append(b, make([]byte, 6)...)    // no comment, first disk, binary
	b = le.AppendUint32(b, 0o100644<<16) // a regular file
	offset := e.offset
	if e.far() {
		offset = max32
	}
	b = le.AppendUint32(b, uint32(offset))
	b = append(b, e.Place...)
	if e.far() {
		b = append64(b, e.Size, e.Size, e.offset)
	}
	return b
}

func (e zipEntry) version() uint16 {
	if e.far() {
		return 45 // zip64
	}
	return 20
}

func (e zipEntry) extraLen(n uint16, has bool) uint16 {
	if has {
		return n
	}
	return 0
}

// appendCommon appends what both kinds of header share, from the version needed
// to the length of the name. Wide sizes stand in the extra field.
func (e zipEntry) appendCommon(b []byte, wide bool) []byte {
	le := binary.LittleEndian
	var flags uint16
	if !isASCII(e.Place) {
		flags = utf8Names
	}
	size := uint32(e.Size)
	if wide {
		size = max32
	}
	b = le.AppendUint16(b, e.version())
	b = le.AppendUint16(b, flags)
	b = le.AppendUint16(b, 0) // stored
	b = le.AppendUint16(b, 0) // midnight
	b = le.AppendUint16(b, dosDate)
	b = le.AppendUint32(b, e.CRC32)
	b = le.AppendUint32(b, size)
	b = le.AppendUint32(b, size)
	return le.AppendUint16(b, uint16(len(e.Place)))
}

// append64 appends a zip64 extra field.
func append64(b []byte, values ...int64) []byte {
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, uint16(8*len(values)))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// zipEnd is what follows the directory of n entries that lies at offset.
func zipEnd(n int, offset, size int64) []byte {
	le := binary.LittleEndian
	var b []byte
	if n >= max16 || offset >= max32 || size >= max32 {
		b = le.AppendUint32(b, 0x06064b50)
		b = le.AppendUint64(b, 56-12) // of this record, less what came so far
		b = le.AppendUint16(b, 3<<8|45)
		b = le.AppendUint16(b, 45)
		b = le.AppendUint64(b, 0) // disks
		b = le.AppendUint64(b, uint64(n))
		b = le.AppendUint64(b, uint64(n))
		b = le.AppendUint64(b, uint64(size))
		b = le.AppendUint64(b, uint64(offset))
		b = le.AppendUint32(b, 0x07064b50) // its locator
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(offset+size))
		b = le.AppendUint32(b, 1)
	}
	b = le.AppendUint32(b, 0x06054b50)
	b = le.AppendUint32(b, 0) // disks
	b = le.AppendUint16(b, uint16(min(n, max16)))
	b = le.AppendUint16(b, uint16(min(n, max16)))
	b = le.AppendUint32(b, uint32(min(size, max32)))
	b = le.AppendUint32(b, uint32(min(offset, max32)))
	return le.AppendUint16(b, 0) // no comment
}

// zipSize is the exact length of the ZIP of files.
func zipSize(files []File) int64 {
	var data, directory int64
	for _, f := range files {
		e := zipEntry{f, data}
		data += int64(len(e.local())) + f.Size
		directory += int64(len(e.central()))
	}
	return data + directory + int64(len(zipEnd(len(files), data, directory)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
