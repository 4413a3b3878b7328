package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a secret shows instead of itself.
const Redacted = "[redacted]"

// shown is Redacted, or nothing where there is no secret: whether a key is set is
// worth seeing.
func (s Secret) shown() string {
	if s == "" {
		return ""
	}
	return Redacted
}

// Reveal returns the secret itself, for the one place that sends it.
func (s Secret) Reveal() string { return string(s) }

// String prints [redacted].
func (s Secret) String() string { return s.shown() }

// GoString prints [redacted] for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("%q", s.shown()) }

// Format prints [redacted] for every verb: %x and %d would not ask String.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.shown()) }

// MarshalText prints [redacted] in encoders that ask for text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.shown()), nil }

// MarshalJSON prints [redacted].
func (s Secret) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", s.shown()), nil }

// MarshalYAML prints [redacted].
func (s Secret) MarshalYAML() (any, error) { return s.shown(), nil }

// LogValue prints [redacted] in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.shown()) }
