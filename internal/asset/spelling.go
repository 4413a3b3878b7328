package asset

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// rank says how alike two names must be.
type rank int

const (
	rankExact rank = iota
	rankFold       // another case
	rankForm       // another composition of accents (macOS decomposes, others compose)
	rankBoth       // both
)

var ranks = []rank{rankExact, rankFold, rankForm, rankBoth}

// how is the rule that a match of this rank is reported under.
func (r rank) how(exact How) How {
	switch r {
	case rankExact:
		return exact
	case rankFold:
		return CaseFold
	}
	return Unicode
}

// key is what must be equal at this rank.
func (r rank) key() func(string) string {
	switch r {
	case rankFold:
		return fold
	case rankForm:
		return form
	case rankBoth:
		return unify
	}
	return func(s string) string { return s }
}

func form(s string) string { return norm.NFC.String(s) }

// fold is Unicode's full case folding, so that ẞ, ß and SS are one.
func fold(s string) string {
	if isASCII(s) {
		return lowerASCII(s)
	}
	return cases.Fold().String(s)
}

// unify composes after folding as well, because folding may decompose.
func unify(s string) string {
	if isASCII(s) {
		return lowerASCII(s)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(s)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func lowerASCII(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; c >= 'A' && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
