// Package result turns a downloaded archive into a folder beside the source:
// checked as hostile data, extracted in a staging folder of the same file system,
// published by a rename, described by a sidecar. The folder appears whole or not
// at all, and what a person made or changed is never touched.
package result

import (
	"encoding/json"
	"errors"
	"time"
)

// The reasons for which a result is not published.
var (
	// ErrEdited: the folder there holds a result of ours that a person changed since.
	ErrEdited = errors.New("the result was edited since simdrop put it there")
	// ErrTaken: every name for the folder belongs to somebody else.
	ErrTaken = errors.New("another folder has the result's name")
	// ErrReadOnly: nobody can write to the disk.
	ErrReadOnly = errors.New("the file system is read-only")
	// ErrBusy: another program keeps the old result from being moved. On Windows
	// whoever has a file in it open does.
	ErrBusy = errors.New("another program has it open")
	// ErrNoCopy: the published result that was to be copied is gone or was edited.
	// Only this says so; a full disk or a folder that cannot be read does not.
	ErrNoCopy = errors.New("the first result is not there as it was published")
	// ErrSuperseded: what a simulation belongs to is not there any more, because it
	// was removed or replaced by a newer result.
	ErrSuperseded = errors.New("the result that it belongs to is not there any more")
)

// ArchiveError says why an archive was refused. Nothing was written.
type ArchiveError struct {
	Entry  string // the offending name, quoted for people; empty for the archive as a whole
	Reason string
	// Damaged says that the archive is truncated or corrupt, so that fetching it
	// again may help; otherwise it is hostile or useless and never will be right.
	Damaged bool
}

func (e *ArchiveError) Error() string {
	if e.Entry == "" {
		return "result archive refused: " + e.Reason
	}
	return "result archive refused: " + e.Entry + ": " + e.Reason
}

// Sidecar is simready.json: enough to rebuild the queue's memory of what was
// paid for, on any machine.
type Sidecar struct {
	Schema     int               `json:"schema"` // 1
	Main       string            `json:"main"`   // place of the main layer in the folder
	Source     FileInfo          `json:"source"` // path relative to the folder that holds the result
	Companions []FileInfo        `json:"companions"`
	Key        string            `json:"key"`
	Provider   string            `json:"provider"`
	Type       string            `json:"type"`
	RemoteID   string            `json:"remote_id"`
	Options    map[string]string `json:"options"`
	Credits    float64           `json:"credits"`
	Submitted  time.Time         `json:"submitted"`
	Completed  time.Time         `json:"completed"`
	Report     json.RawMessage   `json:"report"`          // null when the provider gave none
	Notes      []string          `json:"notes,omitempty"` // what a person should know of the result
	Files      []FileInfo        `json:"files"`           // all of the result but the sidecar itself
	Simdrop    string            `json:"simdrop"`
	// Simulations are those that were added to the result afterwards.
	Simulations []Simulation `json:"simulations,omitempty"`
}

// Simulation describes a simulation of the result, which is a job of its own.
type Simulation struct {
	Scene     string    `json:"scene"`
	Key       string    `json:"key"`
	RemoteID  string    `json:"remote_id"`
	Credits   float64   `json:"credits"`
	Submitted time.Time `json:"submitted"`
	Completed time.Time `json:"completed"`
	Files     []string  `json:"files"` // their places, which Sidecar.Files describes
	Notes     []string  `json:"notes,omitempty"`
}

// FileInfo describes one file.
type FileInfo struct {
	Path   string `json:"path"` // slash path
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}
