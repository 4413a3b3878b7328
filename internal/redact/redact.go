// Package redact keeps secrets and terminal tricks out of what people read: log
// lines, error texts, job records. It knows the shape of the API keys of our
// providers, of Authorization values and of signed URLs, so that a secret is
// hidden even where nobody expected one, such as in the text of a network error.
//
// It errs on the side of hiding: a harmless word that looks like a key is hidden
// too, and the text around it stays readable.
package redact

import (
	"regexp"
	"strings"
)

// Mark stands where a secret was.
const Mark = "[redacted]"

// MaxRunes is the longest text that Text returns, in runes.
const MaxRunes = 500

// minSecret is the shortest known secret that is searched for verbatim: hiding
// every "a" because the key is "a" would help nobody.
const minSecret = 6

var (
	keyShape = regexp.MustCompile(`(?:rgyd_(?:live|test)_|tk_(?:live|test)_|cvly_|whsec_)[A-Za-z0-9_\-+/=.~]+`)
	// A plain tk_ is a common start of file names, so it takes the length of a key.
	shortKeyShape = regexp.MustCompile(`\btk_[A-Za-z0-9_\-]{16,}`)
	authShape     = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[^\s"',;]+`)
	headerShape   = regexp.MustCompile(`(?i)\b(authorization|x-api-key|api[_-]?key|x-rapidapi-key)(["']?\s*[:=]\s*["']?)([^\s"',;]+)`)
	userinfoShape = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.\-]*://)[^\s/?#@"'<>]+@`)
	queryShape    = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.\-]*://[^\s?"'<>]*)\?[^\s"'<>]*`)
	paramShape    = regexp.MustCompile(`(?i)\b(x-(?:amz|goog)-[a-z\-]+|signature|sig|access_token|token)=[^&\s"'<>]+`)
)

// Redact hides everything in s that looks like an API key, a credential or the
// query of a URL, and every secret that Learn was told of.
func Redact(s string) string {
	s = Keys(s)
	if !suspicious(s) {
		return s
	}
	s = authShape.ReplaceAllString(s, "${1} "+Mark)
	s = headerShape.ReplaceAllStringFunc(s, hideHeader)
	s = userinfoShape.ReplaceAllString(s, "${1}"+Mark+"@")
	s = queryShape.ReplaceAllString(s, "${1}?"+Mark)
	return paramShape.ReplaceAllString(s, "${1}="+Mark)
}

// Keys hides only what is a key by itself: the shapes of our providers' keys and
// every secret that Learn was told of. It leaves our own words as they are, which
// speak of keys ("api_key: want text") without telling one.
func Keys(s string) string {
	s = hideLearnt(s)
	if !strings.Contains(s, "_") {
		return s
	}
	s = keyShape.ReplaceAllString(s, Mark)
	return shortKeyShape.ReplaceAllString(s, Mark)
}

// hideHeader leaves "Authorization: Bearer [redacted]" alone, which would
// otherwise lose the word Bearer and keep the bracket.
func hideHeader(m string) string {
	g := headerShape.FindStringSubmatch(m)
	if v := strings.ToLower(g[3]); v == "bearer" || v == "basic" || v == Mark {
		return m
	}
	return g[1] + g[2] + Mark
}

// IsKey reports whether s has something of the shape of an API key in it.
func IsKey(s string) bool { return keyShape.MatchString(s) || shortKeyShape.MatchString(s) }

// suspicious is a cheap test that lets nearly every log line pass without a
// regular expression. Each expression above needs one of these bytes or words.
func suspicious(s string) bool {
	return strings.ContainsAny(s, "_=:") || hasFold(s, "bearer") || hasFold(s, "basic")
}

func hasFold(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

// Known hides the given secrets, wherever they occur verbatim, and then
// everything that Redact hides.
func Known(s string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			s = strings.ReplaceAll(s, secret, Mark)
		}
	}
	return Redact(s)
}
