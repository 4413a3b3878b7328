package service

import (
	"context"
	"log/slog"
	"strings"

	"golang.org/x/sys/windows/svc/eventlog"
)

// The numbers of our events. EventCreate.exe, which gives their texts, knows 1 to 1000.
const (
	eventStarted = 1
	eventStopped = 2
	eventError   = 3
)

// events writes to the Windows Event Log, where administrators look. A machine that
// refuses is no reason to stop working.
type events struct{ log *eventlog.Log }

func openEvents(source string) *events {
	l, err := eventlog.Open(source)
	if err != nil {
		return &events{}
	}
	return &events{l}
}

func (e *events) info(id uint32, text string) {
	if e.log != nil {
		e.log.Info(id, text)
	}
}

func (e *events) error(text string) {
	if e.log != nil {
		e.log.Error(eventError, text)
	}
}

func (e *events) close() {
	if e.log != nil {
		e.log.Close()
	}
}

// eventHandler passes records on, and errors to the Event Log as well.
type eventHandler struct {
	slog.Handler
	events *events
}

func (h eventHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		var b strings.Builder
		b.WriteString(r.Message)
		r.Attrs(func(a slog.Attr) bool {
			b.WriteString(" " + a.String())
			return true
		})
		h.events.error(b.String())
	}
	return h.Handler.Handle(ctx, r)
}

func (h eventHandler) WithAttrs(as []slog.Attr) slog.Handler {
	return eventHandler{h.Handler.WithAttrs(as), h.events}
}

func (h eventHandler) WithGroup(name string) slog.Handler {
	return eventHandler{h.Handler.WithGroup(name), h.events}
}
