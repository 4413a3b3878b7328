package rigydserver

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/flate"
)

// packer writes a result archive from the files of an engine.Writer. Equal files
// in equal order give equal bytes: times are fixed, and the compressor's version
// is the module's, not the toolchain's.
type packer struct {
	mu     sync.Mutex
	zip    *zip.Writer
	cur    *packFile
	names  map[string]bool
	files  []outFile
	closed error // why nothing may be written any more
}

// packTime is the earliest time that a ZIP can tell.
var packTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// stored are the types that deflate does not make smaller.
var stored = []string{".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".usdz", ".zip"}

var errPacked = errors.New("the package is closed")

func newPacker(w io.Writer) *packer {
	zw := zip.NewWriter(w)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.DefaultCompression)
	})
	return &packer{zip: zw, names: map[string]bool{}}
}

// Create implements engine.Writer. The file before is finished by it.
func (p *packer) Create(name string) (io.Writer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed != nil {
		return nil, p.closed
	}
	if !localName(name) || !strings.Contains(name, "/") {
		return nil, fmt.Errorf("package file %q: not a clean slash path below a folder", name)
	}
	if p.names[strings.ToLower(name)] {
		return nil, fmt.Errorf("package file %q: written twice", name)
	}
	p.names[strings.ToLower(name)] = true
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: packTime}
	if slices.Contains(stored, strings.ToLower(path.Ext(name))) {
		h.Method = zip.Store
	}
	w, err := p.zip.CreateHeader(h)
	if err != nil {
		return nil, err
	}
	p.files = append(p.files, outFile{Name: name})
	p.cur = &packFile{p: p, w: w, index: len(p.files) - 1}
	return p.cur, nil
}

// shut refuses everything from now on: the converter is not waited for any longer.
func (p *packer) shut(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = why
}

// finish writes the archive's directory.
func (p *packer) finish() ([]outFile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed != nil {
		return nil, p.closed
	}
	p.closed = errPacked
	return p.files, p.zip.Close()
}

type packFile struct {
	p     *packer
	w     io.Writer
	index int
}

func (f *packFile) Write(b []byte) (int, error) {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	switch {
	case f.p.closed != nil:
		return 0, f.p.closed
	case f.p.cur != f:
		return 0, errors.New("package file written after the next one was created")
	}
	n, err := f.w.Write(b)
	f.p.files[f.index].Size += int64(n)
	return n, err
}

// subset copies the entries below a top-level folder, as they are, into an
// archive of their own. With dry the data are zeros: that tells the archive's
// length without reading it.
func subset(zr *zip.Reader, folder string, w io.Writer, dry bool) error {
	zw := zip.NewWriter(w)
	for _, f := range zr.File {
		if !strings.HasPrefix(f.Name, folder+"/") {
			continue
		}
		h := f.FileHeader
		dst, err := zw.CreateRaw(&h)
		if err != nil {
			return err
		}
		var src io.Reader = io.LimitReader(zeros{}, int64(f.CompressedSize64))
		if !dry {
			if src, err = f.OpenRaw(); err != nil {
				return err
			}
		}
		if _, err := io.Copy(dst, src); err != nil {
			return err
		}
	}
	return zw.Close()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// counter is a Writer that only counts.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
