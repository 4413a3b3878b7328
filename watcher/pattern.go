package watcher

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// pattern is a compiled name pattern. Most are a fixed name, a prefix or a
// suffix, and are matched as such: every folder of a million files asks.
type pattern struct {
	text   string
	folder bool // matches folders only
	whole  bool // matched against the path below its base, else against the name
	fold   bool // without regard to case
	kind   patternKind
	fixed  string
}

type patternKind int

const (
	glob patternKind = iota
	exact
	prefix
	suffix
)

const (
	mostPatternLength = 1024
	// mostAlternatives bounds what {a,b}{c,d}… multiplies to: matching tries all.
	mostAlternatives = 256
	meta             = `*?[]{}\`
)

// compile reads a doublestar pattern. One with a slash before its end is matched
// against the path, any other against the name alone, at any depth. A slash at
// the end makes it a folder's.
func compile(text string, fold bool) (pattern, error) {
	p := pattern{text: text, fold: fold}
	body := strings.TrimPrefix(strings.ReplaceAll(text, "//", "/"), "./")
	if trimmed := strings.TrimSuffix(body, "/"); trimmed != body {
		body, p.folder = trimmed, true
	}
	p.whole = strings.Contains(body, "/")
	body = strings.TrimPrefix(body, "/")
	if fold {
		body = strings.ToLower(body)
	}
	switch {
	case body == "":
		return p, fmt.Errorf("%q matches nothing", text)
	case len(body) > mostPatternLength:
		return p, fmt.Errorf("a pattern of %d bytes is too long", len(body))
	case !doublestar.ValidatePattern(body):
		return p, fmt.Errorf("%q is not a pattern", text)
	case alternatives(body) > mostAlternatives:
		return p, fmt.Errorf("%q stands for too many patterns", text)
	}
	switch rest := strings.Trim(body, "*"); {
	case p.whole || strings.ContainsAny(rest, meta) || strings.Count(body, "*") > 1:
		p.kind, p.fixed = glob, body
	case !strings.Contains(body, "*"):
		p.kind, p.fixed = exact, body
	case body[0] == '*':
		p.kind, p.fixed = suffix, rest
	case body[len(body)-1] == '*':
		p.kind, p.fixed = prefix, rest
	default:
		p.kind, p.fixed = glob, body
	}
	return p, nil
}

// alternatives multiplies the choices of all braces of a pattern.
func alternatives(body string) int {
	product := 1
	var open []int // choices of the braces around
	for i := 0; i < len(body) && product <= mostAlternatives; i++ {
		switch body[i] {
		case '\\':
			i++
		case '{':
			open = append(open, 1)
		case ',':
			if len(open) > 0 {
				open[len(open)-1]++
			}
		case '}':
			if len(open) > 0 {
				product *= open[len(open)-1]
				open = open[:len(open)-1]
			}
		}
	}
	return product
}

// match takes a slash path below the pattern's base.
func (p pattern) match(rel string, folder bool) bool {
	if p.folder && !folder {
		return false
	}
	if !p.whole {
		rel = path.Base(rel)
	}
	if p.fold {
		rel = strings.ToLower(rel)
	}
	switch p.kind {
	case exact:
		return rel == p.fixed
	case prefix:
		return strings.HasPrefix(rel, p.fixed)
	case suffix:
		return strings.HasSuffix(rel, p.fixed)
	}
	ok, err := doublestar.Match(p.fixed, rel)
	return ok && err == nil
}
