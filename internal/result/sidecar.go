package result

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// placeMax is longer than what an archive may hold: mjcf/ may have been put before.
const placeMax = pathMax + 40

// sidecarMax is the size in bytes beyond which a sidecar is not read.
const sidecarMax = 64 << 20

// ReadSidecar reads the sidecar of the result in dir. Without one the error is
// fs.ErrNotExist. Nothing in it is trusted: places that leave the folder or that
// no system could hold make it invalid.
func ReadSidecar(dir string) (Sidecar, error) {
	s, _, err := readSidecar(dir)
	return s, err
}

// readSidecar also returns the sidecar's digest, by which a result is known again.
func readSidecar(dir string) (Sidecar, string, error) {
	path := filepath.Join(dir, sidecarName)
	if info, err := os.Lstat(path); err != nil {
		return Sidecar{}, "", err
	} else if !info.Mode().IsRegular() {
		return Sidecar{}, "", fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return Sidecar{}, "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, sidecarMax+1))
	if err != nil {
		return Sidecar{}, "", err
	}
	s, err := parseSidecar(data)
	if err != nil {
		return Sidecar{}, "", fmt.Errorf("read %s: %w", path, err)
	}
	return s, digest(data), nil
}

func parseSidecar(data []byte) (Sidecar, error) {
	if len(data) > sidecarMax {
		return Sidecar{}, errors.New("larger than 64 MiB")
	}
	var s Sidecar
	if err := json.Unmarshal(data, &s); err != nil {
		return Sidecar{}, err
	}
	if s.Schema != 1 {
		return Sidecar{}, fmt.Errorf("schema %d, want 1", s.Schema)
	}
	seen := newNames()
	for _, f := range s.Files {
		reason := checkNameUpTo(f.Path, placeMax)
		if reason == "" && (strings.HasSuffix(f.Path, "/") || f.Size < 0 || f.Path == sidecarName) {
			reason = "not a file of the result"
		}
		if reason == "" {
			reason = seen.add(f.Path)
		}
		if reason != "" {
			return Sidecar{}, fmt.Errorf("%s: %s", quote(f.Path), reason)
		}
	}
	if len(s.Files) == 0 || !s.has(s.Main) {
		return Sidecar{}, errors.New("the main layer is not among the files")
	}
	return s, nil
}

func (s *Sidecar) has(place string) bool {
	for _, f := range s.Files {
		if f.Path == place {
			return true
		}
	}
	return false
}

// marshal gives the bytes of simready.json.
func (s Sidecar) marshal() ([]byte, error) {
	s.Schema = 1
	if s.Companions == nil {
		s.Companions = []FileInfo{}
	}
	if s.Options == nil {
		s.Options = map[string]string{}
	}
	if len(s.Report) > 0 && !json.Valid(s.Report) {
		s.Report = nil // it is for information, and must not cost the result
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("write sidecar: %w", err)
	}
	if b.Len() > sidecarMax {
		return nil, fmt.Errorf("write sidecar: larger than 64 MiB")
	}
	return b.Bytes(), nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Find calls fn with every result below root, in the order of their paths, older
// versions included. Folders that cannot be read and sidecars that are not ours
// are passed over: fn is told with their error and an empty sidecar.
// An error of fn ends the walk.
func Find(root string, fn func(dir string, s Sidecar, err error) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == root {
				return err
			}
			return fn(path, Sidecar{}, err)
		}
		if !d.IsDir() {
			return nil
		}
		if d.Name() == stateFolder {
			return fs.SkipDir
		}
		if !isResultName(path) {
			return nil
		}
		s, err := ReadSidecar(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := fn(path, s, err); err != nil {
			return err
		}
		return fs.SkipDir // what lies in a result came from elsewhere
	})
}

// isResultName tells folders that may hold a result, so that a walk over many
// folders opens no file in all the others.
func isResultName(path string) bool {
	parent := filepath.Dir(path)
	return strings.HasSuffix(path, suffix) && filepath.Base(parent) != versionsFolder ||
		filepath.Base(filepath.Dir(parent)) == versionsFolder
}
