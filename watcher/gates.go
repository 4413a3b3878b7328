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

// Proof says what a format can prove about the end of a file.
type Proof struct {
	State  ProofState
	Reason string // lower case, for people
}

// ProofState is the strength of a Proof.
type ProofState int

// The states of proof.
const (
	Unproved   ProofState = iota // the format cannot say: only a longer quiet time helps
	Proved                       // the file is whole
	Suspicious                   // nothing wrong, but a sign that more may come
	NotWhole                     // the file is not finished, or broken
)

// writer is whether somebody has a file open for writing.
type writer int

const (
	writerUnknown writer = iota // the file system cannot tell
	writerNone
	writerBusy
)
