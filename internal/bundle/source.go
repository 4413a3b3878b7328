package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"simdrop/internal/asset"
	"simdrop/internal/durable"
)

// source reads members below a root and nothing else: whatever links point to,
// os.Root keeps every open inside.
type source struct {
	path string // the root with its links resolved
	root *os.Root
	tap  io.Writer // tests only: sees the copy's bytes while they are written
}

func openSource(root string) (*source, error) {
	path, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &source{path: path, root: r}, nil
}

func (s *source) Close() error { return s.root.Close() }

// open opens a member. Links are resolved first, because os.Root refuses even
// those absolute ones that stay inside.
func (s *source) open(path string) (*os.File, fs.FileInfo, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, nil, err
	}
	rel, err := filepath.Rel(s.path, real)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, nil, fmt.Errorf("%s lies outside the watched folder", path)
	}
	// Looked at before it is opened: opening a pipe would wait for its writer.
	if info, err := s.root.Stat(rel); err != nil {
		return nil, nil, err
	} else if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := s.root.Open(rel)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// copy freezes one member as the new file dst.
func (s *source) copy(ctx context.Context, m asset.Member, dst string) (File, error) {
	in, before, err := s.open(m.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, changed(m)
	}
	if err != nil {
		return File{}, err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	defer out.Close()

	f, err := pour(ctx, s.watched(out), in, m.Edits)
	if err != nil {
		return File{}, fmt.Errorf("copy %s: %w", m.Path, err)
	}
	f.Place, f.Source = m.Place, m.Path
	after, err := in.Stat()
	if err != nil {
		return File{}, err
	}
	now, err := os.Stat(m.Path)
	if err != nil || !same(before, after) || !same(before, now) || f.SourceSize != before.Size() {
		return File{}, changed(m)
	}
	if err := durable.Sync(out); err != nil {
		return File{}, err
	}
	return f, out.Close()
}

func (s *source) watched(out io.Writer) io.Writer {
	if s.tap == nil {
		return out
	}
	return io.MultiWriter(out, s.tap)
}

func changed(m asset.Member) error { return fmt.Errorf("%s: %w", m.Path, ErrChanged) }

func same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}
