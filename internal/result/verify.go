package result

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Problem is a difference between a result and its sidecar.
type Problem struct {
	Path   string `json:"path"`   // slash path in the result's folder; of the source, as the sidecar has it
	Reason string `json:"reason"` // lower case, for people
	// Source says that the result is as it was made, but of another state of the
	// source or a companion.
	Source bool `json:"source"`
}

func (p Problem) String() string { return p.Path + ": " + p.Reason }

// Verify compares every file of the result in dir, and the source it was made of,
// with the sidecar. No problems mean that it is whole, unedited and up to date.
// A source that is not there any more is no problem.
func Verify(dir string) ([]Problem, error) { return VerifyOf(dir, filepath.Dir(dir)) }

// VerifyOf is Verify for a result whose source lies in another folder, as that of
// a mirrored tree does.
func VerifyOf(dir, sourceDir string) ([]Problem, error) {
	s, err := ReadSidecar(dir)
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", filepath.Base(dir), err)
	}
	problems, err := compare(dir, s)
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", filepath.Base(dir), err)
	}
	for _, f := range append([]FileInfo{s.Source}, s.Companions...) {
		if reason := compareSource(sourceDir, f); reason != "" {
			problems = append(problems, Problem{Path: f.Path, Reason: reason, Source: true})
		}
	}
	return problems, nil
}

// compare compares the files in dir with the sidecar's.
func compare(dir string, s Sidecar) ([]Problem, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	problems, err := extras(root, s)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Files {
		if reason := compareFile(root, f); reason != "" {
			problems = append(problems, Problem{Path: f.Path, Reason: reason})
		}
	}
	return problems, nil
}

// extras names what lies in a result and was not put there by us.
func extras(root *os.Root, s Sidecar) ([]Problem, error) {
	known := make(map[string]bool, len(s.Files)+1)
	known[sidecarName] = true
	for _, f := range s.Files {
		known[f.Path] = true
	}
	var problems []Problem
	err := fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == "." || known[path]:
		case clutter(d.Name()):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir():
			problems = append(problems, Problem{Path: path, Reason: "it was added"})
		}
		return nil
	})
	return problems, err
}

// clutter is what systems and viewers put into any folder they look at.
func clutter(name string) bool {
	return slices.Contains([]string{".DS_Store", "Thumbs.db", "desktop.ini", "Desktop.ini", ".thumbs", "@eaDir"}, name) ||
		strings.HasPrefix(name, "._")
}

func compareFile(root *os.Root, f FileInfo) string {
	name := filepath.FromSlash(f.Path)
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is missing"
	case err != nil:
		return err.Error()
	case !info.Mode().IsRegular():
		return "it is not a regular file any more"
	case info.Size() != f.Size:
		return fmt.Sprintf("it has %d bytes instead of %d", info.Size(), f.Size)
	}
	file, err := root.Open(name)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	return compareContents(file, f)
}

func compareContents(file io.Reader, f FileInfo) string {
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, struct{ io.Reader }{file}, make([]byte, copyBuffer)); err != nil {
		return err.Error()
	}
	if hex.EncodeToString(sum.Sum(nil)) != strings.ToLower(f.SHA256) {
		return "its contents changed"
	}
	return ""
}

func compareSource(folder string, f FileInfo) string {
	path := filepath.FromSlash(f.Path)
	if f.Path == "" {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	if info.Size() != f.Size {
		return "the source changed since"
	}
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if reason := compareContents(file, f); reason != "" {
		return "the source changed since"
	}
	return ""
}

// print is what a look at a result shows without reading it: another print means
// that somebody wrote in it.
func fingerprint(dir string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != dir && clutter(d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		fmt.Fprintf(h, "%q %v %d %d\n", rel, info.Mode(), info.Size(), info.ModTime().UnixNano())
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
