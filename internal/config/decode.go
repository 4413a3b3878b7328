package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"simdrop/internal/redact"
)

// decoder walks the YAML nodes beside the Go values they fill. yaml.v3 could do
// the same, but it tells people about Go types and stops at the first value that
// does not parse. The depth is bounded by the types: nothing here is recursive
// but merges, and what aliases unfold to is counted.
type decoder struct {
	env      Env
	mistakes Mistakes
	warnings Mistakes
	lines    map[string]int // of every path that the file gives
	budget   budget
	fixed    bool // nothing is replaced from the environment
}

func (d *decoder) wrong(line int, path, format string, args ...any) {
	if len(d.mistakes) < maxMistakes {
		// A key in the wrong place is a mistake that must not be quoted.
		d.mistakes = append(d.mistakes, Mistake{line, redact.Keys(path), redact.Keys(fmt.Sprintf(format, args...))})
	}
}

// given says whether the file states the path.
func (d *decoder) given(path string) bool { return d.lines[path] > 0 }

// line is where the path is stated, or the nearest thing around it.
func (d *decoder) line(path string) int {
	for {
		if n := d.lines[path]; n > 0 {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
}

// value fills v from n. A null leaves the default.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	n = target(n)
	if !d.budget.spend() {
		return
	}
	d.lines[path] = n.Line
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		delete(d.lines, path)
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		d.object(n, v, path)
	case v.Kind() == reflect.Map:
		d.providers(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	case v.Kind() == reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.scalar(n, p.Elem(), path)
		v.Set(p)
	default:
		d.scalar(n, v, path)
	}
}

// object fills the fields of a struct, by their yaml tags.
func (d *decoder) object(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	for _, e := range d.entries(n, path) {
		i, ok := fields[e.key]
		if !ok {
			d.unknown(e, fields, join(path, e.key))
			continue
		}
		d.value(e.value, v.Field(i), join(path, e.key))
	}
}

func (d *decoder) unknown(e entry, fields map[string]int, path string) {
	known := slices.Sorted(maps.Keys(fields))
	if near := nearest(e.key, known); near != "" {
		d.wrong(e.line, path, "unknown key: did you mean %s?", near)
		return
	}
	d.wrong(e.line, path, "unknown key: known here are %s", strings.Join(known, ", "))
}

// providers fills the map of providers, each with the defaults of its type.
func (d *decoder) providers(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range d.entries(n, path) {
		at := join(path, e.key)
		p := DefaultProvider(d.providerType(e))
		d.value(e.value, reflectOf(&p), at)
		d.lines[at] = e.line
		v.SetMapIndex(reflect.ValueOf(e.key), reflect.ValueOf(p))
	}
}

// providerType peeks at a provider's type, which decides its other defaults. A
// type that is wrong is reported when it is decoded.
func (d *decoder) providerType(e entry) string {
	for _, f := range mapping(target(e.value), &d.budget) {
		if f.key == "type" {
			if text, _, ok := substitute(target(f.value).Value, d.env); ok && slices.Contains(Types(), text) {
				return text
			}
		}
	}
	return defaultType(e.key)
}

// list fills a slice: what the file gives replaces the default.
func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n.Line, path, "want a list, got %s", describe(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(n.Content))
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		elem := reflect.New(v.Type().Elem()).Elem()
		switch p := elem.Addr().Interface().(type) {
		case *Watch:
			*p = DefaultWatch()
		case *Webhook:
			p.Events = []string{"done", "failed", "held"}
		}
		if t := target(item); t.Tag == "!!null" {
			d.wrong(t.Line, at, "this entry is empty")
			continue
		}
		d.value(item, elem, at)
		out = reflect.Append(out, elem)
	}
	v.Set(out)
}

// entries are a mapping's keys and values; a key that comes twice is a mistake.
func (d *decoder) entries(n *yaml.Node, path string) []entry {
	if n.Kind != yaml.MappingNode {
		d.wrong(n.Line, path, "want keys and values, got %s", describe(n))
		return nil
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			d.wrong(k.Line, path, "want a name as key, got %s", describe(k))
		} else if line := first[k.Value]; line > 0 {
			d.wrong(k.Line, join(path, k.Value), "given twice, first in line %d", line)
		} else {
			first[k.Value] = k.Line
		}
	}
	return mapping(n, &d.budget)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func reflectOf[T any](p *T) reflect.Value { return reflect.ValueOf(p).Elem() }

// fieldsOf maps yaml names to field numbers.
func fieldsOf(t reflect.Type) map[string]int {
	m := map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "-" {
			m[name] = i
		}
	}
	return m
}
