package uploader

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"simdrop/internal/crash"
	"simdrop/internal/durable"
	"simdrop/internal/result"
)

// partFile is a result on its way into the spool. It outlives a cut connection and
// the process: a note beside it says of which version of which result it is a
// part. The note holds validators and sizes, never an address. What a power cut
// leaves in the file may be wrong all the same; the CRCs of the archive tell, and
// then it is fetched anew.
type partFile struct {
	path   string
	f      *os.File
	remote string // whose result is wanted,
	format string // and of which format
	note   partNote
	size   int64
	began  int64 // size when it was opened, 0 if it could not be gone on with
}

// partNote is stored as JSON beside the part.
type partNote struct {
	RemoteID string `json:"remote_id"`
	Format   string `json:"format"`
	Version
}

var _ Resumable = (*partFile)(nil)

// openPart opens the part of a job's result, or makes an empty one.
func openPart(path, remote string) (*partFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p := &partFile{path: path, f: f, remote: remote}
	raw, err := os.ReadFile(p.notePath())
	if err == nil && json.Unmarshal(raw, &p.note) == nil && p.note.RemoteID == remote && p.resumable() {
		p.size, err = f.Seek(0, 2)
		p.began = p.size
	} else {
		p.note, err = partNote{}, f.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

func (p *partFile) notePath() string { return p.path + ".json" }

// resumable reports whether a later request can ask for the rest.
func (p *partFile) resumable() bool { return p.note.ETag != "" || p.note.Modified != "" }

// Kept implements Resumable.
func (p *partFile) Kept() (int64, Version) {
	if p.note.Format != p.format || !p.resumable() {
		return 0, Version{}
	}
	return p.size, p.note.Version
}

// Begin implements Resumable. A result that has no room is not begun.
func (p *partFile) Begin(v Version) error {
	if err := p.empty(); err != nil {
		return err
	}
	p.began = 0
	p.note = partNote{p.remote, p.format, v}
	raw, err := json.Marshal(p.note)
	if err == nil {
		err = durable.WriteFile(p.notePath(), raw, 0o600)
	}
	if err != nil {
		return err
	}
	return p.room()
}

// spare is what a download leaves free for the queue, which lies on the same disk.
const spare = 1 << 20

// room returns a *result.SpaceError when the rest of the result does not fit.
func (p *partFile) room() error {
	if p.note.Size == 0 {
		return nil
	}
	return result.Room(filepath.Dir(p.path), p.note.Size-p.size+spare)
}

// Write appends.
func (p *partFile) Write(b []byte) (int, error) {
	n, err := p.f.WriteAt(b, p.size)
	p.size += int64(n)
	return n, err
}

func (p *partFile) empty() error {
	p.size = 0
	return p.f.Truncate(0)
}

// whole reports whether nothing is missing any more.
func (p *partFile) whole() bool {
	n, v := p.Kept()
	return n > 0 && n == v.Size
}

// grew reports whether bytes arrived that the next try need not ask for again.
func (p *partFile) grew() bool { return p.resumable() && p.size > p.began }

// finish makes the part the result.
func (p *partFile) finish(path string) error {
	if err := errors.Join(durable.Sync(p.f), p.f.Close()); err != nil {
		return errors.Join(err, p.remove())
	}
	crash.Point(crash.Fetched)
	if err := os.Rename(p.path, path); err != nil {
		return err
	}
	crash.Point(crash.Spooled)
	return p.remove()
}

// remove forgets the part.
func (p *partFile) remove() error { return removePart(p.path) }

func removePart(path string) error {
	var errs []error
	for _, name := range []string{path, path + ".json"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
