package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"simdrop/internal/control"
)

// ruleTexts say how a reference found its file. All but the first are corrected in
// the bundle's copy, so that the next reader finds the file by the text alone.
var ruleTexts = map[string]string{
	"exact":            "as written",
	"backslash":        `\ read as /`,
	"raw-uri":          "taken as it is, not percent-decoded",
	"obj-dir":          "beside the OBJ",
	"case-insensitive": "in another case",
	"unicode-form":     "in another form of its accents",
	"folder":           "by its name, in a texture folder",
	"suffix":           "by the end of its path",
	"same-stem":        "it has the model's name",
	"embedded":         "inside the file",
	"unresolved":       "no such file",
}

// printBundle lists what the asset refers to: where that is written, what answers
// it and by which rule, and why nothing does.
func (a *app) printBundle(e control.Explanation) {
	if len(e.Refs) == 0 {
		return
	}
	here := filepath.Dir(e.Path)
	files := map[string]bool{}
	var t table
	t.add("WRITTEN IN", "REFERS TO", "FOUND", "HOW")
	for _, r := range e.Refs {
		found, how := "-", ruleTexts[r.How]
		if how == "" {
			how = r.How
		}
		if r.Path != "" {
			found = from(here, r.Path)
			files[r.Path] = true
		}
		if r.Note != "" {
			how += ": " + r.Note
		}
		t.add(site(here, r), r.Raw, found, how)
	}
	delete(files, e.Path)
	fmt.Fprintf(a.stdout, "\nbundle: %s and %s", filepath.Base(e.Path), plural(len(files), "companion"))
	if n := len(e.Missing); n > 0 {
		fmt.Fprintf(a.stdout, ", %d missing", n)
	}
	fmt.Fprintln(a.stdout)
	t.print(a.stdout)
}

// site is where a reference is written: file:12 as editors take it, else the file
// and the place in it.
func site(here string, r control.Ref) string {
	file := from(here, r.From)
	if line, ok := strings.CutPrefix(r.Where, "line "); ok {
		return file + ":" + line
	}
	return strings.TrimSpace(file + " " + r.Where)
}

// from is the way from a folder to a file, with slashes.
func from(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
