// Package providertest is the suite that every provider passes. It knows nothing
// of how a provider is made: it stands on the other side of the network, with
// plain handlers and with raw TCP listeners that cut, stall and lie, and looks
// at what arrives there and at the errors that come back.
//
// Its answers are the ones printed in the provider's documentation, see Dialect.
// Time-outs run in a synctest bubble over in-process connections, so that a minute
// of silence takes none.
package providertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"simdrop/uploader"
)

// Key is the API key that Open must give the provider. It must not show up in any
// error or log, nor at any other server than the API's.
const Key = "rgyd_test_CANARYkeyCANARYkeyCANARYkeyCANARYkey01234"

// canary is the part of Key that would survive a clumsy redaction.
const canary = "CANARYkey"

// Open makes the provider under test with Key as its key, Logger(t) as its log
// and default durations. rt may be nil.
type Open func(t *testing.T, baseURL string, rt http.RoundTripper) (uploader.Provider, error)

// Run runs the suite for a provider that speaks Rigyd's dialect.
func Run(t *testing.T, open Open) { Rigyd().Run(t, open) }

// Run runs the suite.
func (d Dialect) Run(t *testing.T, open Open) {
	s := suite{d, open}
	for name, test := range map[string]func(*testing.T){
		"accepted":       s.accepted,
		"submit status":  s.submitStatus,
		"early answer":   s.earlyAnswer,
		"poll status":    s.pollStatus,
		"fetch status":   s.fetchStatus,
		"retry after":    s.retryAfter,
		"not sent":       s.notSent,
		"cut submission": s.cutSubmission,
		"cut question":   s.cutQuestion,
		"cut result":     s.cutResult,
		"no result":      s.noResult,
		"redirects":      s.redirects,
		"odd answers":    s.oddAnswers,
		"secrets":        s.secrets,
		"cancelled":      s.cancelled,
		"stalls":         s.stalls,
		"bodies":         s.bodies,
	} {
		t.Run(name, test)
	}
}

type suite struct {
	d    Dialect
	open Open
}

func (s suite) provider(t *testing.T, baseURL string, rt http.RoundTripper) uploader.Provider {
	t.Helper()
	p, err := s.open(t, baseURL+s.d.BasePath, rt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return p
}

// payload is the content of the uploaded file: long enough to be cut in the
// middle, in many reads.
var payload = bytes.Repeat([]byte("simdrop payload\n"), 64<<10)

func submission() uploader.Submission {
	return uploader.Submission{
		Filename: "chair_sd-k7q2m4x9ab0.glb",
		Size:     int64(len(payload)),
		Open:     func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil },
	}
}

// wantClass checks that err is an *uploader.Error of a class, and that it keeps the
// key to itself.
func wantClass(t *testing.T, err error, want uploader.Class) *uploader.Error {
	t.Helper()
	var e *uploader.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v (%T), want an *uploader.Error of class %v", err, err, want)
		return &uploader.Error{}
	}
	if e.Class != want {
		t.Errorf("class %v, want %v: %v", e.Class, want, err)
	}
	if e.Op == "" {
		t.Errorf("no operation in %v", err)
	}
	noSecret(t, err)
	return e
}

// noSecret looks for the key in everything that is printed of err and what it wraps.
func noSecret(t *testing.T, err error) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v", err, err, err)
	var e *uploader.Error
	if errors.As(err, &e) {
		text += fmt.Sprintf("%q %v", e.Detail, e.Cause)
	}
	if strings.Contains(text, canary) {
		t.Errorf("the key shows in an error: %s", text)
	}
	if strings.ContainsAny(err.Error(), "\x00\x1b\r\n") {
		t.Errorf("control characters in an error: %q", err)
	}
}

// Logger returns a log that fails the test when the key shows in it.
func Logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(logWatch{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type logWatch struct{ t *testing.T }

func (l logWatch) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(canary)) {
		l.t.Errorf("the key shows in the log: %s", line)
	}
	return len(line), nil
}

func ctx(t *testing.T) context.Context { return t.Context() }
