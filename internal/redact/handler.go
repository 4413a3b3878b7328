package redact

import (
	"context"
	"fmt"
	"log/slog"
)

// Handler returns a handler that hides secrets in messages and attributes before
// h sees them: strings, errors, Stringers, and every other value whose printed
// form holds one; in groups too.
func Handler(h slog.Handler) slog.Handler { return handler{h} }

type handler struct{ next slog.Handler }

func (h handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Redact(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h handler) WithAttrs(as []slog.Attr) slog.Handler {
	return handler{h.next.WithAttrs(attrs(as))}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.next.WithGroup(name)} }

func attrs(as []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(as))
	for i, a := range as {
		clean[i] = attr(a)
	}
	return clean
}

func attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		v = slog.StringValue(Redact(v.String()))
	case slog.KindGroup:
		v = slog.GroupValue(attrs(v.Group())...)
	case slog.KindAny:
		v = anyValue(v)
	}
	return slog.Attr{Key: Redact(a.Key), Value: v}
}

// anyValue keeps a value as it is when nothing in its printed form is secret, so
// that the JSON handler still writes numbers and structures.
func anyValue(v slog.Value) slog.Value {
	switch x := v.Any().(type) {
	case nil:
		return v
	case error:
		return slog.StringValue(Redact(printed(x.Error, x)))
	case fmt.Stringer:
		return slog.StringValue(Redact(printed(x.String, x)))
	case []byte:
		return slog.StringValue(Redact(string(x)))
	default:
		s := fmt.Sprintf("%+v", x)
		if clean := Redact(s); clean != s {
			return slog.StringValue(clean)
		}
		return v
	}
}

// printed calls f, which may panic on a nil pointer inside its interface: a log
// line must not end the program. fmt knows how to print such values.
func printed(f func() string, x any) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprint(x)
		}
	}()
	return f()
}
