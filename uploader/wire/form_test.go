package wire

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"

	"simdrop/uploader"
)

func bytesPart(name string, content []byte, declared int64) uploader.Part {
	return uploader.Part{Filename: name, Size: declared, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

// FuzzForm reads the form back with the standard library: the declared length is
// exact, no name or value breaks out of its part.
func FuzzForm(f *testing.F) {
	f.Add("threshold", "0.05", "chair.glb", []byte("glb"))
	f.Add("a\"b", "x\r\n--simdrop", "q\"uo\\te\r\n\x00é漢.glb", []byte{})
	f.Add("", "", "\xff", []byte("\r\n--"))
	f.Fuzz(func(t *testing.T, field, value, filename string, content []byte) {
		form := NewForm()
		form.Field(field, value)
		form.File("file", bytesPart(filename, content, int64(len(content))))
		body, err := form.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(body)
		if err != nil || int64(len(raw)) != form.Size() {
			t.Fatalf("%d bytes, declared %d: %v", len(raw), form.Size(), err)
		}
		_, params, err := mime.ParseMediaType(form.Type())
		if err != nil {
			t.Fatal(err)
		}
		r := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
		for i, want := range [][]byte{[]byte(value), content} {
			p, err := r.NextRawPart()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(p)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("part %d: %q, want %q: %v", i, got, want, err)
			}
			if i == 1 && (p.FormName() != "file" || len(p.Header) != 2) {
				t.Fatalf("header %q", p.Header)
			}
		}
		if _, err := r.NextRawPart(); err != io.EOF {
			t.Fatalf("more parts: %v", err)
		}
	})
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"chair.glb": "chair.glb", `a"b\c`: "a%22b%5Cc", "стул é.glb": "стул é.glb", "a\r\nb\x00\x1b": "a%0D%0Ab", "\xff.glb": "_.glb",
	} {
		if got := escapeName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A file of another length than declared must end the body with an error before
// the form is complete.
func TestFormOfWrongLength(t *testing.T) {
	for declared, want := range map[int64]error{5: nil, 4: errGrew, 0: errGrew, 6: io.ErrUnexpectedEOF} {
		form := NewForm()
		form.File("file", bytesPart("x", []byte("12345"), declared))
		body, err := form.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(iotest.OneByteReader(body))
		if !errors.Is(err, want) {
			t.Errorf("declared %d: %v, want %v", declared, err, want)
		}
		if whole := strings.Contains(string(raw), form.end()); whole != (want == nil) || int64(len(raw)) > form.Size() {
			t.Errorf("declared %d: got %q", declared, raw)
		}
	}
}

func TestFormClosesWhatItOpened(t *testing.T) {
	open := 0
	counted := func(err error) uploader.Part {
		return uploader.Part{Filename: "x", Open: func() (io.ReadCloser, error) {
			if err != nil {
				return nil, err
			}
			open++
			return closer{&open}, nil
		}}
	}
	form := NewForm()
	form.File("a", counted(nil))
	form.File("b", counted(nil))
	body, err := form.Open()
	if err != nil || open != 2 {
		t.Fatal(open, err)
	}
	if body.Close(); open != 0 {
		t.Errorf("%d left open", open)
	}
	form.File("c", counted(io.ErrClosedPipe))
	if _, err := form.Open(); !errors.Is(err, io.ErrClosedPipe) || open != 0 {
		t.Errorf("%d left open after %v", open, err)
	}
}

type closer struct{ open *int }

func (c closer) Read([]byte) (int, error) { return 0, io.EOF }
func (c closer) Close() error             { *c.open--; return nil }
