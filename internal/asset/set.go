package asset

import (
	"path"
	"strings"
)

// setRule says that a reference names every file of a set: those whose name has
// something of its own between the same beginning and end.
type setRule struct {
	mark   string                   // what stands for the varying part
	accept func(middle string) bool // is this one of the set?
}

// udimMarks are the placeholders of texture tiles: 1001 for the first, ten to a
// row, and the older u1_v1.
var udimMarks = map[string]func(string) bool{
	"<UDIM>":   isTile,
	"<UVTILE>": isUVTile,
}

func isTile(s string) bool { return len(s) == 4 && s >= "1001" && s <= "9999" && isDigits(s) }

func isUVTile(s string) bool {
	u, v, ok := strings.Cut(strings.TrimPrefix(s, "u"), "_v")
	return ok && strings.HasPrefix(s, "u") && isDigits(u) && isDigits(v)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// udimSet is the rule of a path that names texture tiles, nil for others.
func udimSet(text string) *setRule {
	for mark, accept := range udimMarks {
		if strings.Count(path.Base(text), mark) == 1 {
			return &setRule{mark, accept}
		}
	}
	return nil
}

// clipSet is the rule of a template of value clips: clip.###.usd stands for
// clip.001.usd and so on, clip.#.##.usd for parts of a frame too.
func clipSet(text string) *setRule {
	name := path.Base(text)
	start, end := strings.IndexByte(name, '#'), strings.LastIndexByte(name, '#')
	if start < 0 {
		return nil
	}
	mark := name[start : end+1]
	whole, part, fraction := strings.Cut(mark, ".")
	if strings.Trim(whole, "#")+strings.Trim(part, "#") != "" {
		return nil
	}
	return &setRule{mark, func(s string) bool {
		w, p, ok := strings.Cut(s, ".")
		return ok == fraction && isDigits(w) && len(w) >= len(whole) && (!ok || isDigits(p) && len(p) == len(part))
	}}
}

// middle is what a name has in the place of the mark in pattern, compared at a
// rank.
func (s *setRule) middle(pattern, name string, r rank) (string, bool) {
	before, after, ok := strings.Cut(pattern, s.mark)
	if !ok {
		return "", false
	}
	key := r.key()
	name, before, after = key(name), key(before), key(after)
	n := len(name) - len(before) - len(after)
	if n <= 0 || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
		return "", false
	}
	m := name[len(before) : len(before)+n]
	return m, s.accept(m)
}

// match returns the files of the set in a folder.
func (s *setRule) match(f *folder, pattern string, r rank) []string {
	var out []string
	for name, kind := range f.entries {
		if _, ok := s.middle(pattern, name, r); ok && kind == isFile {
			out = append(out, name)
		}
	}
	return out
}

// pattern is the name of one file of the set with the mark put back in.
func (s *setRule) pattern(text, name string) string {
	before, after, _ := strings.Cut(path.Base(text), s.mark)
	for _, r := range ranks {
		if m, ok := s.middle(path.Base(text), name, r); ok {
			if i := strings.Index(name[min(len(before)/2, len(name)):], m); i >= 0 {
				i += min(len(before)/2, len(name))
				return name[:i] + s.mark + name[i+len(m):]
			}
		}
	}
	return before + s.mark + after
}
