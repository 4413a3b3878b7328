package prop

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// longest keeps names and the paths made of them within every OS' limits.
const longest = 64

// Snake returns the name in lower snake_case, starting with a letter: small
// letters, digits and single underscores only. Accents are dropped. It is ""
// when nothing is left.
func Snake(name string) string {
	var s strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(name) {
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && s.Len() > 0 {
				s.WriteByte('_')
			}
			gap = false
			s.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			gap = true
		}
		if s.Len() >= longest {
			break
		}
	}
	out := strings.TrimRight(s.String(), "_")
	if out == "" {
		return ""
	}
	if out[0] <= '9' || reserved[out] {
		out = "m_" + out
	}
	return out
}

// reserved are names that Windows keeps for devices, or that a USD reader could
// take for a keyword.
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("con prn aux nul def over class rel custom uniform none true false") {
		m[w] = true
	}
	for _, d := range "123456789" {
		m["com"+string(d)], m["lpt"+string(d)] = true, true
	}
	return m
}()

// names hands out unique names and remembers the number each was last given.
type names map[string]int

// pick returns the name in snake case, or the fallback where nothing is left, with
// a number if it is taken.
func (n names) pick(name, fallback string) string {
	base := Snake(name)
	if base == "" {
		base = fallback
	}
	out := base
	for n[out] > 0 {
		n[base]++
		out = base + "_" + strconv.Itoa(n[base])
	}
	n[out] = 1
	return out
}
