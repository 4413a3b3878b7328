package bundle

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"unicode/utf8"

	"simdrop/internal/durable"
)

const (
	manifestName = "manifest.json"
	filesDir     = "files"

	manifestSchema = 1
	manifestMax    = 64 << 20 // bytes; a bundle of 10,000 files needs about 5 MB
)

// manifest is manifest.json.
type manifest struct {
	Schema int `json:"schema"`
	*Bundle
}

// Load opens a finished freeze. A folder without a manifest gives an error that
// is fs.ErrNotExist; a manifest that contradicts itself or the files beside it is
// an error too. Sizes are compared, contents are not read.
func Load(dir string) (*Bundle, error) {
	b, err := readManifest(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("load frozen bundle: %w", err)
	}
	b.Dir = dir
	for _, f := range b.Files {
		info, err := os.Lstat(b.Path(f))
		if err != nil {
			return nil, fmt.Errorf("load frozen bundle: %w", err)
		}
		if !info.Mode().IsRegular() || info.Size() != f.Size {
			return nil, fmt.Errorf("load frozen bundle: %s is not the file that was frozen", f.Place)
		}
	}
	return b, nil
}

func readManifest(path string) (*Bundle, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, manifestMax+1))
	if err != nil {
		return nil, err
	}
	if len(data) > manifestMax {
		return nil, errors.New("manifest is larger than 64 MiB")
	}
	m := manifest{Bundle: new(Bundle)}
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if m.Schema != manifestSchema {
		return nil, fmt.Errorf("manifest: schema %d, want %d", m.Schema, manifestSchema)
	}
	if err := m.Bundle.check(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return m.Bundle, nil
}

func (b *Bundle) write(dir string) error {
	data, err := json.MarshalIndent(manifest{manifestSchema, b}, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, manifestName), append(data, '\n'), 0o600)
}

// check says whether b can be a bundle at all.
func (b *Bundle) check() error {
	if len(b.Files) == 0 {
		return errors.New("no files")
	}
	var sum int64
	for i, f := range b.Files {
		if err := checkPlace(f.Place); err != nil {
			return err
		}
		if i > 0 && b.Files[i-1].Place >= f.Place {
			return fmt.Errorf("%q: not in the order of places", f.Place)
		}
		if f.Size < 0 || f.SourceSize < 0 || f.Size > math.MaxInt64-sum {
			return fmt.Errorf("%q: impossible size", f.Place)
		}
		sum += f.Size
		if !isSHA256(f.SHA256) || !isSHA256(f.SourceSHA256) {
			return fmt.Errorf("%q: not a SHA-256", f.Place)
		}
	}
	if _, ok := b.File(b.Primary); !ok {
		return fmt.Errorf("primary %q is not among the files", b.Primary)
	}
	return nil
}

// checkPlace refuses what is not a clean slash path that stays below its root on
// this system and survives JSON.
func checkPlace(place string) error {
	if !fs.ValidPath(place) || place == "." || len(place) > 4096 {
		return fmt.Errorf("%q: not a clean relative path", place)
	}
	if !utf8.ValidString(place) {
		return fmt.Errorf("%q: the name is not valid UTF-8", place)
	}
	if _, err := filepath.Localize(place); err != nil {
		return fmt.Errorf("%q: not a path on this system", place)
	}
	return nil
}

func isSHA256(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 32
}
