package rigydserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a form beside the size of its files.
const (
	maxFields     = 64
	maxFieldBytes = 64 << 10
	formOverhead  = 1 << 20 // boundaries, headers and fields around the files
	bodyIdle      = time.Minute
)

// form is a multipart request after it was read: fields in memory, files staged on disk.
type form struct {
	fields map[string]string
	files  []upload
}

// upload is a staged file: synced, closed, not yet anybody's.
type upload struct {
	field, name string
	path        string
	size        int64
	sha256      string
}

// discard removes the files that no job took.
func (f *form) discard() {
	for _, u := range f.files {
		_ = os.Remove(u.path) // a file that a job took is gone from here
	}
}

// body is a request's body that remembers why it ended, so that a client that
// went away is not taken for one that sent nonsense.
type body struct {
	r   io.Reader
	rc  *http.ResponseController
	err error
}

func (b *body) Read(p []byte) (int, error) {
	// Not every ResponseWriter can; then the server's own limits hold.
	_ = b.rc.SetReadDeadline(time.Now().Add(bodyIdle))
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// rest ends the reading: a deadline left behind would later be taken for the
// client's leaving.
func (b *body) rest() { _ = b.rc.SetReadDeadline(time.Time{}) }

// readForm streams a multipart body to disk. check is asked as soon as a file
// part is named. After a refusal the rest of the body is still read, because an
// answer that overtakes the upload is often lost with the connection.
func (x *exchange) readForm(check func(f *form, field, name string) error) (*form, error) {
	limit := x.s.opt.MaxUpload + formOverhead
	if x.r.ContentLength > limit {
		return nil, errTooLargeHTML
	}
	mediaType, params, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" || params["boundary"] == "" {
		return nil, refuse(400, "Expected multipart/form-data")
	}
	src := &body{r: http.MaxBytesReader(x.w, x.r.Body, limit), rc: http.NewResponseController(x.w)}
	defer src.rest()
	var from io.Reader = src
	if x.s.faults != nil {
		from = &dropAfter{x: x, r: src}
	}
	f := &form{fields: map[string]string{}}
	err = x.readParts(f, multipart.NewReader(from, params["boundary"]), check)
	if err == nil {
		_, err = io.Copy(io.Discard, from) // an epilogue means nothing, but it belongs to the request
	}
	if err == nil {
		return f, nil
	}
	f.discard()
	return nil, bodyError(err, src)
}

// bodyError says what the client is told about a body that could not be used.
func bodyError(err error, src *body) error {
	var tooLarge *http.MaxBytesError
	var no *refusal
	switch {
	case errors.As(src.err, &tooLarge):
		return errTooLargeHTML
	case src.err != nil:
		return fmt.Errorf("read the upload: %w", src.err)
	case errors.As(err, &no):
		_, _ = io.Copy(io.Discard, src)
		return no
	case errors.Is(err, errAnswered), errors.Is(err, errDropped):
		return err
	}
	_, _ = io.Copy(io.Discard, src)
	return refuse(400, "Malformed multipart body")
}

func (x *exchange) readParts(f *form, mr *multipart.Reader, check func(f *form, field, name string) error) error {
	for parts := 0; ; parts++ {
		part, err := mr.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if parts >= maxFields {
			return refuse(400, "Too many form fields")
		}
		name, isFile := fileName(part)
		if !isFile {
			v, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
			if err != nil {
				return err
			}
			if len(v) > maxFieldBytes {
				return refuse(400, "Form field too long: %s", part.FormName())
			}
			f.fields[part.FormName()] = string(v)
			continue
		}
		if err := x.named(name); err != nil {
			return err
		}
		if err := check(f, part.FormName(), name); err != nil {
			return err
		}
		u, err := x.s.stage(part, part.FormName(), name)
		if err != nil {
			return err
		}
		f.files = append(f.files, u)
	}
}

// fileName returns the name that a part's header gives, as it stands there.
// Part.FileName would already hide what makes a name invalid.
func fileName(p *multipart.Part) (string, bool) {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	name, ok := params["filename"]
	return name, err == nil && ok
}

func checkName(name string) error {
	bad := strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '/' || r == '\\' })
	if bad || name == "" || name == "." || name == ".." || len(name) > 255 || !utf8.ValidString(name) {
		return errFilename
	}
	return nil
}

// stage copies a file part to disk and hashes it on the way.
func (s *Server) stage(r io.Reader, field, name string) (upload, error) {
	u := upload{field: field, name: name}
	f, err := os.CreateTemp(s.store.uploads(), tmpPrefix+"*"+strings.ToLower(filepath.Ext(name)))
	if err != nil {
		return u, s.unavailable(err)
	}
	u.path = f.Name()
	h := sha256.New()
	// The wrapper tells a full disk from a client that went away.
	disk := &diskWriter{w: f}
	u.size, err = io.Copy(io.MultiWriter(disk, h), io.LimitReader(r, s.opt.MaxUpload+1))
	switch {
	case disk.err != nil:
		err = s.unavailable(disk.err)
	case err == nil && u.size > s.opt.MaxUpload:
		err = errTooLargeHTML
	case err == nil:
		if e := s.store.sync(f); e != nil {
			err = s.unavailable(e)
		}
	}
	if e := f.Close(); e != nil && err == nil {
		err = s.unavailable(e)
	}
	if err != nil {
		_ = os.Remove(u.path)
		return u, err
	}
	u.sha256 = hex.EncodeToString(h.Sum(nil))
	return u, nil
}

type diskWriter struct {
	w   io.Writer
	err error
}

func (d *diskWriter) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if err != nil {
		d.err = err
	}
	return n, err
}

var errDropped = errors.New("dropped by a fault")

// dropAfter closes the connection once a DropBody fault's share of the body was
// read. The fault may be chosen under way, when the file's name is known.
type dropAfter struct {
	x   *exchange
	r   io.Reader
	got int64
}

func (d *dropAfter) Read(p []byte) (int, error) {
	if d.x.fault.Kind == DropBody {
		if d.got >= d.x.fault.Bytes {
			d.x.fire()
			return 0, errDropped
		}
		p = p[:min(int64(len(p)), d.x.fault.Bytes-d.got)]
	}
	n, err := d.r.Read(p)
	d.got += int64(n)
	return n, err
}
