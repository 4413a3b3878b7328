package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// heading is a version's in CHANGELOG.md, as keepachangelog.com writes it.
var heading = regexp.MustCompile(`^## \[?([0-9][^\] ]*)\]? - (\d{4}-\d{2}-\d{2})$`)

// A chapter is one version, in the form that nfpm reads.
type chapter struct {
	Semver   string  `yaml:"semver"`
	Date     string  `yaml:"date"`
	Packager string  `yaml:"packager"`
	Deb      deb     `yaml:"deb"`
	Changes  []entry `yaml:"changes"`
}

type deb struct {
	Urgency       string   `yaml:"urgency"`
	Distributions []string `yaml:"distributions"`
}

type entry struct {
	Note string `yaml:"note"`
}

// changelog turns CHANGELOG.md into what deb and rpm want to know. What is under
// Unreleased is what this release brings.
func (r *release) changelog(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	chapters := r.chapters(string(text))
	if len(chapters) == 0 {
		return fmt.Errorf("%s: no version with a change", from)
	}
	out, err := yaml.Marshal(chapters)
	if err != nil {
		return err
	}
	return r.write(to, out)
}

func (r *release) chapters(text string) []chapter {
	const day = "T00:00:00Z"
	var all []chapter
	open := func(version, date string) {
		all = append(all, chapter{version, date, maintainer, deb{"medium", []string{"stable"}}, nil})
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		m := heading.FindStringSubmatch(line)
		switch {
		case line == "## Unreleased" || line == "## [Unreleased]":
			open(r.version, r.time.Format("2006-01-02")+day)
		case m != nil && m[1] != r.version:
			open(m[1], m[2]+day)
		case m != nil: // the release's own notes, already under its name
			open(m[1], r.time.Format("2006-01-02")+day)
		case len(all) == 0:
		case strings.HasPrefix(line, "- "):
			last := &all[len(all)-1]
			last.Changes = append(last.Changes, entry{strings.TrimPrefix(line, "- ")})
		case strings.HasPrefix(line, "  ") && len(all[len(all)-1].Changes) > 0:
			changes := all[len(all)-1].Changes
			changes[len(changes)-1].Note += " " + strings.TrimSpace(line)
		}
	}
	var full []chapter
	for _, c := range all {
		for i := range c.Changes {
			c.Changes[i].Note = wrapped(c.Changes[i].Note)
		}
		if len(c.Changes) > 0 {
			full = append(full, c)
		}
	}
	return full
}

// wrapped breaks a note into lines of Debian's width, which the bullet before it and
// the indentation after it are part of.
func wrapped(note string) string {
	const width = 76
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(note) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n    ")
}
