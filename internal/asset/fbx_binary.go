package asset

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"
)

// Binary FBX: a 27-byte header with the version, then records of (end offset,
// number and length of properties, name, properties, child records), closed by
// an empty record, then a footer. From version 7500 on the numbers have 64 bits.
// The format is not published; this is how the files of all exporters look.
const (
	fbxMagic   = "Kaydara FBX Binary  \x00\x1a\x00"
	fbxHeader  = 27
	fbxFooter  = "\xf8\x5a\x8c\x6a\xde\xf5\xd9\x7e\xec\xe9\x0c\xe3\x75\x8f\x29\x0b"
	maxRecords = 50_000_000
)

// fbxWalker goes over the records without reading what it does not need.
type fbxWalker struct {
	r       *window
	size    int64
	wide    bool
	scene   *fbxScene // nil: only the chain of top-level records is followed
	records int
}

// fbxRecord is the head of a record.
type fbxRecord struct {
	name       string
	props      int64 // number of properties
	data, next int64 // offsets: properties, first child
	end        int64
}

// walkFBX follows the records of a binary FBX, and tells whether its footer is
// there.
func walkFBX(r io.ReaderAt, size int64, scene *fbxScene) (footer bool, err error) {
	w := &fbxWalker{r: &window{src: r, size: size}, size: size, scene: scene}
	var h [4]byte
	if _, err := w.r.ReadAt(h[:], 23); err != nil {
		return false, invalidf("it is cut short: its header is incomplete")
	}
	w.wide = binary.LittleEndian.Uint32(h[:]) >= 7500
	at := int64(fbxHeader)
	for {
		rec, last, err := w.record(at, size)
		if err != nil {
			return false, err
		}
		if last {
			break
		}
		if scene != nil {
			if err := w.top(rec); err != nil {
				return false, err
			}
		}
		at = rec.end
	}
	tail := make([]byte, len(fbxFooter))
	if size < int64(len(tail)) {
		return false, nil
	}
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return false, readError(err)
	}
	return string(tail) == fbxFooter, nil
}

// record reads the head of the record at an offset; last is true for the empty
// record that closes a list.
func (w *fbxWalker) record(at, limit int64) (rec fbxRecord, last bool, err error) {
	if w.records++; w.records > maxRecords {
		return rec, false, invalidf("it has too many records")
	}
	n := int64(13)
	if w.wide {
		n = 25
	}
	if at < 0 || at > limit-n {
		return rec, false, invalidf("its records do not end inside the file: it is cut short")
	}
	var h [25]byte
	if _, err := w.r.ReadAt(h[:n], at); err != nil {
		return rec, false, readError(err)
	}
	var length uint64
	if w.wide {
		rec.end = int64(binary.LittleEndian.Uint64(h[0:]))
		rec.props = int64(binary.LittleEndian.Uint64(h[8:]))
		length = binary.LittleEndian.Uint64(h[16:])
	} else {
		rec.end = int64(binary.LittleEndian.Uint32(h[0:]))
		rec.props = int64(binary.LittleEndian.Uint32(h[4:]))
		length = uint64(binary.LittleEndian.Uint32(h[8:]))
	}
	nameLen := int64(h[n-1])
	if rec.end == 0 && rec.props == 0 && length == 0 && nameLen == 0 {
		return rec, true, nil
	}
	rec.data = at + n + nameLen
	if rec.end > limit || length > uint64(limit) || rec.end < rec.data+int64(length) {
		return rec, false, invalidf("a record at byte %d reaches beyond the end of the file: it is cut short", at)
	}
	rec.next = rec.data + int64(length)
	name := make([]byte, nameLen)
	if _, err := w.r.ReadAt(name, at+n); err != nil {
		return rec, false, readError(err)
	}
	rec.name = string(name)
	return rec, false, nil
}

// children calls visit for each record inside rec.
func (w *fbxWalker) children(rec fbxRecord, visit func(fbxRecord) error) error {
	for at := rec.next; at < rec.end; {
		child, last, err := w.record(at, rec.end)
		if err != nil || last {
			return err
		}
		if err := visit(child); err != nil {
			return err
		}
		at = child.end
	}
	return nil
}

func (w *fbxWalker) top(rec fbxRecord) error {
	switch rec.name {
	case "Objects":
		return w.children(rec, w.object)
	case "Connections":
		return w.children(rec, w.connection)
	}
	return w.object(rec) // version 5 has its objects at the top
}

func (w *fbxWalker) object(rec fbxRecord) error {
	if rec.name != "Texture" && rec.name != "Video" || len(w.scene.media) >= maxFBXMedia {
		return nil
	}
	props, err := w.properties(rec, 3)
	if err != nil {
		return err
	}
	m := &fbxMedia{video: rec.name == "Video", where: rec.name}
	if len(props) > 0 {
		m.id = fbxID(props[0])
		m.where += " " + fbxName(props)
	}
	w.scene.media = append(w.scene.media, m)
	return w.children(rec, func(child fbxRecord) error {
		values, err := w.properties(child, 1)
		if err == nil && len(values) > 0 {
			m.field(child.name, values[0])
		}
		return err
	})
}

// fbxName is the name of an object among its properties, for people.
func fbxName(props []string) string {
	for _, p := range props {
		if _, name, ok := strings.Cut(fbxID(p), "::"); ok {
			return strconv.Quote(name)
		}
	}
	return props[0]
}

// connection takes C: "OO", child, parent, and Connect of version 6.
func (w *fbxWalker) connection(rec fbxRecord) error {
	if rec.name != "C" && rec.name != "Connect" {
		return nil
	}
	props, err := w.properties(rec, 3)
	if err == nil && len(props) == 3 {
		w.scene.connect(fbxID(props[1]), fbxID(props[2]))
	}
	return err
}

// properties reads up to n properties of a record as text. Of raw bytes it keeps
// the beginning; arrays end the list, for nothing of interest follows them.
func (w *fbxWalker) properties(rec fbxRecord, n int) ([]string, error) {
	var out []string
	at := rec.data
	for range min(rec.props, int64(n)) {
		var h [9]byte
		got, err := w.r.ReadAt(h[:min(9, max(0, rec.next-at))], at)
		if got == 0 {
			return out, ignoreEnd(err)
		}
		switch h[0] {
		case 'S', 'R':
			length := int64(binary.LittleEndian.Uint32(h[1:]))
			if got < 5 || at+5+length > rec.next {
				return nil, invalidf("a text in it is longer than its record")
			}
			text := make([]byte, min(length, maxFBXString))
			if _, err := w.r.ReadAt(text, at+5); err != nil {
				return nil, readError(err)
			}
			out = append(out, string(text))
			at += 5 + length
		case 'L':
			out = append(out, strconv.FormatInt(int64(binary.LittleEndian.Uint64(h[1:])), 10))
			at += 9
		case 'I':
			out = append(out, strconv.Itoa(int(int32(binary.LittleEndian.Uint32(h[1:])))))
			at += 5
		default:
			return out, nil
		}
	}
	return out, nil
}

// window reads ahead, because records are small and lie side by side.
type window struct {
	src  io.ReaderAt
	size int64
	at   int64
	buf  []byte
}

func (w *window) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > w.size || int64(len(p)) > w.size-off {
		return 0, io.ErrUnexpectedEOF
	}
	if len(p) > 16<<10 {
		return w.src.ReadAt(p, off)
	}
	if off < w.at || off+int64(len(p)) > w.at+int64(len(w.buf)) {
		if w.buf == nil {
			w.buf = make([]byte, 0, 64<<10)
		}
		n, err := w.src.ReadAt(w.buf[:min(int64(cap(w.buf)), w.size-off)], off)
		w.at, w.buf = off, w.buf[:n]
		if n < len(p) {
			return 0, err
		}
	}
	return copy(p, w.buf[off-w.at:]), nil
}
