package cli

import (
	"context"
	"io"
	"log/slog"

	"github.com/lmittmann/tint"

	"simdrop/internal/config"
	"simdrop/internal/redact"
	"simdrop/internal/service"
)

// logger makes the logger that the configuration asks for. close is never nil.
func (a *app) logger(c config.Log) (log *slog.Logger, close func() error, err error) {
	w, close, err := a.logTo(c.File)
	return slog.New(redact.Handler(a.logHandler(c, w))), close, err
}

// serviceLogger is logger for the daemon: where nobody keeps what goes to stderr,
// there is a file; errors also go where the service's manager keeps its own log.
func (a *app) serviceLogger(c config.Log, by *service.Supervisor) (log *slog.Logger, close func() error, err error) {
	if dir := config.LogDir(a.env); c.File == "" && by.Background != "" && dir != "" {
		c.File = service.LogPath(dir, by.Background)
	}
	w, close, err := a.logTo(c.File)
	return slog.New(redact.Handler(by.Logs(a.logHandler(c, w)))), close, err
}

// logTo opens the log's file, or is stderr where there is none.
func (a *app) logTo(file string) (io.Writer, func() error, error) {
	if file == "" {
		return a.stderr, func() error { return nil }, nil
	}
	f, err := service.OpenLog(file)
	if err != nil {
		return a.stderr, func() error { return nil }, err
	}
	return f, f.Close, nil
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
