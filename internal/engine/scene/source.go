package scene

import (
	"fmt"
	"io"
)

// InputError is a problem of the asset itself, told so that an artist
// understands it. Every other error of a reader is ours or the disk's.
type InputError struct{ Reason string }

func (e *InputError) Error() string { return e.Reason }

// Refuse makes an InputError with a formatted reason.
func Refuse(format string, args ...any) error {
	return &InputError{Reason: fmt.Sprintf(format, args...)}
}

// Source is what a reader reads: the primary's bytes, and its companions by name.
type Source struct {
	// Name is the primary's base name, for messages.
	Name string
	// Size is the primary's length in bytes.
	Size int64
	// Reader gives the primary from its start.
	Reader io.Reader
	// Companions finds the files the primary refers to; nil when there are none.
	Companions Companions
	Limits     Limits
}

// Companions finds files by the names an asset calls them.
type Companions interface {
	// ReadFile gives the content of the file that the slash path name, relative
	// to the primary's folder, refers to. It fails with fs.ErrNotExist when there
	// is none and with an InputError when the file is beyond the limits.
	ReadFile(name string) ([]byte, error)
}

// Limits bound what one asset may be. A zero field means its default.
type Limits struct {
	PrimaryBytes   int64 // of the primary, unpacked; 1 GiB
	CompanionBytes int64 // of all companions together, unpacked; 1 GiB
	Vertices       int   // of all parts together; 20 million
	Triangles      int   // of all parts together; 20 million
	Parts          int   // 100,000
	ZipEntries     int   // 10,000
	ZipRatio       int64 // unpacked to packed bytes, of what is larger than 64 MiB; 200
}

// WithDefaults gives the limits with every zero field replaced by its default.
func (l Limits) WithDefaults() Limits {
	setDefault(&l.PrimaryBytes, 1<<30)
	setDefault(&l.CompanionBytes, 1<<30)
	setDefault(&l.Vertices, 20_000_000)
	setDefault(&l.Triangles, 20_000_000)
	setDefault(&l.Parts, 100_000)
	setDefault(&l.ZipEntries, 10_000)
	setDefault(&l.ZipRatio, 200)
	return l
}

func setDefault[T int | int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// ReadPrimary reads the whole primary, for formats that need it in one piece.
func (s Source) ReadPrimary() ([]byte, error) {
	limit := s.Limits.WithDefaults().PrimaryBytes
	if s.Size > limit {
		return nil, tooLarge(s.Name, s.Size, limit)
	}
	data := make([]byte, 0, max(s.Size, 0)+1) // one more, to see the end without growing
	r := io.LimitReader(s.Reader, limit+1)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > limit {
			return nil, tooLarge(s.Name, int64(len(data)), limit)
		}
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.Name, err)
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// CheckSize refuses a primary beyond the limit, before anything is read.
func (s Source) CheckSize() error {
	if limit := s.Limits.WithDefaults().PrimaryBytes; s.Size > limit {
		return tooLarge(s.Name, s.Size, limit)
	}
	return nil
}

func tooLarge(name string, size, limit int64) error {
	return Refuse("%s is too large for the local engine: %d MB, the limit is %d MB", name, size>>20, limit>>20)
}
