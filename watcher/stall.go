package watcher

import (
	"path/filepath"
	"time"
)

const (
	// networkFloor is the least quiet time on network file systems: a writer on
	// another NFS client that does not sync was seen in steps of up to 5.3 s.
	networkFloor = 15 * time.Second
	// quietCap bounds every quiet time, however slow a folder is.
	quietCap = 120 * time.Second
	// stallMemory is how long a folder is remembered as slow.
	stallMemory = time.Hour
	// patienceFactor times the quiet time is how long a file that is not whole
	// may rest before it counts as broken.
	patienceFactor = 12
	patienceFloor  = 2 * time.Second
)

// stall is the longest pause in writing that was seen in a folder.
type stall struct {
	pause time.Duration
	seen  time.Time
}

// stalls knows how slowly each folder is written to.
type stalls map[string]stall

// note records that a file in dir changed after a pause.
func (s stalls) note(dir string, pause time.Duration, now time.Time) {
	old := s[dir]
	if pause < old.pause && now.Sub(old.seen) < stallMemory {
		return
	}
	s[dir] = stall{pause: pause, seen: now}
}

// quiet is the quiet time for a file in dir: twice the longest stall seen
// there, at least base, at most quietCap.
func (s stalls) quiet(path string, base time.Duration, now time.Time) time.Duration {
	dir := filepath.Dir(path)
	st, ok := s[dir]
	if !ok {
		return base
	}
	if now.Sub(st.seen) > stallMemory {
		delete(s, dir)
		return base
	}
	return max(base, min(2*st.pause, quietCap))
}

// patience is how long a file that is not whole may rest unchanged before it
// counts as broken.
func patience(quiet time.Duration) time.Duration {
	return min(max(patienceFactor*quiet, patienceFloor), quietCap)
}
