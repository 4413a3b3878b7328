package asset

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of an archive. The number of entries and the ratio are those beyond
// which results are refused too; no set of model files comes near.
const (
	maxZIPEntries   = 10_000
	maxZIPDirectory = 64 << 20
	maxZIPRatio     = 1000
	maxInflated     = 128 << 20 // of one deflated entry that is looked into
)

// openZIP reads an archive's directory and proves it: the end record is there,
// and every entry's data lies inside the file.
func openZIP(r io.ReaderAt, size int64) (*zip.Reader, error) {
	if err := boundDirectory(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	switch {
	case errors.Is(err, zip.ErrInsecurePath): // judged by ourselves
	case errors.Is(err, zip.ErrFormat):
		return nil, invalidf("it is not a complete ZIP archive: %s", strings.TrimPrefix(err.Error(), "zip: "))
	case err != nil:
		return nil, readError(err)
	}
	if len(z.File) > maxZIPEntries {
		return nil, invalidf("it has %d entries, more than %d", len(z.File), maxZIPEntries)
	}
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil || at < 0 || f.CompressedSize64 > uint64(size) || at > size-int64(f.CompressedSize64) {
			return nil, invalidf("the entry %q lies outside the file: it is cut short", f.Name)
		}
	}
	return z, nil
}

// boundDirectory refuses an archive whose directory is larger than any honest
// one, before it is held in memory.
func boundDirectory(r io.ReaderAt, size int64) error {
	var buf [22 + 1<<16]byte
	tail := buf[:min(size, int64(len(buf)))]
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return readError(err)
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < 22 {
		return invalidf("it has no end record: it is not a complete ZIP archive")
	}
	length := int64(binary.LittleEndian.Uint32(tail[i+12:]))
	if length == 1<<32-1 || length > maxZIPDirectory {
		return invalidf("its directory is too large")
	}
	return nil
}

func checkZIP(r io.ReaderAt, size int64) (Verdict, error) {
	if _, err := openZIP(r, size); err != nil {
		return Verdict{}, err
	}
	return Verdict{State: Proved}, nil
}

// inside is the tree inside an archive.
type inside struct {
	ctx     context.Context
	archive io.ReaderAt
	files   map[string]*zip.File
	folders map[string]*folder
}

func newInside(ctx context.Context, archive io.ReaderAt, z *zip.Reader) (*inside, error) {
	t := &inside{ctx: ctx, archive: archive, files: map[string]*zip.File{}, folders: map[string]*folder{".": newFolder(0)}}
	for _, f := range z.File {
		if err := t.add(f); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// add takes one entry, refusing what no honest archive holds and what would do
// harm to whoever unpacks it.
func (t *inside) add(f *zip.File) error {
	name := slashed(f.Name)
	if !f.NonUTF8 && !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return invalidf("it holds a name that is no text: %q", f.Name)
	}
	folder := strings.HasSuffix(name, "/")
	clean := path.Clean(name)
	if isAbsolute(name) || clean == ".." || strings.HasPrefix(clean, "../") {
		return invalidf("it holds a name that leads out of it: %q", f.Name)
	}
	mode := f.Mode()
	if mode&fs.ModeType&^fs.ModeDir != 0 {
		return invalidf("it holds a link or device: %q", f.Name)
	}
	if clean == "." {
		return nil
	}
	if folder || mode.IsDir() {
		t.addFolder(clean)
		return nil
	}
	if f.Flags&1 != 0 {
		return invalidf("it is protected by a password")
	}
	if f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/maxZIPRatio > f.CompressedSize64 {
		return invalidf("the entry %q grows more than %d times: it is no model", f.Name, maxZIPRatio)
	}
	if t.files[clean] != nil {
		return invalidf("it holds %q twice", f.Name)
	}
	t.files[clean] = f
	t.addFolder(path.Dir(clean)).entries[path.Base(clean)] = isFile
	return nil
}

func (t *inside) addFolder(name string) *folder {
	if f, ok := t.folders[name]; ok {
		return f
	}
	f := newFolder(0)
	t.folders[name] = f
	t.addFolder(path.Dir(name)).entries[path.Base(name)] = isFolder
	return f
}

func (t *inside) list(dir string) (*folder, error) {
	f, ok := t.folders[dir]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return f, nil
}

// entryFile is an entry that can be read at any place: stored ones where they
// lie, deflated ones from memory.
type entryFile struct{ *io.SectionReader }

func (entryFile) Close() error { return nil }

func (t *inside) open(name string) (file, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	f, ok := t.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if f.Method == zip.Store {
		at, err := f.DataOffset()
		if err != nil {
			return nil, err
		}
		return entryFile{io.NewSectionReader(t.archive, at, int64(f.CompressedSize64))}, nil
	}
	if f.UncompressedSize64 > maxInflated {
		return nil, errTooLarge
	}
	rc, err := f.Open()
	if err != nil {
		return nil, invalidf("the entry %q cannot be unpacked: %v", name, err)
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, maxInflated))
	if err != nil {
		return nil, invalidf("the entry %q cannot be unpacked: %v", name, err)
	}
	return entryFile{io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))}, nil
}

// errTooLarge says that a file is not looked into because of its size.
var errTooLarge = errors.New("too large to be looked into")

// inspectZIP looks into an archive: it must hold exactly one primary, and what
// that refers to should be in it too. The archive goes as it is, so nothing is
// rewritten in it.
func (c *collector) inspectZIP(f file) error {
	z, err := openZIP(f, f.Size())
	if err != nil {
		return err
	}
	t, err := newInside(c.ctx, f, z)
	if err != nil {
		return err
	}
	inner, err := t.primary()
	if err != nil {
		return err
	}
	for _, ref := range inner.refs {
		ref.From = c.abs(c.primary)
		ref.Where = inner.primary + ": " + ref.Where
		if ref.Path != "" {
			ref.Path = ref.From
		}
		c.refs = append(c.refs, ref)
	}
	c.missing = append(c.missing, inner.missing...)
	return nil
}

// PrimaryInZIP names the one file in an archive that one opens: the model that no
// other in it refers to. The error is an *InvalidError when there is none, or more
// than one, or the archive is not sound.
func PrimaryInZIP(ctx context.Context, r io.ReaderAt, size int64) (string, error) {
	z, err := openZIP(r, size)
	if err != nil {
		return "", err
	}
	t, err := newInside(ctx, r, z)
	if err != nil {
		return "", err
	}
	c, err := t.primary()
	if err != nil {
		return "", err
	}
	return c.primary, nil
}

// primary finds the one file in the archive that one opens. A primary that
// another one refers to is a companion of it.
func (t *inside) primary() (*collector, error) {
	var candidates []string
	for name := range t.files {
		format, kind, ok := FormatOf(name)
		if ok && kind == Models && format != "zip" && !hiddenInside(name) {
			candidates = append(candidates, name)
		}
	}
	slices.Sort(candidates)
	if len(candidates) == 0 {
		return nil, invalidf("no primary inside: it holds no model")
	}
	owned := map[string]bool{}
	results := map[string]*collector{}
	for _, name := range candidates {
		c := &collector{ctx: t.ctx, tree: t, top: ".", primary: name, inArchive: true}
		if err := c.collect(); err != nil {
			if len(candidates) > 1 {
				results[name] = c
				continue
			}
			var invalid *InvalidError
			if errors.As(err, &invalid) {
				return nil, invalidf("%s inside it: %s", name, invalid.Reason)
			}
			return nil, err
		}
		results[name] = c
		for _, m := range c.members[1:] {
			if other := results[m.name]; other == nil || !other.has(name) {
				owned[m.name] = true
			}
		}
	}
	tops := slices.DeleteFunc(slices.Clone(candidates), func(n string) bool { return owned[n] })
	if len(tops) > 1 {
		return nil, invalidf("%d primaries inside, where one is expected: %s and %s", len(tops), tops[0], tops[1])
	}
	if len(tops) == 0 {
		tops = candidates
	}
	return results[tops[0]], nil
}

// hiddenInside is the name gate inside archives: what systems leave there.
func hiddenInside(name string) bool {
	for elem := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(elem, ".") || strings.EqualFold(elem, "__MACOSX") {
			return true
		}
	}
	return false
}
