// Package text reads the text formats of 3D assets fast: lines of any size from
// a stream in any Unicode form, blank-separated fields and numbers, without
// allocating for each.
package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"simdrop/internal/engine/scene"
)

// MaxLine bounds a line with its continuations.
const MaxLine = 16 << 20

// Lines gives a stream's lines. A byte-order mark is dropped, UTF-16 is turned
// into UTF-8, and lines may end in LF, CR LF or CR.
type Lines struct {
	// Join makes a backslash at a line's end continue it on the next.
	Join bool

	r      io.Reader
	buf    []byte
	start  int
	end    int
	eof    bool
	err    error
	ending byte
	number int
	joined []byte
}

// NewLines reads lines from r.
func NewLines(r io.Reader) *Lines {
	l := &Lines{r: r, buf: make([]byte, 256<<10), ending: '\n'}
	l.fill()
	head := l.buf[:l.end]
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		l.start = 3
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\xff\xfe")):
		l.decode(unicode.UseBOM, unicode.BigEndian)
	case len(head) >= 2 && head[0] == 0 && head[1] != 0:
		l.decode(unicode.IgnoreBOM, unicode.BigEndian)
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		l.decode(unicode.IgnoreBOM, unicode.LittleEndian)
	}
	if data := l.buf[l.start:l.end]; bytes.IndexByte(data, '\n') < 0 && bytes.IndexByte(data, '\r') >= 0 {
		l.ending = '\r'
	}
	return l
}

// decode starts again from UTF-16.
func (l *Lines) decode(bom unicode.BOMPolicy, order unicode.Endianness) {
	all := io.MultiReader(bytes.NewReader(bytes.Clone(l.buf[:l.end])), l.r)
	l.r = transform.NewReader(all, unicode.UTF16(order, bom).NewDecoder())
	l.start, l.end, l.eof = 0, 0, false
	l.fill()
}

// fill reads more behind what is left, growing the buffer when it is full.
func (l *Lines) fill() {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if l.end == len(l.buf) {
		if l.end >= MaxLine {
			l.err = scene.Refuse("line %d is longer than %d MB", l.number+1, MaxLine>>20)
			l.eof = true
			return
		}
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := io.ReadAtLeast(l.r, l.buf[l.end:], 1)
	l.end += n
	if err != nil {
		l.eof = true
		if err != io.EOF {
			l.err = err
		}
	}
}

// Next gives the next line without its ending, valid until the next call, and
// false at the end or an error.
func (l *Lines) Next() ([]byte, bool) {
	line, ok := l.one()
	if !ok || !l.Join || len(line) == 0 || line[len(line)-1] != '\\' {
		return line, ok
	}
	l.joined = l.joined[:0]
	for ok && len(line) > 0 && line[len(line)-1] == '\\' {
		l.joined = append(append(l.joined, line[:len(line)-1]...), ' ')
		if len(l.joined) > MaxLine {
			l.err = scene.Refuse("line %d is longer than %d MB", l.number, MaxLine>>20)
			return nil, false
		}
		line, ok = l.one()
	}
	l.joined = append(l.joined, line...)
	return l.joined, true
}

func (l *Lines) one() ([]byte, bool) {
	for searched := 0; ; {
		if i := bytes.IndexByte(l.buf[l.start+searched:l.end], l.ending); i >= 0 {
			line := l.buf[l.start : l.start+searched+i]
			l.start += searched + i + 1
			l.number++
			return trimCR(line), true
		}
		if l.eof {
			break
		}
		searched = l.end - l.start
		l.fill()
	}
	line := l.buf[l.start:l.end]
	l.start = l.end
	if l.err != nil || len(line) == 0 {
		return nil, false
	}
	l.number++
	return trimCR(line), true
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// Number is the line given last, from 1.
func (l *Lines) Number() int { return l.number }

// Err is what ended the lines, nil at the end of the stream.
func (l *Lines) Err() error { return l.err }

// Rest gives the bytes after the line given last.
func (l *Lines) Rest() io.Reader {
	return io.MultiReader(bytes.NewReader(l.buf[l.start:l.end]), l.r)
}

// Wrap says what was read when an error came that is not the asset's fault.
func Wrap(name string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*scene.InputError](err); ok {
		return err
	}
	return fmt.Errorf("read %s: %w", name, err)
}
