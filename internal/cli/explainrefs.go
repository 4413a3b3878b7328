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
	for _, r := range e.Refs {
		if r.Path != "" && r.Path != e.Path {
			files[r.Path] = true
		}
	}
	fmt.Fprintf(a.stdout, "\nbundle: %s and %s", clean(filepath.Base(e.Path)), plural(len(files), "companion"))
	if n := len(e.Missing); n > 0 {
		fmt.Fprintf(a.stdout, ", %d missing", n)
	}
	fmt.Fprintln(a.stdout)
	var t table
	t.add("WRITTEN IN", "REFERS TO", "FOUND", "HOW")
	for _, u := range uses(e.Refs) {
		at := site(here, u.Ref)
		if u.more > 0 {
			at += fmt.Sprintf(" and %d more", u.more)
		}
		t.add(at, u.Raw, answer(here, e.Path, u.Ref), reason(u.Ref))
	}
	t.print(a.stdout)
}

// use is a reference and how often it is repeated.
type use struct {
	control.Ref
	more int
}

// uses folds what one file says of another several times into one.
func uses(refs []control.Ref) []use {
	var all []use
	at := map[control.Ref]int{}
	for _, r := range refs {
		key := r
		key.Where = ""
		if i, ok := at[key]; ok {
			all[i].more++
			continue
		}
		at[key] = len(all)
		all = append(all, use{Ref: r})
	}
	return all
}

// answer is the file that a reference found.
func answer(here, primary string, r control.Ref) string {
	switch {
	case r.Path == "":
		return "-"
	case r.Path == primary && r.From == primary && isZIP(primary):
		return "inside"
	}
	return from(here, r.Path)
}

func reason(r control.Ref) string {
	how, ok := ruleTexts[r.How]
	if !ok {
		how = r.How
	}
	if r.Note != "" {
		how += ": " + r.Note
	}
	return how
}

func isZIP(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zip") }

// site is where a reference is written: file:12 as editors take it, else the file
// and the place in it.
func site(here string, r control.Ref) string {
	file, place := from(here, r.From), r.Where
	if inner, rest, ok := strings.Cut(place, ": "); ok && isZIP(file) {
		file, place = file+"/"+inner, rest
	}
	if line, ok := strings.CutPrefix(place, "line "); ok {
		return file + ":" + line
	}
	return strings.TrimSpace(file + " " + place)
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
