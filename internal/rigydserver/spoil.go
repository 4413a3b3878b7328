package rigydserver

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// spoil sends a result the way the fault wants it.
func (x *exchange) spoil(b *bundle) error {
	x.fire()
	h := x.w.Header()
	b.header(h)
	switch x.fault.Kind {
	case Cut:
		h.Set("Content-Length", fmt.Sprint(b.size))
		x.half(b)
		x.cut()
	case CutChunked:
		x.half(b)
		x.cut()
	case CutQuiet:
		x.half(b)
	case ShortLength:
		h.Set("Content-Length", fmt.Sprint(b.size/2))
		x.half(b)
	case Corrupt:
		h.Set("Content-Length", fmt.Sprint(b.size))
		return b.copy(&flipper{w: x.w, from: b.size / 3, to: b.size/3 + 16})
	case Empty:
		h.Set("Content-Length", "0")
		x.w.WriteHeader(http.StatusOK)
	case HTML:
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Del("Content-Disposition")
		_, _ = io.WriteString(x.w, "<!doctype html><title>Maintenance</title><p>We will be right back.\n")
	case NoUSD:
		_, _ = x.w.Write(archiveWithoutUSD())
	case Slow:
		h.Set("Content-Length", fmt.Sprint(b.size))
		if err := b.copy(&dribble{x: x, size: max(1, int(x.fault.Bytes))}); err != nil {
			x.cut()
		}
	}
	return nil
}

// half sends the first half of an archive and makes sure that it left.
func (x *exchange) half(b *bundle) {
	err := b.copy(&firstBytes{w: x.w, left: b.size / 2})
	if err != nil && !errors.Is(err, errEnough) {
		x.cut()
	}
	_ = http.NewResponseController(x.w).Flush()
}

var errEnough = errors.New("enough")

// firstBytes passes so many bytes on and then refuses.
type firstBytes struct {
	w    io.Writer
	left int64
}

func (f *firstBytes) Write(p []byte) (int, error) {
	n, err := f.w.Write(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	if err == nil && n < len(p) {
		err = errEnough
	}
	return n, err
}

// flipper inverts the bytes of a range.
type flipper struct {
	w            io.Writer
	at, from, to int64
}

func (f *flipper) Write(p []byte) (int, error) {
	q := bytes.Clone(p)
	for i := range q {
		if pos := f.at + int64(i); pos >= f.from && pos < f.to {
			q[i] ^= 0xff
		}
	}
	n, err := f.w.Write(q)
	f.at += int64(n)
	return n, err
}

// dribble writes a few bytes at a time.
type dribble struct {
	x    *exchange
	size int
}

func (d *dribble) Write(p []byte) (int, error) {
	rc := http.NewResponseController(d.x.w)
	for n := 0; n < len(p); {
		k, err := d.x.w.Write(p[n:min(n+d.size, len(p))])
		n += k
		if err == nil {
			err = rc.Flush()
		}
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return n, err
		}
		d.x.wait(max(d.x.fault.After, time.Nanosecond))
		if err := d.x.r.Context().Err(); err != nil {
			return n, err
		}
	}
	return len(p), nil
}

func archiveWithoutUSD() []byte {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	if w, err := zw.Create("readme.txt"); err == nil {
		_, _ = io.WriteString(w, "There is nothing here.\n")
	}
	_ = zw.Close() // a Buffer does not fail
	return b.Bytes()
}
