package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes foreign text fit for a terminal, a log and a web page: escape
// sequences and control characters are removed, runs of white space become one
// space, secrets are hidden, and what is longer than MaxRunes is cut.
func Text(s string, secrets ...string) string {
	s = Known(plain(s), secrets...)
	return cut(s, MaxRunes)
}

// plain drops what is not printed. A secret interrupted by such characters
// comes together here, before it is looked for.
func plain(s string) string {
	var b strings.Builder
	space := false
	for i := 0; i < len(s); {
		if n := escape(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case unicode.IsSpace(r):
			space = true
		case r == utf8.RuneError && n == 1, !unicode.IsGraphic(r):
			// Control and format characters, bidirectional overrides among them.
		default:
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escape returns the length of the terminal escape sequence (ECMA-48) that s
// begins with, 0 when there is none.
func escape(s string) int {
	intro, n := introducer(s)
	switch intro {
	case '[': // CSI: parameters, then one final byte from @ to ~
		for n < len(s) && (s[n] < 0x40 || s[n] > 0x7e) {
			n++
		}
		return min(n+1, len(s))
	case ']', 'P', 'X', '^', '_': // strings, up to BEL or ST
		for n < len(s) {
			if s[n] == 0x07 {
				return n + 1
			}
			if s[n] == 0x1b {
				return min(n+2, len(s))
			}
			n++
		}
	}
	return n
}

// introducer tells the kind of escape sequence at the start of s and how long
// its introduction is, in its seven-bit (ESC [) and eight-bit (U+009B) forms.
func introducer(s string) (kind byte, n int) {
	if len(s) >= 2 && s[0] == 0x1b {
		return s[1], 2
	}
	if len(s) >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f {
		return s[1] - 0x40, 2
	}
	return 0, 0
}

func cut(s string, runes int) string {
	n := 0
	for i := range s {
		if n == runes-1 && utf8.RuneCountInString(s[i:]) > 1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
