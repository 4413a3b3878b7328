package asset

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a JSON text. Its size is not bounded: it is never held, only passed
// through, and of each string only the beginning is kept.
const (
	maxJSONDepth  = 512
	maxJSONString = 32 << 10
)

// jsonValue is a string or a number met on the way.
type jsonValue struct {
	text   string // of a string its decoded beginning, of a number its text
	cut    bool   // the string was longer than text
	length int64  // bytes of a string between its quotes, as written
	offset int64  // of the first byte after the opening quote
	isText bool
}

// jsonScanner checks a JSON text (RFC 8259) and shows every string and number in
// it together with the path to it. Unlike encoding/json it keeps nothing, gives
// byte positions, and passes over embedded data of any size.
type jsonScanner struct {
	src   io.Reader
	buf   []byte
	pos   int
	base  int64 // offset of buf[0]
	err   error
	path  []string
	visit func(path []string, v jsonValue)
	close func(path []string) // an object ends; may be nil
}

var errJSONEnd = errors.New("the text ends too early")

// scan reads one value and the blanks after it. Bytes in padding may follow.
func (s *jsonScanner) scan(padding string) error {
	s.buf = make([]byte, 0, 64<<10)
	if b, err := s.peek(); err == nil && b == 0xEF { // a byte order mark, which is not allowed but common
		for range 3 {
			if _, err := s.next(); err != nil {
				return err
			}
		}
	}
	if err := s.value(0); err != nil {
		return err
	}
	for {
		b, err := s.peek()
		if err == errJSONEnd {
			return nil
		}
		if err != nil {
			return err
		}
		if !isBlank(b) && !strings.ContainsRune(padding, rune(b)) {
			return s.wrong("there is more after the end")
		}
		s.pos++
	}
}

func (s *jsonScanner) wrong(what string) error {
	return invalidf("its JSON is broken at byte %d: %s", s.base+int64(s.pos), what)
}

// early turns the end of the data inside a value into what a person should read.
func early(err error) error {
	if err == errJSONEnd {
		return invalidf("its JSON ends too early: it is cut short")
	}
	return err
}

func (s *jsonScanner) peek() (byte, error) {
	for s.pos == len(s.buf) {
		if s.err != nil {
			if s.err == io.EOF {
				return 0, errJSONEnd
			}
			return 0, s.err
		}
		s.base += int64(len(s.buf))
		s.pos = 0
		n, err := s.src.Read(s.buf[:cap(s.buf)])
		s.buf, s.err = s.buf[:n], err
	}
	return s.buf[s.pos], nil
}

func (s *jsonScanner) next() (byte, error) {
	b, err := s.peek()
	s.pos++
	return b, early(err)
}

func isBlank(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }

// token skips blanks and returns the next byte without taking it.
func (s *jsonScanner) token() (byte, error) {
	for {
		b, err := s.peek()
		if err != nil {
			return 0, early(err)
		}
		if !isBlank(b) {
			return b, nil
		}
		s.pos++
	}
}

func (s *jsonScanner) value(depth int) error {
	if depth > maxJSONDepth {
		return s.wrong("it is nested too deeply")
	}
	b, err := s.token()
	if err != nil {
		return err
	}
	switch {
	case b == '{':
		return s.object(depth)
	case b == '[':
		return s.array(depth)
	case b == '"':
		v, err := s.text()
		if err == nil {
			s.visit(s.path, v)
		}
		return err
	}
	return s.word()
}

func (s *jsonScanner) object(depth int) error {
	s.pos++
	for first := true; ; first = false {
		b, err := s.token()
		if err != nil {
			return err
		}
		if b == '}' && first {
			break
		}
		if b != '"' {
			return s.wrong("a name is expected")
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if b, err = s.token(); err != nil {
			return err
		}
		if b != ':' {
			return s.wrong("a colon is expected")
		}
		s.pos++
		s.path = append(s.path, key.text)
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
		if b, err = s.token(); err != nil {
			return err
		}
		if b == '}' {
			break
		}
		if b != ',' {
			return s.wrong("a comma or } is expected")
		}
		s.pos++
	}
	s.pos++
	if s.close != nil {
		s.close(s.path)
	}
	return nil
}

func (s *jsonScanner) array(depth int) error {
	s.pos++
	for i := 0; ; i++ {
		b, err := s.token()
		if err != nil {
			return err
		}
		if b == ']' && i == 0 {
			break
		}
		s.path = append(s.path, strconv.Itoa(i))
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
		if b, err = s.token(); err != nil {
			return err
		}
		if b == ']' {
			break
		}
		if b != ',' {
			return s.wrong("a comma or ] is expected")
		}
		s.pos++
	}
	s.pos++
	return nil
}

// text reads a string. What it keeps is decoded; the rest is only measured.
func (s *jsonScanner) text() (jsonValue, error) {
	s.pos++
	v := jsonValue{offset: s.base + int64(s.pos), isText: true}
	var kept []byte
	escaped := false
	for {
		if _, err := s.peek(); err != nil {
			return v, early(err)
		}
		run := s.buf[s.pos:]
		end := bytes.IndexByte(run, '"')
		if end >= 0 {
			run = run[:end]
		}
		back := bytes.IndexByte(run, '\\')
		if back >= 0 {
			run = run[:back]
		}
		if room := maxJSONString - len(kept); len(run) > room {
			kept, v.cut = append(kept, run[:max(0, room)]...), true
		} else {
			kept = append(kept, run...)
		}
		s.pos += len(run)
		if back >= 0 {
			escaped = true
			s.pos++
			b, err := s.next()
			if err != nil {
				return v, err
			}
			if len(kept)+1 < maxJSONString {
				kept = append(kept, '\\', b)
			} else {
				v.cut = true
			}
			continue
		}
		if end >= 0 {
			break
		}
	}
	v.length = s.base + int64(s.pos) - v.offset
	s.pos++
	v.text = string(kept)
	if escaped {
		v.text = unescapeJSON(kept)
	}
	return v, nil
}

// unescapeJSON decodes the escapes of a JSON string.
func unescapeJSON(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		if j := strings.IndexByte("bfnrt", b[i]); j >= 0 {
			out = append(out, "\b\f\n\r\t"[j])
			continue
		}
		if b[i] != 'u' {
			out = append(out, b[i])
			continue
		}
		c, ok := hex4(b[i+1:])
		if !ok {
			out = append(out, 'u')
			continue
		}
		i += 4
		if c >= 0xD800 && c < 0xDC00 && i+2 < len(b) && b[i+1] == '\\' && b[i+2] == 'u' {
			if d, ok := hex4(b[i+3:]); ok && d >= 0xDC00 && d < 0xE000 {
				c = 0x10000 + (c-0xD800)<<10 + (d - 0xDC00)
				i += 6
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return string(out)
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// word reads a number or one of the three names. NaN and Infinity are let
// through: exporters write them, and geometry is not judged here.
func (s *jsonScanner) word() error {
	offset := s.base + int64(s.pos)
	var b [40]byte
	n := 0
	for {
		c, err := s.peek()
		if err != nil && err != errJSONEnd {
			return err
		}
		if err == errJSONEnd || !isWordByte(c) {
			break
		}
		if n < len(b) {
			b[n] = c
			n++
		}
		s.pos++
	}
	switch text := string(b[:n]); text {
	case "true", "false", "null", "NaN", "Infinity", "-Infinity":
		return nil
	case "":
		return s.wrong("a value is expected")
	default:
		// A name that grows into one of the above was cut at the end of the file.
		if _, err := s.peek(); err == errJSONEnd && len(s.path) > 0 {
			return early(err)
		}
		if c := text[0]; c != '-' && (c < '0' || c > '9') {
			return s.wrong("a value is expected")
		}
		s.visit(s.path, jsonValue{text: text, offset: offset})
		return nil
	}
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '+' || c == '.'
}
