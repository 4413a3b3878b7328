package mjcf

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// xml gathers indented elements. Attributes come in pairs of name and value.
type xml struct {
	buf   []byte
	depth int
}

func (x *xml) line(format string, args ...any) {
	x.buf = append(x.buf, strings.Repeat("  ", x.depth)...)
	x.buf = fmt.Appendf(x.buf, format, args...)
	x.buf = append(x.buf, '\n')
}

func (x *xml) open(name string, attrs ...string) {
	x.line("<%s%s>", name, pairs(attrs))
	x.depth++
}

func (x *xml) leaf(name string, attrs ...string) { x.line("<%s%s/>", name, pairs(attrs)) }

func (x *xml) shut(name string) {
	x.depth--
	x.line("</%s>", name)
}

// escape guards values; names are snake_case, but labels come from outside.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func pairs(attrs []string) string {
	var s strings.Builder
	for i := 0; i+1 < len(attrs); i += 2 {
		fmt.Fprintf(&s, ` %s="%s"`, attrs[i], escape.Replace(attrs[i+1]))
	}
	return s.String()
}

func nums(v ...float64) string {
	var b []byte
	for i, f := range v {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendFloat(b, f+0, 'g', -1, 64)
	}
	return string(b)
}

// short rounds a display value to four decimals within 0 to 1.
func short(f float64) float64 {
	if !(f > 0) {
		return 0
	}
	return math.Round(min(f, 1)*1e4) / 1e4
}

// gamma turns a linear colour into sRGB, which MuJoCo's renderer works in.
func gamma(f float64) float64 {
	if f <= 0.0031308 {
		return short(12.92 * f)
	}
	return short(1.055*math.Pow(f, 1/2.4) - 0.055)
}
