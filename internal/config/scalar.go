package config

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// scalar fills a single value. Text and numbers are told apart as YAML does, but
// a value with ${NAME} is text that may hold either.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	got := describe(n)
	if n.Kind != yaml.ScalarNode {
		d.wrong(n.Line, path, "want %s, got %s", wanted(v), got)
		return
	}
	text, fromEnv, ok := d.expand(n, path)
	if !ok {
		return
	}
	if fromEnv {
		got = "what " + strconv.Quote(clip(n.Value)) + " stands for" // not its value: it may be a key
	}
	plain := n.Tag == "!!str" && !fromEnv // what YAML holds to be text
	switch p := v.Addr().Interface().(type) {
	case *Secret:
		ok = plain || fromEnv
		*p = Secret(text)
		if !ok { // without what we got: it may be half a key
			d.wrong(n.Line, path, "want text: put the value in quotes")
			return
		}
	case *string:
		if ok = plain || fromEnv; !ok {
			d.wrong(n.Line, path, "want text, got %s: put it in quotes", got)
			return
		}
		*p = text
	case *bool:
		*p = text == "true"
		ok = !plain && (text == "true" || text == "false")
	case *int:
		var err error
		*p, err = strconv.Atoi(text)
		ok = !plain && err == nil
	case *float64:
		var err error
		*p, err = strconv.ParseFloat(text, 64)
		ok = !plain && err == nil && !math.IsNaN(*p) && !math.IsInf(*p, 0)
	case *Duration:
		t, err := time.ParseDuration(text)
		*p, ok = Duration(t), err == nil
	case *Size:
		size, err := ParseSize(text)
		*p, ok = size, err == nil
	}
	if !ok {
		d.wrong(n.Line, path, "want %s, got %s", wanted(v), got)
	}
}

// wanted says what a value of v's type looks like.
func wanted(v reflect.Value) string {
	switch v.Addr().Interface().(type) {
	case *bool:
		return "true or false"
	case *int:
		return "a whole number"
	case *float64:
		return "a number"
	case *Duration:
		return "a duration such as 5s"
	case *Size:
		return "a size such as 8MiB"
	}
	return "text"
}

// expand replaces ${NAME}. A variable that is not set is a mistake, but for keys:
// whether one is needed is known only when something is to be sent.
func (d *decoder) expand(n *yaml.Node, path string) (text string, fromEnv, ok bool) {
	if d.fixed {
		if hasVariable(n.Value) {
			d.wrong(n.Line, path, "a recipe cannot use environment variables")
		}
		return n.Value, false, !hasVariable(n.Value)
	}
	text, missing, ok := substitute(n.Value, d.env)
	switch {
	case !ok:
		d.wrong(n.Line, path, "want ${NAME} with letters, digits and _; write $${ for a plain ${")
		return "", false, false
	case missing == "":
	case strings.HasSuffix(path, ".api_key"):
		return "", true, true
	default:
		d.wrong(n.Line, path, "the environment variable %s is not set", missing)
		return "", false, false
	}
	return text, text != n.Value, true
}

var variable = regexp.MustCompile(`\$?\$\{([^}]*)(\}?)`)
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// substitute replaces ${NAME} in s; $${ stands for a plain ${. It returns the first
// variable that is not set, and ok false where what is in the braces is no name.
func substitute(s string, env Env) (text, missing string, ok bool) {
	ok = true
	text = variable.ReplaceAllStringFunc(s, func(m string) string {
		if strings.HasPrefix(m, "$$") {
			return m[1:]
		}
		name := strings.TrimSuffix(strings.TrimPrefix(m, "${"), "}")
		if !variableName.MatchString(name) || !strings.HasSuffix(m, "}") {
			ok = false
			return m
		}
		value, set := env(name)
		if !set && missing == "" {
			missing = name
		}
		return value
	})
	return text, missing, ok
}

// nearest is the known word that s is probably a misspelling of, or "".
func nearest(s string, known []string) string {
	best, least := "", 3
	if len(s) > 64 {
		return ""
	}
	for _, k := range known {
		if n := distance(strings.ToLower(s), k); n < least && n < len(k)/2+1 {
			best, least = k, n
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// quoted lists words for a message: a, b or c.
func quoted(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return fmt.Sprintf("%s or %s", strings.Join(words[:last], ", "), words[last])
}
