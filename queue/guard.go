package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"simdrop/internal/crash"
	"simdrop/internal/durable"
)

// The queue's files in the state folder.
const (
	fileName   = "queue.db"
	markerName = "queue.id"
)

// Loss says that the queue that was used before is no more, and a new one was made.
type Loss struct {
	Reason string // what was wrong, for people
	Aside  string // where the damaged file lies now, empty when there is none
}

// OpenChecked opens the queue in dir, as Open does, after probe has examined it.
//
// Beside the database lies its birth marker, queue.id, which holds the ID that is
// also in the database. A database that is damaged, gone, or not the marker's own
// is a loss: what is there is set aside, never deleted, and a new queue is made,
// for which Lost says why until MarkLost is called. Neither marker nor database is
// a first run, or a lost state folder, which cannot be told apart.
func OpenChecked(ctx context.Context, dir string, probe Prober) (*Queue, *Loss, error) {
	path := filepath.Join(dir, fileName)
	marker, err := readMarker(dir)
	if err != nil {
		return nil, nil, err
	}
	f, err := probe(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	switch f.Condition {
	case InUse:
		return nil, nil, ErrLocked
	case TooNew:
		return nil, nil, &NewerError{Has: f.Schema}
	case Unreadable:
		return nil, nil, fmt.Errorf("read the queue: %s", f.Reason)
	}
	loss, err := lose(dir, marker, f)
	if err != nil {
		return nil, nil, fmt.Errorf("set the damaged queue aside: %w", err)
	}
	q, err := open(dir, loss)
	if err != nil {
		return nil, nil, err
	}
	if q.id != marker {
		crash.Point(crash.BeforeMarker)
		if err := writeMarker(dir, q.id); err != nil {
			return nil, nil, errors.Join(err, q.Close())
		}
	}
	return q, loss, nil
}

// lose sets aside what is not the queue that the marker names. It returns nil when
// nothing is lost.
func lose(dir, marker string, f Finding) (*Loss, error) {
	var reason string
	switch {
	case f.Condition == Damaged:
		reason = "the queue is damaged: " + f.Reason
	case marker == "":
		return nil, nil
	case f.Condition == Absent:
		return &Loss{Reason: "the queue is gone"}, nil
	case f.ID != marker:
		reason = "the queue is not the one that was used before"
	default:
		return nil, nil
	}
	if marker == "" { // a crash after the rename must not look like a first run
		if err := writeMarker(dir, rand.Text()); err != nil {
			return nil, err
		}
	}
	aside, err := setAside(dir)
	crash.Point(crash.SetAside)
	return &Loss{Reason: reason, Aside: aside}, err
}

// setAside renames the database to a name that nothing has.
func setAside(dir string) (string, error) {
	from := filepath.Join(dir, fileName)
	name := from + ".damaged-" + time.Now().UTC().Format("20060102T150405Z")
	for to, n := name, 2; ; to, n = fmt.Sprintf("%s-%d", name, n), n+1 {
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.Rename(from, to); err != nil {
			return "", err
		}
		return to, durable.SyncDir(dir)
	}
}

// readMarker returns the ID in the birth marker, empty when there is none that
// could be one.
func readMarker(dir string) (string, error) {
	path := filepath.Join(dir, markerName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	const most = 1 << 10
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return "", err
	}
	b, err := os.ReadFile(path)
	id := strings.TrimSpace(string(b))
	if len(id) != len(rand.Text()) || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", err
	}
	return id, err
}

func writeMarker(dir, id string) error {
	if err := durable.WriteFile(filepath.Join(dir, markerName), []byte(id+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the queue's birth marker: %w", err)
	}
	return nil
}
