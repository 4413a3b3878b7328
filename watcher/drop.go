// Package watcher notices drops: it watches a folder, and says of each asset in
// it when it is completely written.
//
// Events are a hint, the scan is the truth. A file that was created, found by a
// scan, there at the start or named by a command goes through the same gates, in
// the same code: name, quiet, no writer, whole, complete. (The sixth, same bytes,
// belongs to whoever copies the files.) The settler that decides is pure: it gets
// observations and times and never touches the disk.
//
// One goroutine, the loop, owns all state. Around it work a scanner that lists
// folders, a few probers that open files, and one goroutine that drains the
// kernel's events and does nothing else. A Watcher has one root and is used once:
//
//	w, err := watcher.New(watcher.Options{Root: dir, Kinds: []asset.Kind{asset.Models}})
//	go w.Run(ctx)
//	for drop := range w.Drops() { … }
package watcher

import (
	"time"

	"simdrop/internal/asset"
)

// Outcome is what became of a settled drop.
type Outcome int

// The outcomes.
const (
	Ready   Outcome = iota // whole and complete
	Missing                // whole, but companions are missing and nothing arrived for Companions
	Broken                 // it cannot be what its name says, and did not change for Patience
)

func (o Outcome) String() string {
	switch o {
	case Ready:
		return "ready"
	case Missing:
		return "missing"
	case Broken:
		return "broken"
	}
	return "unknown"
}

// Origin is what made the watcher look at a file.
type Origin string

// The origins. All go through the same gates.
const (
	FromEvent   Origin = "event"
	FromScan    Origin = "scan"
	FromCommand Origin = "command"
)

// Drop is an asset that has settled. The same asset is reported again only after
// one of its files changed, or, for Missing, when a companion arrived.
type Drop struct {
	Root    string // the watched root
	Path    string // the primary, absolute
	Outcome Outcome
	Asset   *asset.Asset // nil when Broken
	Err     error        // why it is Broken
	// Existing says that it was there before the first run of this root.
	Existing bool
	// Origin is what made the watcher look at it.
	Origin Origin
	// Stamp identifies what was seen: equal stamps mean that no file changed
	// its size, modification time or file ID.
	Stamp string
	// Mark identifies the primary by its size, modification time and file ID, under
	// whatever name: a file that was renamed or moved keeps it.
	Mark string
	// Settled is when the last gate opened.
	Settled time.Time
}
