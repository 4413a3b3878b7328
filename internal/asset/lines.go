package asset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDirective bounds one line that is kept, continuations included. Other
// lines may be of any length: they are passed over.
const maxDirective = 64 << 10

// lineReader reads a text file line by line and keeps only the lines that the
// caller wants, so that files of gigabytes cost no memory. It understands LF,
// CRLF and CR, a byte order mark, UTF-16 of both orders, and lines continued by
// a backslash at their end.
type lineReader struct {
	br     *bufio.Reader
	wide   int64 // bytes of the file per UTF-16 unit: 2, or 0 for bytes as they are
	big    bool
	offset int64 // in the file, of what is read next
	number int   // of the line read last
	rest   []byte
}

// line is a logical line with the means to find its characters in the file.
type line struct {
	number int
	text   string
	parts  []part
	lines  *lineReader
}

// part says that text from start on lies in the file from offset on.
type part struct {
	start  int
	offset int64
}

func newLineReader(r io.ReaderAt, size int64) *lineReader {
	l := &lineReader{}
	var bom [3]byte
	n, _ := r.ReadAt(bom[:], 0)
	src := io.Reader(io.NewSectionReader(r, 0, size))
	switch {
	case n >= 2 && (bom[0] == 0xFE && bom[1] == 0xFF || bom[0] == 0xFF && bom[1] == 0xFE):
		l.wide, l.big, l.offset = 2, bom[0] == 0xFE, 2
		src = &utf16Reader{src: io.NewSectionReader(r, 2, size-2), big: l.big}
	case n == 3 && bom == [3]byte{0xEF, 0xBB, 0xBF}:
		l.offset = 3
		src = io.NewSectionReader(r, 3, size-3)
	}
	l.br = bufio.NewReaderSize(src, 256<<10)
	return l
}

// width is the number of bytes that text takes in the file.
func (l *lineReader) width(text []byte) int64 {
	if l.wide == 0 {
		return int64(len(text))
	}
	var units int64
	for len(text) > 0 {
		c, n := utf8.DecodeRune(text)
		units += int64(max(1, utf16.RuneLen(c)))
		text = text[n:]
	}
	return units * l.wide
}

// encode turns text into the file's encoding.
func (l *lineReader) encode(text string) string {
	if l.wide == 0 {
		return text
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if l.big {
			out = binary.BigEndian.AppendUint16(out, u)
		} else {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
	}
	return string(out)
}

// next returns the next logical line for which want is true of its start. It
// returns io.EOF after the last one.
func (l *lineReader) next(want func(start []byte) bool) (line, error) {
	for {
		offset := l.offset
		raw, more, err := l.physical()
		if err != nil {
			return line{}, err
		}
		if !want(raw) {
			for more && err == nil {
				_, more, err = l.physical()
			}
			if err != nil && err != io.EOF {
				return line{}, err
			}
			continue
		}
		out := line{number: l.number, lines: l}
		var text []byte
		for {
			if len(text)+len(raw) > maxDirective {
				raw = raw[:max(0, maxDirective-len(text))]
			}
			out.parts = append(out.parts, part{len(text), offset})
			text = append(text, raw...)
			if !more {
				break
			}
			// The backslash becomes a blank, so that offsets stay right and
			// the words on both sides stay apart.
			text = append(text, ' ')
			offset = l.offset
			if raw, more, err = l.physical(); err == io.EOF {
				break
			} else if err != nil {
				return line{}, err
			}
		}
		out.text = string(text)
		return out, nil
	}
}

// physical returns one line without its end, cut to maxDirective, and whether a
// backslash continues it. It is valid until the next call.
func (l *lineReader) physical() (raw []byte, more bool, err error) {
	raw, err = l.chunk()
	if err != nil {
		return nil, false, err
	}
	l.number++
	if n := len(raw); n > 0 && raw[n-1] == '\\' {
		return raw[:n-1], true, nil
	}
	return raw, false, nil
}

// chunk reads up to the next line end and advances the offset past it.
func (l *lineReader) chunk() ([]byte, error) {
	data := l.rest
	if len(data) == 0 {
		var err error
		data, err = l.br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return l.long(data)
		}
		if err != nil && (err != io.EOF || len(data) == 0) {
			return nil, err
		}
	}
	l.rest = nil
	body := data
	if n := len(body); body[n-1] == '\n' {
		body = body[:n-1]
	}
	i := bytes.IndexByte(body, '\r')
	if i >= 0 && (i < len(body)-1 || len(body) == len(data)) {
		// A lone CR ends a line too: keep what follows it for the next call.
		l.rest = data[i+1:]
		l.offset += l.width(data[:i+1])
		return data[:i], nil
	}
	l.offset += l.width(data)
	if i >= 0 {
		body = body[:i]
	}
	return body, nil
}

// long handles a line that does not fit the buffer: its start is kept, the
// rest passed over.
func (l *lineReader) long(data []byte) ([]byte, error) {
	start := bytes.Clone(data[:maxDirective])
	for {
		l.offset += l.width(data)
		var err error
		data, err = l.br.ReadSlice('\n')
		if err == nil || err == io.EOF {
			l.offset += l.width(data)
			return start, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

// span gives the place in the file of text[start:end], and whether it lies in
// one piece there.
func (ln line) span(start, end int) (offset, length int64, ok bool) {
	for i, p := range ln.parts {
		last := i == len(ln.parts)-1
		if start >= p.start && (last || end < ln.parts[i+1].start) {
			offset = p.offset + ln.lines.width([]byte(ln.text[p.start:start]))
			return offset, ln.lines.width([]byte(ln.text[start:end])), true
		}
	}
	return 0, 0, false
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	src  io.Reader
	big  bool
	odd  []byte // bytes of an unfinished unit or pair
	out  []byte
	done error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.done != nil {
			return 0, u.done
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	var buf [4096]byte
	n, err := io.ReadFull(u.src, buf[copy(buf[:], u.odd):])
	data := buf[:n+len(u.odd)]
	if err != nil {
		u.done = err
		if errors.Is(err, io.ErrUnexpectedEOF) {
			u.done = io.EOF
		}
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if u.big {
		order = binary.BigEndian
	}
	u.out = u.out[:0]
	for len(data) >= 2 {
		c := rune(order.Uint16(data))
		if utf16.IsSurrogate(c) {
			if len(data) < 4 && u.done == nil {
				break
			}
			if len(data) >= 4 {
				if pair := utf16.DecodeRune(c, rune(order.Uint16(data[2:]))); pair != utf8.RuneError {
					u.out = utf8.AppendRune(u.out, pair)
					data = data[4:]
					continue
				}
			}
			c = utf8.RuneError
		}
		u.out = utf8.AppendRune(u.out, c)
		data = data[2:]
	}
	u.odd = append(u.odd[:0], data...)
}
