package result

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"

	"simdrop/internal/durable"
)

const (
	copyBuffer      = 256 << 10
	extractParallel = 2 // unpacking is bound by the processor, and more would only make a disk seek
)

// item is one file that goes into a result.
type item struct {
	place  string
	size   int64   // exact
	crc    *uint32 // nil: not known
	sha256 string  // hex, empty: not known
	name   string  // what errors call it
	open   func() (io.ReadCloser, error)
}

// extract writes items into root, which is empty, and returns their descriptions
// in the order of places. Every file is new, has mode 0644 and is synced.
func extract(ctx context.Context, root *os.Root, items []item) ([]FileInfo, error) {
	for _, it := range items {
		if err := makeFolders(root, path.Dir(it.place)); err != nil {
			return nil, err
		}
	}
	files := make([]FileInfo, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(extractParallel)
	for i, it := range items {
		group.Go(func() (err error) {
			files[i], err = it.write(ctx, root)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b FileInfo) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// makeFolders makes folder and those above it, mode 0755 whatever the umask.
func makeFolders(root *os.Root, folder string) error {
	if folder == "." {
		return nil
	}
	name := filepath.FromSlash(folder)
	err := root.Mkdir(name, 0o755)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeFolders(root, path.Dir(folder)); err == nil {
			err = root.Mkdir(name, 0o755)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return nil // a file there would be a collision, which Check has ruled out
	}
	if err != nil {
		return err
	}
	d, err := root.Open(name) // by its descriptor: no name is followed twice
	if err != nil {
		return err
	}
	defer d.Close()
	return chmodFolder(d, 0o755)
}

func (it item) write(ctx context.Context, root *os.Root) (FileInfo, error) {
	in, err := it.open()
	if err != nil {
		return FileInfo{}, err
	}
	defer in.Close()
	out, err := root.OpenFile(filepath.FromSlash(it.place), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return FileInfo{}, err
	}
	defer out.Close()
	info, err := it.pour(ctx, out, in)
	if err != nil {
		return FileInfo{}, err
	}
	if err := errors.Join(out.Chmod(0o644), durable.Sync(out)); err != nil {
		return FileInfo{}, fmt.Errorf("write %s: %w", it.place, err)
	}
	return info, out.Close()
}

// pour copies exactly it.size bytes and checks what is known of them.
func (it item) pour(ctx context.Context, out io.Writer, in io.Reader) (FileInfo, error) {
	sum, crc := sha256.New(), crc32.NewIEEE()
	w := &sink{ctx: ctx, out: out, also: io.MultiWriter(sum, crc), place: it.place}
	// One byte more than announced is asked for: its presence is the proof of a lie.
	n, err := io.CopyBuffer(w, io.LimitReader(in, it.size+1), make([]byte, copyBuffer))
	switch {
	case w.err != nil:
		return FileInfo{}, w.err
	case err != nil:
		return FileInfo{}, &ArchiveError{Entry: quote(it.name), Reason: "its data is corrupt: " + err.Error(), Damaged: true}
	case n != it.size && it.sha256 != "":
		return FileInfo{}, fmt.Errorf("%s: %w", it.name, ErrNoCopy)
	case n != it.size:
		return FileInfo{}, &ArchiveError{Entry: quote(it.name), Reason: fmt.Sprintf("its data is not the %d bytes it declares", it.size), Damaged: true}
	case it.crc != nil && *it.crc != crc.Sum32():
		return FileInfo{}, &ArchiveError{Entry: quote(it.name), Reason: "its checksum is wrong", Damaged: true}
	}
	info := FileInfo{Path: it.place, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}
	if it.sha256 != "" && !strings.EqualFold(it.sha256, info.SHA256) {
		return FileInfo{}, fmt.Errorf("%s: %w", it.name, ErrNoCopy)
	}
	return info, nil
}

// sink writes and hashes, ends with its context, and keeps its own errors apart
// from those of the reader: a full disk is no damaged archive.
type sink struct {
	ctx   context.Context
	out   io.Writer
	also  io.Writer
	place string
	err   error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		s.err = context.Cause(s.ctx)
		return 0, s.err
	}
	if n, err := s.out.Write(p); err != nil {
		s.err = fmt.Errorf("write %s: %w", s.place, Plain(err))
		return n, s.err
	}
	return s.also.Write(p)
}

// Plain makes a system's error one of this package's: a full disk or quota is
// ErrNoSpace, a disk that nobody can write to ErrReadOnly, a name that another
// program keeps from being renamed ErrBusy. Others stay as they are.
func Plain(err error) error {
	for kind, is := range map[error]func(error) bool{ErrNoSpace: isDiskFull, ErrReadOnly: isReadOnly, ErrBusy: isBusy} {
		if err != nil && is(err) && !errors.Is(err, kind) {
			return fmt.Errorf("%w: %w", kind, err)
		}
	}
	return err
}

// archiveItems are the files of a checked archive as a layout places them.
func archiveItems(f *os.File, l *Listing, lay layout) []item {
	items := make([]item, len(l.Files))
	for i, e := range l.Files {
		items[i] = item{place: lay.places[e.Name], size: e.Size, crc: &e.CRC32, name: e.Name, open: e.opener(f)}
	}
	return items
}

func (e Entry) opener(f io.ReaderAt) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		raw := io.NewSectionReader(f, e.data, e.Packed)
		if e.method == stored {
			return io.NopCloser(struct{ io.Reader }{raw}), nil
		}
		return flate.NewReader(bufio.NewReaderSize(raw, 64<<10)), nil
	}
}

// fileItem is a file on our own disk.
func fileItem(place, from string) (item, error) {
	info, err := os.Stat(from)
	if err != nil {
		return item{}, err
	}
	if !info.Mode().IsRegular() {
		return item{}, fmt.Errorf("%s is not a regular file", from)
	}
	return item{place: place, size: info.Size(), name: from, open: func() (io.ReadCloser, error) { return os.Open(from) }}, nil
}
