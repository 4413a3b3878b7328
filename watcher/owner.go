package watcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	ownerFile    = "owner.json"
	takeoverFile = "takeover"
	// heartbeat is how often an owner says that it lives.
	heartbeat = 30 * time.Second
	// ownerGone is how long a heart has not beaten when its owner counts as gone.
	// It is measured on our own monotonic clock.
	ownerGone = 15 * time.Minute
)

// Owner is the daemon that a root belongs to, as it writes itself into the root.
type Owner struct {
	Host     string `json:"host"`
	Instance string `json:"instance"` // random, one for each state folder
	Counter  uint64 `json:"counter"`  // raised at every heartbeat
}

// StandbyError says that another daemon owns the root.
type StandbyError struct{ Owner Owner }

func (e *StandbyError) Error() string {
	if e.Owner.Host == "" {
		return "another daemon owns the folder"
	}
	return "the daemon on " + e.Owner.Host + " owns the folder"
}

// parseOwner reads an owner file, which may be anything.
func parseOwner(r io.Reader) (Owner, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostMarker))
	if err != nil {
		return Owner{}, err
	}
	var o Owner
	if err := json.Unmarshal(data, &o); err != nil {
		return Owner{}, fmt.Errorf("the owner file is damaged: %w", err)
	}
	if o.Instance == "" || len(o.Instance) > 256 || len(o.Host) > 256 {
		return Owner{}, errors.New("the owner file is damaged: it names nobody")
	}
	return o, nil
}

// ownership keeps the owner file of one root. Others are judged by whether their
// counter moves while we look, never by a time they wrote.
type ownership struct {
	dir  string // the marker folder
	self Owner

	last  Owner     // another owner as seen last
	since time.Time // since when its counter stands still
	wrote time.Time // when our counter was raised last
}

func newOwnership(root, instance string) *ownership {
	host, _ := os.Hostname()
	return &ownership{dir: filepath.Join(root, MarkerFolder), self: Owner{Host: host, Instance: instance}}
}

func (o *ownership) path() string { return filepath.Join(o.dir, ownerFile) }

// read tells who owns the root. A file that cannot be understood is another's:
// its writer died between creating and writing it.
func (o *ownership) read() (Owner, error) {
	f, err := os.OpenFile(o.path(), os.O_RDONLY|openFlags, 0)
	if err != nil {
		return Owner{}, err
	}
	defer f.Close()
	who, err := parseOwner(f)
	if err != nil {
		return Owner{}, nil
	}
	return who, nil
}

// beat claims an unowned root, keeps up our ownership, or returns a
// *StandbyError.
func (o *ownership) beat(now time.Time) error {
	who, err := o.read()
	if errors.Is(err, fs.ErrNotExist) {
		if err = createJSON(o.path(), o.self); !errors.Is(err, fs.ErrExist) {
			return err
		}
		who, err = o.read()
	}
	if err != nil {
		return err
	}
	if who.Instance != o.self.Instance {
		if who != o.last || o.since.IsZero() {
			o.last, o.since = who, now
		}
		return &StandbyError{who}
	}
	if !o.wrote.IsZero() && now.Sub(o.wrote) < heartbeat/2 {
		return nil
	}
	o.self.Counter = max(o.self.Counter, who.Counter) + 1
	o.wrote = now
	return replaceJSON(o.path(), o.self)
}

// gone says that the other owner has not been heard of for so long that its
// root may be taken.
func (o *ownership) gone(now time.Time) bool {
	return !o.since.IsZero() && now.Sub(o.since) >= ownerGone
}

// take makes the root ours and returns whose it was. Several daemons that try
// at once are put in a row by a file that only one can create.
func (o *ownership) take() (Owner, error) {
	lock := filepath.Join(o.dir, takeoverFile)
	f, err := os.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return Owner{}, fmt.Errorf("another daemon is taking the folder over just now; if none is, remove %s", lock)
	} else if err != nil {
		return Owner{}, fmt.Errorf("take over: %w", err)
	}
	defer os.Remove(lock)
	f.Close()
	who, err := o.read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Owner{}, fmt.Errorf("take over: %w", err)
	}
	o.self.Counter = who.Counter + 1
	if err := replaceJSON(o.path(), o.self); err != nil {
		return Owner{}, fmt.Errorf("take over: %w", err)
	}
	o.since = time.Time{}
	return who, nil
}
