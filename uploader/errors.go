package uploader

import (
	"errors"
	"fmt"
	"time"
)

// Class is what an error means for the job, decided once where the fact is known.
type Class int

// The classes. See the table in the package's README section of ARCHITECTURE.md.
const (
	// Ambiguous: the provider may or may not have accepted the submission:
	// timeouts, cut connections, every 5xx, 408, 409 and 3xx, answers that
	// cannot be read. Only a submission can be ambiguous.
	Ambiguous Class = iota
	// NotSent: provably nothing was accepted, because nothing was sent: DNS,
	// connection refused, TLS, or a final 5xx before the first body byte.
	NotSent
	// Refused: a complete, documented refusal of this asset: 400, 413, 415, 422.
	Refused
	// KeyRefused: 401, 403. Concerns every job of the provider.
	KeyRefused
	// NoCredits: 402. Concerns every submission to the provider.
	NoCredits
	// RateLimited: 429. RetryAfter says how long to wait when the server told.
	RateLimited
	// NotReady: 409 on a job: go on polling.
	NotReady
	// Gone: 404 on a job.
	Gone
	// Unavailable: what was asked for does not exist for this job, though the
	// job does: 404 for an MJCF package.
	Unavailable
	// Transient: a question (poll, list, fetch) that got no usable answer:
	// timeouts, cut connections, 5xx. It cost nothing and is asked again.
	Transient
)

var classNames = [...]string{
	Ambiguous: "ambiguous", NotSent: "not sent", Refused: "refused", KeyRefused: "key refused",
	NoCredits: "no credits", RateLimited: "rate limited", NotReady: "not ready", Gone: "gone",
	Unavailable: "unavailable", Transient: "transient",
}

func (c Class) String() string {
	if c < 0 || int(c) >= len(classNames) {
		return fmt.Sprintf("class %d", int(c))
	}
	return classNames[c]
}

// ErrUnproven is what Fetch returns beside the byte count when a body ended
// without anything that shows it is whole: no length, no chunks, just a closed
// connection (RFC 9112, section 6.3). The bytes may be all there are; keep them
// only if every CRC of the archive is right.
var ErrUnproven = errors.New("the server gave no length, so a cut would not show")

// Error is the one error type of providers.
type Error struct {
	Provider string // configured name
	Op       string // "submit", "simulate", "poll", "list", "fetch", "pricing", "account"
	Class    Class
	Status   int           // HTTP status, 0 when there was no answer
	After    time.Duration // what Retry-After asked for, 0 when absent
	Detail   string        // the provider's own text, cleaned of control characters and secrets
	Cause    error
}

func (e *Error) Error() string {
	s := e.Op + " at " + e.Provider
	if e.Status != 0 {
		s += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }
