package rigyd

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The types in this file take a JSON value of any kind, because one odd field
// must not make a paid job unreadable. Their UnmarshalJSON never fails.

// text is a string; of an object the words in it, of a number its digits.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&v) == nil {
		*t = text(words(v, 0))
	}
	return nil
}

func words(v any, depth int) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		if depth > 4 {
			return ""
		}
		for _, key := range []string{"message", "error", "text", "detail", "name", "id"} {
			if s := words(v[key], depth+1); s != "" {
				return s
			}
		}
	}
	return ""
}

// number is a finite number, or a string with one such as "45.5" or "45 %".
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), "\" \t%")
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		*n = number(f)
	}
	return nil
}

// stamp is a time: RFC 3339 or milliseconds since 1970.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	word := strings.Trim(string(b), `"`)
	if t, err := time.Parse(time.RFC3339, word); err == nil {
		s.Time = t
	} else if ms, err := strconv.ParseInt(word, 10, 64); err == nil && ms > 0 && ms < 1<<53 {
		s.Time = time.UnixMilli(ms).UTC()
	}
	return nil
}

// ids is a list of IDs, or of objects that have one.
type ids struct {
	told bool // there was a list
	odd  bool // and something in it that is no ID
	list []string
}

func (l *ids) UnmarshalJSON(b []byte) error {
	var list []text
	if json.Unmarshal(b, &list) != nil || string(b) == "null" {
		return nil
	}
	var objects []struct {
		ID text `json:"id"`
	}
	named := json.Unmarshal(b, &objects) == nil
	l.told = true
	for i, t := range list {
		if named && objects[i].ID != "" {
			t = objects[i].ID
		}
		if checkID(string(t)) != nil {
			l.odd = true
			continue
		}
		l.list = append(l.list, string(t))
	}
	return nil
}

// parameters is what the server echoes of a job's fields.
type parameters struct {
	Scene text `json:"scene"`
}

func (p *parameters) UnmarshalJSON(b []byte) error {
	type plain parameters
	_ = json.Unmarshal(b, (*plain)(p)) // another kind of value says nothing
	return nil
}

// output is the job's output block. Its files are {url, name, size}.
type output map[string]json.RawMessage

func (o *output) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if json.Unmarshal(b, &m) == nil {
		*o = m
	}
	return nil
}

// file returns the address of the named file, "" if there is none.
func (o output) file(name string) string {
	var f struct {
		URL text `json:"url"`
	}
	if json.Unmarshal(o[name], &f) == nil && f.URL != "" {
		return string(f.URL)
	}
	var plain string
	if json.Unmarshal(o[name], &plain) == nil {
		return plain
	}
	return ""
}

const maxID = 200

// checkID refuses what cannot be an ID: it goes into paths and logs.
func checkID(id string) error {
	switch {
	case id == "":
		return errors.New("the answer has no job ID")
	case len(id) > maxID:
		return errors.New("the job ID is longer than 200 bytes")
	case id == "." || id == "..":
		return errors.New("the job ID is a path")
	case !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }):
		return errors.New("the job ID holds control characters")
	}
	return nil
}
