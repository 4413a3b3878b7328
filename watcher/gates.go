package watcher

import "time"

// Verdict is what a gate says.
type Verdict string

// The verdicts. Unknown passes, but lengthens the quiet time.
const (
	Pass    Verdict = "pass"
	Wait    Verdict = "wait"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// The gates, in the order in which they open. The sixth, "same bytes", belongs
// to whoever copies the files.
const (
	GateName     = "name"
	GateQuiet    = "quiet"
	GateWriter   = "no writer"
	GateWhole    = "whole"
	GateComplete = "complete"
)

// Gate is one gate's verdict on a file.
type Gate struct {
	Name    string
	Verdict Verdict
	Why     string    // one lower-case phrase
	Until   time.Time // for Wait: the earliest time at which it can open; else zero
}

// writer is whether somebody has a file open for writing.
type writer int

const (
	writerUnknown writer = iota // the file system cannot tell
	writerNone
	writerBusy
)
