package usd

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// printer gathers text in one buffer and hands it on when it is full.
type printer struct {
	ctx context.Context
	w   io.Writer
	buf []byte
	err error
}

const full = 64 << 10

func newPrinter(ctx context.Context, w io.Writer) *printer {
	return &printer{ctx: ctx, w: w, buf: make([]byte, 0, full+1<<10)}
}

func (p *printer) finish() error {
	p.flush()
	return p.err
}

func (p *printer) flush() {
	if p.err == nil {
		p.err = p.ctx.Err()
	}
	if p.err == nil {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
}

// room makes sure that a few numbers fit without growing the buffer.
func (p *printer) room() {
	if len(p.buf) >= full {
		p.flush()
	}
}

func (p *printer) text(s string) {
	p.room()
	p.buf = append(p.buf, s...)
}

func (p *printer) indent(depth int) {
	for range depth {
		p.text("    ")
	}
}

// quote prints a string so that any text survives: quotes, line ends, control
// characters and broken UTF-8 are escaped.
func (p *printer) quote(s string) {
	b := append(p.buf, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r < ' ' || r == 0x7f || (r == utf8.RuneError && n == 1):
			b = append(b, '\\', 'x', hex[s[i]>>4], hex[s[i]&15])
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	p.buf = append(b, '"')
	p.room()
}

const hex = "0123456789abcdef"

func (p *printer) float(f float32) {
	if f == 0 {
		p.buf = append(p.buf, '0')
		return
	}
	p.buf = strconv.AppendFloat(p.buf, float64(f), 'g', -1, 32)
}

func (p *printer) tuple(v ...float32) {
	p.buf = append(p.buf, '(')
	for i, f := range v {
		if i > 0 {
			p.buf = append(p.buf, ',', ' ')
		}
		p.float(f)
	}
	p.buf = append(p.buf, ')')
}

// tuples prints an array of tuples, width numbers each.
func (p *printer) tuples(v []float32, width int) {
	p.text("[")
	for i := 0; i+width <= len(v); i += width {
		p.room()
		if i > 0 {
			p.buf = append(p.buf, ',', ' ')
		}
		p.tuple(v[i : i+width]...)
	}
	p.text("]")
}

func ints[T int32 | uint32](p *printer, v []T) {
	p.text("[")
	for i, n := range v {
		p.room()
		if i > 0 {
			p.buf = append(p.buf, ',', ' ')
		}
		p.buf = strconv.AppendInt(p.buf, int64(n), 10)
	}
	p.text("]")
}

func (p *printer) value(v Value, depth int) {
	p.room()
	switch v := v.(type) {
	case Bool:
		p.buf = strconv.AppendBool(p.buf, bool(v))
	case Int:
		p.buf = strconv.AppendInt(p.buf, int64(v), 10)
	case Float:
		p.float(float32(v))
	case Double:
		p.buf = strconv.AppendFloat(p.buf, float64(v), 'g', -1, 64)
	case String:
		p.quote(string(v))
	case Token:
		p.quote(string(v))
	case Asset:
		p.text("@")
		p.text(string(v))
		p.text("@")
	case Vec2:
		p.tuple(v[:]...)
	case Vec3:
		p.tuple(v[:]...)
	case Vec4:
		p.tuple(v[:]...)
	case Quat:
		p.tuple(v[:]...)
	case Ints:
		ints(p, v)
	case Indices:
		ints(p, v)
	case Tokens:
		p.tokens(v)
	case Vec2s:
		p.tuples(v, 2)
	case Vec3s:
		p.tuples(v, 3)
	case Dict:
		p.dict(v, depth)
	default:
		p.err = fmt.Errorf("usd: no text form for %T", v)
	}
}

func (p *printer) tokens(v []string) {
	p.text("[")
	for i, t := range v {
		if i > 0 {
			p.text(", ")
		}
		p.quote(t)
	}
	p.text("]")
}

func (p *printer) dict(d Dict, depth int) {
	p.text("{\n")
	for _, e := range d {
		p.indent(depth + 1)
		p.text(string(e.Value.Kind()))
		p.text(" ")
		p.text(e.Name)
		p.text(" = ")
		p.value(e.Value, depth+1)
		p.text("\n")
	}
	p.indent(depth)
	p.text("}")
}
