package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing wrong in the configuration.
type Mistake struct {
	Line int    `json:"line"` // 1-based, 0 when it is not in a file
	Path string `json:"path"` // as in watch[0].settle_period; empty for the file as a whole
	Text string `json:"text"` // what is wrong and what is wanted
}

func (m Mistake) String() string {
	var s string
	if m.Path != "" {
		s = m.Path + ": "
	}
	if m.Line > 0 {
		s += fmt.Sprintf("line %d: ", m.Line)
	}
	return s + m.Text
}

// Mistakes is every mistake of a file, by line.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// maxMistakes bounds the report: after so many the file is not a configuration.
const maxMistakes = 100

func (m Mistakes) sorted() Mistakes {
	slices.SortStableFunc(m, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return m
}
