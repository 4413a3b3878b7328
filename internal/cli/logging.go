package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/lmittmann/tint"

	"simdrop/internal/config"
	"simdrop/internal/redact"
)

// logger makes the logger that the configuration asks for. close is never nil.
func (a *app) logger(c config.Log) (log *slog.Logger, close func() error, err error) {
	w, close := a.stderr, func() error { return nil }
	if c.File != "" {
		if err := os.MkdirAll(filepath.Dir(c.File), 0o700); err != nil {
			return nil, close, fmt.Errorf("open the log: %w", err)
		}
		f, err := os.OpenFile(c.File, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, close, fmt.Errorf("open the log: %w", err)
		}
		w, close = f, f.Close
	}
	return slog.New(redact.Handler(a.logHandler(c, w))), close, nil
}

// logHandler decides how w is written to: JSON where asked for, colours on a
// terminal, priorities for the journal, plain text elsewhere.
func (a *app) logHandler(c config.Log, w io.Writer) slog.Handler {
	o := &slog.HandlerOptions{Level: levelOf(c.Level)}
	switch {
	case c.Format == "json":
		return slog.NewJSONHandler(w, o)
	case c.Format == "text":
		return slog.NewTextHandler(w, o)
	}
	if _, tty := terminal(w); tty {
		return tint.NewTextHandler(w, &tint.Options{Level: o.Level, TimeFormat: "15:04:05", NoColor: !a.coloured(w)})
	}
	if stream, _ := a.env("JOURNAL_STREAM"); isStream(w, stream) {
		return newJournal(w, o)
	}
	return slog.NewTextHandler(w, o)
}

func levelOf(s string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(s)); err != nil {
		return slog.LevelInfo // the configuration was checked
	}
	return l
}

// journal writes lines that begin with their priority, as systemd's journal reads
// them from a service's output (sd-daemon(3)). The journal has its own clock.
type journal struct{ levels [4]slog.Handler }

func newJournal(w io.Writer, o *slog.HandlerOptions) slog.Handler {
	plain := *o
	plain.ReplaceAttr = func(groups []string, at slog.Attr) slog.Attr {
		if len(groups) == 0 && (at.Key == slog.TimeKey || at.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return at
	}
	var j journal
	for i, priority := range []string{"<7>", "<6>", "<4>", "<3>"} {
		j.levels[i] = slog.NewTextHandler(prefixed{w, priority}, &plain)
	}
	return j
}

// prefixed puts a prefix before every write; a handler writes a record at once.
type prefixed struct {
	w      io.Writer
	prefix string
}

func (p prefixed) Write(b []byte) (int, error) {
	if _, err := io.WriteString(p.w, p.prefix+string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (j journal) of(l slog.Level) slog.Handler {
	switch {
	case l < slog.LevelInfo:
		return j.levels[0]
	case l < slog.LevelWarn:
		return j.levels[1]
	case l < slog.LevelError:
		return j.levels[2]
	}
	return j.levels[3]
}

func (j journal) Enabled(ctx context.Context, l slog.Level) bool { return j.of(l).Enabled(ctx, l) }

func (j journal) Handle(ctx context.Context, r slog.Record) error {
	return j.of(r.Level).Handle(ctx, r)
}

func (j journal) WithAttrs(as []slog.Attr) slog.Handler {
	for i, h := range j.levels {
		j.levels[i] = h.WithAttrs(as)
	}
	return j
}

func (j journal) WithGroup(name string) slog.Handler {
	for i, h := range j.levels {
		j.levels[i] = h.WithGroup(name)
	}
	return j
}
