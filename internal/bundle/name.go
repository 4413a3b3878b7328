package bundle

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alphabet is Crockford's base 32 in lower case: no i, l, o, u, so that nobody
// misreads a token in a job list.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	tokenLen = 10 // characters: 50 bits, enough to tell a million jobs apart
	stemMax  = 80 // characters of the source's name that are kept
)

// MaxGeneration is the last generation that has a name of its own.
const MaxGeneration = len(alphabet) - 1

// Token is the first 50 bits of SHA-256(key) as 10 characters of Crockford's
// base 32. It travels in the uploaded name, so that the provider's job list shows
// whether a submission was accepted.
func Token(key string) string {
	sum := sha256.Sum256([]byte(key))
	var bits uint64
	for _, b := range sum[:8] {
		bits = bits<<8 | uint64(b)
	}
	var token [tokenLen]byte
	for i := range token {
		token[i] = alphabet[bits>>59]
		bits <<= 5
	}
	return string(token[:])
}

// Generation is the character for the nth submission of a key that a person asked
// for, counted from 0. Numbers beyond 0 to MaxGeneration get the nearest one: who
// counts must stop at MaxGeneration.
func Generation(n int) string {
	n = min(max(n, 0), MaxGeneration)
	return alphabet[n : n+1]
}

// Filename is the name under which an asset is uploaded: stem, token, generation
// and extension, as in chair_sd-k7q2m4x9ab0.glb. The stem is reduced to at most
// 80 of the characters A-Z a-z 0-9 . _ -, with accents dropped, and "asset" when
// nothing is left. ext begins with a dot or is empty.
func Filename(stem, token, gen, ext string) string {
	return reduce(stem) + "_sd-" + token + gen + ext
}

// reduce makes a name that is safe in every multipart header, URL and file system.
func reduce(stem string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(stem) {
		switch {
		case unicode.Is(unicode.Mn, r): // the accent of the letter before
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r)):
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() >= stemMax+len(".-_") {
			break
		}
	}
	s := strings.TrimLeft(b.String(), ".-_")
	s = strings.TrimRight(s[:min(len(s), stemMax)], "._-")
	if s == "" {
		return "asset"
	}
	return s
}

var (
	uploadedName = regexp.MustCompile(`_sd-([` + alphabet + `]{10})([` + alphabet + `])(\.[A-Za-z0-9]{1,16})?$`)
	// Providers make identifiers of names, so the separators may have changed.
	tokenInName = regexp.MustCompile(`(?i)[_-]sd[_-][` + alphabet + `]{11}($|[^0-9A-Za-z])`)
)

// ParseFilename finds token and generation in a name as a provider's list tells it.
func ParseFilename(name string) (token, generation string, ok bool) {
	m := uploadedName.FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// StripToken removes what Filename put between stem and extension from any name
// derived from an uploaded one: chair_sd-k7q2m4x9ab0_physics.usda gives
// chair_physics.usda. A name without a token, and one that is nothing else, comes
// back as it is.
func StripToken(name string) string {
	stripped := tokenInName.ReplaceAllString(name, "$1")
	if strings.Trim(stripped, "._-") == "" || strings.HasPrefix(stripped, ".") && !strings.HasPrefix(name, ".") {
		return name
	}
	return stripped
}
