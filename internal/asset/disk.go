package asset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// disk is the tree below a watched root. Everything goes through os.Root, so
// that no name and no link, however it changes meanwhile, makes us read above it.
type disk struct {
	ctx     context.Context
	top     string // absolute
	root    *os.Root
	folders map[string]*folder
	real    map[string]string // links with an absolute target inside the root
}

func openDisk(ctx context.Context, top string) (*disk, error) {
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, err
	}
	return &disk{ctx: ctx, top: top, root: root, folders: map[string]*folder{}, real: map[string]string{}}, nil
}

func (d *disk) Close() error { return d.root.Close() }

// maxListing bounds one folder. Above it names are cut off, which can only make
// a reference unresolved.
const maxListing = 1_000_000

func (d *disk) list(dir string) (*folder, error) {
	if f, ok := d.folders[dir]; ok {
		return f, nil
	}
	if err := d.ctx.Err(); err != nil {
		return nil, err
	}
	fd, err := d.root.Open(filepath.FromSlash(d.follow(dir)))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", d.abs(dir), err)
	}
	defer fd.Close()
	entries, err := fd.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", d.abs(dir), err)
	}
	f := newFolder(len(entries))
	for _, e := range entries[:min(len(entries), maxListing)] {
		f.entries[e.Name()] = d.kind(dir, e.Name(), e.Type())
	}
	d.folders[dir] = f
	return f, nil
}

func (d *disk) kind(dir, name string, mode fs.FileMode) entryKind {
	switch {
	case mode.IsRegular():
		return isFile
	case mode.IsDir():
		return isFolder
	case mode&fs.ModeSymlink != 0:
		return d.linkKind(path.Join(dir, name))
	case mode&fs.ModeIrregular != 0:
		// Windows reports cloud and deduplicated files so; opening one of the
		// latter is safe, and the name gate has kept the former away.
		return isFile
	}
	return isOther
}

// linkKind resolves a link without ever looking outside the root. os.Root
// refuses absolute targets, so those that lie inside are made relative first.
func (d *disk) linkKind(name string) entryKind {
	target := d.follow(name)
	for range 8 {
		info, err := d.root.Stat(filepath.FromSlash(target))
		if err == nil {
			if target != name {
				d.real[name] = target
			}
			if info.IsDir() {
				return isFolder
			} else if info.Mode().IsRegular() {
				return isFile
			}
			return isOther
		}
		if errors.Is(err, fs.ErrNotExist) {
			return isOther
		}
		text, lerr := d.root.Readlink(filepath.FromSlash(target))
		if lerr != nil || !filepath.IsAbs(text) {
			return isOutside
		}
		rel, rerr := filepath.Rel(d.top, text)
		if rerr != nil || !filepath.IsLocal(rel) {
			return isOutside
		}
		target = filepath.ToSlash(rel)
	}
	return isOther
}

// follow replaces the longest known link at the start of name by its target.
func (d *disk) follow(name string) string {
	for p := name; p != "."; p = path.Dir(p) {
		if real, ok := d.real[p]; ok {
			return path.Join(real, strings.TrimPrefix(name[len(p):], "/"))
		}
	}
	return name
}

func (d *disk) abs(name string) string {
	return filepath.Join(d.top, filepath.FromSlash(name))
}

// diskFile checks the context at each read, so that a large file on a slow disk
// does not outlive the wish to read it.
type diskFile struct {
	ctx context.Context
	*os.File
	size int64
}

func (f *diskFile) Size() int64 { return f.size }

func (f *diskFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (d *disk) open(name string) (file, error) {
	if err := d.ctx.Err(); err != nil {
		return nil, err
	}
	real := filepath.FromSlash(d.follow(name))
	// Asked before opening, because opening a pipe would wait for its writer.
	info, err := d.root.Stat(real)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", d.abs(name), err)
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeIrregular == 0 {
		what := "it is not a regular file"
		if info.IsDir() {
			what = "it is a folder"
		}
		return nil, &InvalidError{Path: d.abs(name), Reason: what}
	}
	fd, err := d.root.Open(real)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", d.abs(name), err)
	}
	// The size of the open file: on network disks that of the name may be old.
	if info, err = fd.Stat(); err != nil {
		fd.Close()
		return nil, fmt.Errorf("look at %s: %w", d.abs(name), err)
	}
	return &diskFile{ctx: d.ctx, File: fd, size: info.Size()}, nil
}
