package wire

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"simdrop/uploader"
)

// Form is a multipart/form-data body (RFC 7578) whose length is known before its
// first byte. Nothing of a file is held in memory.
type Form struct {
	boundary string
	pieces   []piece
	size     int64
}

// piece is either text of ours or a file.
type piece struct {
	text string
	file *uploader.Part
}

// NewForm returns an empty form.
func NewForm() *Form {
	var b [16]byte
	rand.Read(b[:])
	return &Form{boundary: "simdrop-" + hex.EncodeToString(b[:])}
}

// Field adds a text field.
func (f *Form) Field(name, value string) {
	f.text(f.head(name) + "\r\n\r\n" + value + "\r\n")
}

// File adds a file under its own name, to be read when the body is sent.
func (f *Form) File(name string, p uploader.Part) {
	f.text(f.head(name) + `; filename="` + escapeName(p.Filename) + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
	f.pieces = append(f.pieces, piece{file: &p})
	f.size += p.Size
	f.text("\r\n")
}

func (f *Form) head(name string) string {
	return "--" + f.boundary + "\r\nContent-Disposition: form-data; name=\"" + escapeName(name) + `"`
}

func (f *Form) text(s string) {
	f.pieces = append(f.pieces, piece{text: s})
	f.size += int64(len(s))
}

func (f *Form) end() string { return "--" + f.boundary + "--\r\n" }

// Type is the Content-Type header.
func (f *Form) Type() string { return "multipart/form-data; boundary=" + f.boundary }

// Size is the exact length of the body in bytes.
func (f *Form) Size() int64 { return f.size + int64(len(f.end())) }

// nameEscaper is how browsers write names (HTML standard, "multipart form
// data"): UTF-8 as it is, quotes and line breaks percent-encoded.
var nameEscaper = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A", `\`, "%5C", "\x00", "")

func escapeName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, nameEscaper.Replace(strings.ToValidUTF8(s, "_")))
}

var errGrew = errors.New("the file is longer than it was when it was frozen")

// Open opens all files, so that one that cannot be read is noticed before
// anything is sent, and returns the body. It never gives more than Size bytes; a
// file that is not exactly as long as declared ends it with an error.
func (f *Form) Open() (io.ReadCloser, error) {
	body := &formBody{}
	for _, p := range f.pieces {
		if p.file == nil {
			body.readers = append(body.readers, strings.NewReader(p.text))
			continue
		}
		r, err := openPart(p.file)
		if err != nil {
			body.Close()
			return nil, err
		}
		body.closers = append(body.closers, r)
		body.readers = append(body.readers, &exactReader{r: r, left: p.file.Size})
	}
	body.readers = append(body.readers, strings.NewReader(f.end()))
	return body, nil
}

func openPart(p *uploader.Part) (io.ReadCloser, error) {
	if p.Open == nil || p.Size < 0 {
		return nil, fmt.Errorf("%s: nothing to read", p.Filename)
	}
	r, err := p.Open()
	if err != nil {
		return nil, err
	}
	if file, ok := r.(*os.File); ok {
		info, err := file.Stat()
		if err == nil && info.Size() != p.Size {
			err = fmt.Errorf("%s: has %d bytes, %d were frozen", p.Filename, info.Size(), p.Size)
		}
		if err != nil {
			r.Close()
			return nil, err
		}
	}
	return r, nil
}

// formBody reads its readers one after the other.
type formBody struct {
	readers []io.Reader
	closers []io.Closer
}

func (b *formBody) Read(p []byte) (int, error) {
	for len(b.readers) > 0 {
		n, err := b.readers[0].Read(p)
		if err == io.EOF {
			b.readers = b.readers[1:]
			err = nil
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
	return 0, io.EOF
}

func (b *formBody) Close() error {
	var errs []error
	for _, c := range b.closers {
		errs = append(errs, c.Close())
	}
	b.closers = nil
	return errors.Join(errs...)
}

// exactReader gives exactly left bytes, or an error: a short file, and one that
// grew, would be converted and paid for as something else than was frozen.
type exactReader struct {
	r    io.Reader
	left int64
}

func (e *exactReader) Read(p []byte) (int, error) {
	if e.left == 0 {
		var one [1]byte
		n, err := io.ReadFull(e.r, one[:])
		if n > 0 {
			return 0, errGrew
		}
		return 0, err
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF {
		err = nil
		if e.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// Content is a body that a POST can send once.
type Content interface {
	Type() string
	Size() int64
	Open() (io.ReadCloser, error)
}

// JSON is a small body of that type.
type JSON []byte

// Type is the Content-Type header.
func (JSON) Type() string { return "application/json" }

// Size is the length in bytes.
func (j JSON) Size() int64 { return int64(len(j)) }

// Open returns the body.
func (j JSON) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(j)), nil }
