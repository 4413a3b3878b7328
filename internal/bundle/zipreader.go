package bundle

import (
	"fmt"
	"io"
)

// zipReader makes the ZIP of a bundle while it is read. It holds one header and
// one open file at a time.
type zipReader struct {
	b *Bundle

	head []byte        // header bytes that come next
	data io.ReadCloser // then the file they announce, nil between files

	local   int   // files begun
	central int   // directory records written
	offset  int64 // of the next local header while local < len(b.Files), then of the directory
	record  int64 // offset of the local header that the next directory record names
	dirSize int64
	ended   bool
}

func newZip(b *Bundle) *zipReader { return &zipReader{b: b} }

func (z *zipReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if len(z.head) > 0 {
			n := copy(p, z.head)
			z.head = z.head[n:]
			return n, nil
		}
		if z.data != nil {
			n, err := z.data.Read(p)
			if err == io.EOF {
				err = z.Close()
			}
			if n > 0 || err != nil {
				return n, err
			}
			continue
		}
		if err := z.next(); err != nil {
			return 0, err
		}
	}
}

// next prepares the next record: a file, a line of the directory, or the end.
func (z *zipReader) next() error {
	files := z.b.Files
	switch {
	case z.local < len(files):
		f := files[z.local]
		file, err := z.b.Open(f)
		if err != nil {
			return err
		}
		z.data = &exact{ReadCloser: file, left: f.Size, name: f.Place}
		z.head = zipEntry{f, z.offset}.local()
		z.offset += int64(len(z.head)) + f.Size
		z.local++
	case z.central < len(files):
		e := zipEntry{files[z.central], z.record}
		z.head = e.central()
		z.record += int64(len(e.local())) + e.Size
		z.dirSize += int64(len(z.head))
		z.central++
	case !z.ended:
		z.head = zipEnd(len(files), z.offset, z.dirSize)
		z.ended = true
	default:
		return io.EOF
	}
	return nil
}

// Close closes the file being read, if any.
func (z *zipReader) Close() error {
	if z.data == nil {
		return nil
	}
	err := z.data.Close()
	z.data = nil
	return err
}

// exact gives the announced number of bytes and no other: a file that is shorter
// is an error, never a short body.
type exact struct {
	io.ReadCloser
	left int64
	name string
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.ReadCloser.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		return n, fmt.Errorf("read frozen %s: %d bytes short: %w", e.name, e.left, io.ErrUnexpectedEOF)
	}
	return n, err
}
