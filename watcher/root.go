package watcher

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// MarkerFolder is the folder in a watched root that says whose it is. Its
// absence tells an unmounted share from an emptied one.
const MarkerFolder = ".simdrop"

const (
	markerFile  = "root.json"
	aboutFile   = "README.txt"
	aboutText   = "simdrop watches the folder above. This folder tells it that the right disk is mounted: please leave it here.\n"
	mostMarker  = 64 << 10
	sampleFiles = 32
)

// Identity is what a root is recognised by. The queue remembers it between
// runs; a zero Identity is a root never watched before.
type Identity struct {
	// ID is written in the marker; empty for a root that cannot be written to.
	ID string `json:"id"`
	// FileSystem and Source say what is mounted there.
	FileSystem string `json:"file_system"`
	Source     string `json:"source"`
	// Sample names up to 32 entries of a root without a marker.
	Sample []string `json:"sample,omitempty"`
}

// IsZero says that nothing is remembered.
func (id Identity) IsZero() bool { return id.ID == "" && id.FileSystem == "" }

// OfflineError says that a root cannot be trusted just now: it is missing, does
// not answer, or is not the folder it was.
type OfflineError struct {
	Reason string
	Hint   string
	Err    error // may be nil
}

func (e *OfflineError) Error() string { return e.Reason }
func (e *OfflineError) Unwrap() error { return e.Err }

const (
	hintBack    = "it is watched again by itself as soon as it is back"
	hintConfirm = "mount the right disk; or, if this is the right folder, run: simdrop root confirm "
)

// marker is the content of the marker file.
type marker struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

var (
	errNoMarker = errors.New("no marker")
	errDamaged  = errors.New("the marker is damaged")
)

// parseMarker reads a marker file, which may be anything.
func parseMarker(r io.Reader) (marker, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostMarker))
	if err != nil {
		return marker{}, err
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return marker{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if !validID(m.ID) {
		return marker{}, fmt.Errorf("%w: it has no proper ID", errDamaged)
	}
	return m, nil
}

func validID(id string) bool {
	return len(id) >= 8 && len(id) <= 64 &&
		strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

func readMarker(root string) (marker, error) {
	f, err := os.OpenFile(filepath.Join(root, MarkerFolder, markerFile), os.O_RDONLY|openFlags, 0)
	if isAbsent(err) {
		return marker{}, errNoMarker
	} else if err != nil {
		return marker{}, err
	}
	defer f.Close()
	return parseMarker(f)
}

// makeMarker creates the marker, or reads the one that somebody else created at
// the same time. It never creates the root.
func makeMarker(root string) (marker, error) {
	dir := filepath.Join(root, MarkerFolder)
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return marker{}, err
	}
	m := newMarker()
	err := createJSON(filepath.Join(dir, markerFile), m)
	if errors.Is(err, fs.ErrExist) {
		return readMarker(root)
	} else if err != nil {
		return marker{}, err
	}
	os.WriteFile(filepath.Join(dir, aboutFile), []byte(aboutText), 0o666) // for people only
	return m, nil
}

func newMarker() marker {
	return marker{ID: rand.Text(), Created: time.Now().UTC().Truncate(time.Second)}
}

// createJSON creates a file that must not exist yet.
func createJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// replaceJSON writes a file whole or not at all.
func replaceJSON(path string, v any) error {
	temp := path + "." + rand.Text()[:8] + ".tmp"
	if err := createJSON(temp, v); err != nil {
		return errors.Join(err, dropAbsent(os.Remove(temp)))
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// accept makes whatever lies at root the root from now on. A damaged marker is
// replaced.
func accept(root string, fsys fileSystem) (Identity, error) {
	if _, err := readMarker(root); errors.Is(err, errDamaged) {
		if err := replaceJSON(filepath.Join(root, MarkerFolder, markerFile), newMarker()); err != nil {
			return Identity{}, err
		}
	}
	return identify(root, fsys, Identity{})
}

// identify compares a root with what is remembered of it. For a root that is
// new it makes the marker and returns the identity to remember.
func identify(root string, fsys fileSystem, old Identity) (Identity, error) {
	id := Identity{FileSystem: fsys.Name, Source: fsys.Source}
	m, err := readMarker(root)
	if errors.Is(err, errNoMarker) && old.IsZero() {
		m, err = makeMarker(root)
	}
	switch {
	case err == nil:
		id.ID = m.ID
		return id, sameRoot(root, id, old)
	case old.ID != "" && (errors.Is(err, errNoMarker) || errors.Is(err, errDamaged)):
		return id, strange(root, "the mark in "+MarkerFolder+" that tells the folder is missing or unreadable", err)
	case old.ID != "": // the system's fault, not another folder's: too many open files, a disk that fails
		return id, &OfflineError{Reason: "the mark in " + MarkerFolder + " that tells the folder is unreadable: " + err.Error(), Hint: hintBack, Err: err}
	case readOnly(err) || errors.Is(err, errNoMarker):
		return identifySample(root, id, old)
	}
	if errors.Is(err, errDamaged) {
		return id, strange(root, err.Error(), err)
	}
	return id, &OfflineError{Reason: "the folder cannot be marked: " + err.Error(), Hint: hintBack, Err: err}
}

func sameRoot(root string, id, old Identity) error {
	switch {
	case old.IsZero():
		return nil
	case old.ID != "" && old.ID != id.ID:
		return strange(root, "another folder lies there than the one that was watched", nil)
	case old.FileSystem != id.FileSystem:
		return strange(root, fmt.Sprintf("it lies on %s, and was on %s", id.FileSystem, old.FileSystem), nil)
	}
	return nil
}

// identifySample recognises a root that cannot be written to by some of its
// entries: a root without any of them is another one.
func identifySample(root string, id, old Identity) (Identity, error) {
	if old.IsZero() {
		f, err := os.Open(root)
		if err != nil {
			return id, err
		}
		defer f.Close()
		id.Sample, err = f.Readdirnames(sampleFiles)
		return id, dropEOF(err)
	}
	if err := sameRoot(root, id, old); err != nil {
		return id, err
	}
	for _, name := range old.Sample {
		if _, err := os.Lstat(filepath.Join(root, name)); err == nil {
			return old, nil
		}
	}
	if len(old.Sample) == 0 {
		return old, nil
	}
	return id, strange(root, "nothing is there of what was in the folder", nil)
}

func strange(root, reason string, err error) error {
	return &OfflineError{Reason: reason, Hint: hintConfirm + root, Err: err}
}

func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || isReadOnly(err)
}

func dropEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
