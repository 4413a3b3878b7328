package result

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The directory of a ZIP is read by hand, because a reader made for convenience
// forgives what must be refused here: data before and after the archive, a second
// directory, overlapping entries, headers that contradict each other. The records
// are those of the ZIP application note, sections 4.3.7 to 4.3.16.
const (
	endSig       = "PK\x05\x06"
	end64Sig     = "PK\x06\x06"
	locatorSig   = "PK\x06\x07"
	centralSig   = "PK\x01\x02"
	localSig     = "PK\x03\x04"
	endLen       = 22
	end64Len     = 56
	locatorLen   = 20
	centralLen   = 46
	localLen     = 30
	extraZip64   = 1
	directoryMax = 16 << 20 // bytes; 10,000 long names need 11 MB
)

// header is one line of the directory.
type header struct {
	name     string
	host     byte // of the version made by: 3 is Unix
	flags    uint16
	method   uint16
	crc      uint32
	packed   int64
	size     int64
	offset   int64 // of the local header
	external uint32

	data int64 // offset of the first byte of data, known after checkLocal
}

// ends is where the parts of an archive lie.
type ends struct {
	entries         uint64
	offset, dirSize uint64
	dirEnd          int64 // where the directory must end
}

func damaged(format string, args ...any) error {
	return &ArchiveError{Reason: fmt.Sprintf(format, args...), Damaged: true}
}

// readDirectory returns the directory's lines and where it begins.
func readDirectory(r io.ReaderAt, size int64, maxEntries int) ([]header, int64, error) {
	e, err := findEnd(r, size)
	if err != nil {
		return nil, 0, err
	}
	if e.entries > uint64(maxEntries) {
		return nil, 0, &ArchiveError{Reason: fmt.Sprintf("%d entries, more than %d", e.entries, maxEntries)}
	}
	if e.dirSize > directoryMax {
		return nil, 0, &ArchiveError{Reason: "a directory larger than 16 MiB"}
	}
	if e.offset > uint64(size) || int64(e.offset+e.dirSize) != e.dirEnd {
		return nil, 0, damaged("the directory is not where the archive says: data before or behind the archive, or some is missing")
	}
	raw := make([]byte, e.dirSize)
	if _, err := r.ReadAt(raw, int64(e.offset)); err != nil {
		return nil, 0, err
	}
	headers := make([]header, 0, e.entries)
	for len(raw) > 0 {
		var h header
		if h, raw, err = parseCentral(raw); err != nil {
			return nil, 0, err
		}
		if headers = append(headers, h); len(headers) > int(e.entries) {
			break
		}
	}
	if uint64(len(headers)) != e.entries {
		return nil, 0, damaged("the directory does not have the %d entries it announces", e.entries)
	}
	return headers, int64(e.offset), nil
}

// findEnd reads the end record, which must be the last thing in the file.
func findEnd(r io.ReaderAt, size int64) (ends, error) {
	tail := make([]byte, min(size, endLen+math.MaxUint16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return ends{}, err
	}
	i := bytes.LastIndex(tail, []byte(endSig))
	if i < 0 {
		return ends{}, damaged("not a whole ZIP archive: it has no end record and begins with %q", firstBytes(r))
	}
	end := tail[i:]
	if len(end) < endLen || len(end) != endLen+int(u16(end[20:])) {
		return ends{}, damaged("data behind the archive, or its end is missing")
	}
	if u32(end[4:]) != 0 || u16(end[8:]) != u16(end[10:]) {
		return ends{}, &ArchiveError{Reason: "one part of a split archive"}
	}
	at := size - int64(len(end))
	e := ends{uint64(u16(end[10:])), uint64(u32(end[16:])), uint64(u32(end[12:])), at}
	return findEnd64(r, e)
}

// findEnd64 reads the zip64 end record before the end record, if there is one.
func findEnd64(r io.ReaderAt, e ends) (ends, error) {
	var locator [locatorLen]byte
	at := e.dirEnd - locatorLen
	if at >= 0 {
		if _, err := r.ReadAt(locator[:], at); err != nil {
			return e, err
		}
	}
	if string(locator[:4]) != locatorSig {
		if e.entries == math.MaxUint16 || e.offset == math.MaxUint32 || e.dirSize == math.MaxUint32 {
			return e, damaged("the zip64 end record is missing")
		}
		return e, nil
	}
	where := u64(locator[8:])
	if where > uint64(at) || uint64(at)-where != end64Len {
		return e, damaged("the zip64 end record is not where the archive says")
	}
	var end [end64Len]byte
	if _, err := r.ReadAt(end[:], int64(where)); err != nil {
		return e, err
	}
	if string(end[:4]) != end64Sig || u64(end[4:]) != end64Len-12 || u32(end[16:]) != 0 || u64(end[24:]) != u64(end[32:]) {
		return e, damaged("the zip64 end record is not one")
	}
	wide := ends{u64(end[32:]), u64(end[48:]), u64(end[40:]), int64(where)}
	if e.entries != math.MaxUint16 && e.entries != wide.entries ||
		e.offset != math.MaxUint32 && e.offset != wide.offset ||
		e.dirSize != math.MaxUint32 && e.dirSize != wide.dirSize {
		return e, &ArchiveError{Reason: "two end records that contradict each other"}
	}
	return wide, nil
}

func firstBytes(r io.ReaderAt) []byte {
	var b [32]byte
	n, _ := r.ReadAt(b[:], 0)
	return b[:n]
}

// parseCentral reads one line of the directory and returns what follows it.
func parseCentral(b []byte) (header, []byte, error) {
	if len(b) < centralLen || string(b[:4]) != centralSig {
		return header{}, nil, damaged("the directory is cut short or overwritten")
	}
	h := header{
		host: b[5], flags: u16(b[8:]), method: u16(b[10:]), crc: u32(b[16:]),
		packed: int64(u32(b[20:])), size: int64(u32(b[24:])), external: u32(b[38:]), offset: int64(u32(b[42:])),
	}
	disk := u16(b[34:])
	nameLen, extraLen, commentLen := int(u16(b[28:])), int(u16(b[30:])), int(u16(b[32:]))
	b = b[centralLen:]
	if len(b) < nameLen+extraLen+commentLen {
		return header{}, nil, damaged("the directory is cut short or overwritten")
	}
	h.name = string(b[:nameLen])
	if disk != 0 && disk != math.MaxUint16 {
		return header{}, nil, &ArchiveError{Entry: quote(h.name), Reason: "lies in another part of a split archive"}
	}
	if err := widen(b[nameLen:nameLen+extraLen], &h.size, &h.packed, &h.offset); err != nil {
		return header{}, nil, &ArchiveError{Entry: quote(h.name), Reason: err.Error()}
	}
	return h, b[nameLen+extraLen+commentLen:], nil
}

// widen replaces the fields that are saturated by those of the zip64 extra field.
func widen(extra []byte, fields ...*int64) error {
	var wide []byte
	for len(extra) >= 4 {
		id, n := u16(extra), int(u16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return fmt.Errorf("its extra field is cut short")
		}
		if id == extraZip64 {
			if wide != nil {
				return fmt.Errorf("its size is given twice")
			}
			wide = extra[:n:n]
		}
		extra = extra[n:]
	}
	for _, f := range fields {
		if *f != math.MaxUint32 {
			continue
		}
		if len(wide) < 8 {
			return fmt.Errorf("its zip64 size is missing")
		}
		v := u64(wide)
		wide = wide[8:]
		if v > math.MaxInt64 {
			return fmt.Errorf("it declares an impossible size")
		}
		*f = int64(v)
	}
	return nil
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
