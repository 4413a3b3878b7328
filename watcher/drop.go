// Package watcher notices drops: it watches a folder, and says of each asset in
// it when it is completely written.
//
// Events are a hint, the scan is the truth. A file that was created, found by a
// scan, there at the start or named by a command goes through the same gates, in
// the same code: name, quiet, no writer, whole, complete. (The sixth, same bytes,
// belongs to whoever copies the files.) The settler that decides is pure: it gets
// observations and times and never touches the disk.
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
	// Stamp identifies what was seen: equal stamps mean that no file changed
	// its size, modification time or file ID.
	Stamp string
	// Settled is when the last gate opened.
	Settled time.Time
}
