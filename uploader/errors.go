package uploader

import (
	"fmt"
	"time"
)

// Class is what an error means for the job, decided once where the fact is known.
type Class int

// The classes. See the table in the package's README section of ARCHITECTURE.md.
const (
	// Ambiguous: the provider may or may not have accepted the submission:
	// timeouts, cut connections, every 5xx, 408, 409 and 3xx, answers that
	// cannot be read. On a poll or a fetch it is simply tried again.
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
)

// Error is the one error type of providers.
type Error struct {
	Provider string // configured name
	Op       string // "submit", "poll", "list", "fetch"
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
