package asset

import (
	"path"
	"slices"
	"strings"
)

// layOut decides where each member lies in the bundle and which references have
// to be rewritten there.
//
// Relative places are kept, below the folder common to all members. A reference
// that does not lead to its file by its own text, on any system, is rewritten
// where its format allows; where it does not (FBX, binary USD), the file is placed where the
// reference looks for it instead.
func (c *collector) layOut() ([]Member, error) {
	for _, m := range c.members {
		m.place = m.name
	}
	c.strip()
	c.moveToReferences()
	c.strip()
	if err := c.rewrite(); err != nil {
		return nil, err
	}
	if len(c.members) > 1 && c.members[0].format != "" && !c.isImageSet() {
		slices.SortFunc(c.members[1:], func(a, b *member) int { return strings.Compare(a.place, b.place) })
	}
	out := make([]Member, len(c.members))
	for i, m := range c.members {
		out[i] = Member{Path: c.abs(m.name), Place: m.place, Edits: m.edits, Need: m.need}
	}
	return out, nil
}

// strip removes the folder common to all places.
func (c *collector) strip() {
	common := path.Dir(c.members[0].place)
	for _, m := range c.members[1:] {
		for common != "." && !strings.HasPrefix(m.place, common+"/") {
			common = path.Dir(common)
		}
	}
	if common == "." {
		return
	}
	for _, m := range c.members {
		m.place = m.place[len(common)+1:]
	}
}

// reaches tells whether a reference as written leads to its file in the bundle.
// Only the first reading counts: it is what other readers see.
func (l link) reaches() bool {
	text := l.ref.names[0].text
	to := l.to.place
	if l.ref.set != nil {
		to = path.Join(path.Dir(to), l.ref.set.pattern(text, path.Base(to)))
	}
	return l.ref.names[0].how != RawURI && !isAbsolute(text) && path.Join(path.Dir(l.from.place), text) == to
}

// moveToReferences places files where references look that cannot be rewritten.
// A file that some reference reaches already stays where it is, and so does one
// that refers to others itself, because its own references would break.
func (c *collector) moveToReferences() {
	taken := map[string]bool{}
	reached := map[*member]bool{c.members[0]: true}
	for _, m := range c.members {
		taken[unify(m.place)] = true
	}
	for _, l := range c.links {
		if l.reaches() || l.ref.encode != nil || l.from == l.to || isReferrer(l.to.format) {
			reached[l.to] = reached[l.to] || l.reaches() || isReferrer(l.to.format)
		}
	}
	for _, l := range c.links {
		if reached[l.to] || l.ref.encode != nil || l.reaches() {
			continue
		}
		place := l.wantedPlace(c.members[0])
		if key := unify(place); key == unify(l.to.place) || !taken[key] {
			taken[key] = true
			l.to.place = place
		}
		reached[l.to] = true
	}
}

// wantedPlace is where a reference looks: the place it means or, when that is
// absolute or above the bundle, beside the primary, where readers look next.
func (l link) wantedPlace(primary *member) string {
	text := slashed(l.ref.names[0].text)
	if s := l.ref.set; s != nil {
		name := path.Base(l.to.name)
		for _, r := range ranks {
			if m, ok := s.middle(path.Base(text), name, r); ok {
				text = strings.Replace(text, s.mark, m, 1)
				break
			}
		}
	}
	if !isAbsolute(text) {
		if p := path.Join(path.Dir(l.from.place), text); p != ".." && !strings.HasPrefix(p, "../") {
			return p
		}
	}
	return path.Join(path.Dir(primary.place), path.Base(text))
}

// rewrite makes the edits.
func (c *collector) rewrite() error {
	done := map[*rawRef]bool{}
	for _, l := range c.links {
		if l.ref.encode == nil || l.ref.length == 0 || l.reaches() && l.ref.names[0].how != Backslash {
			continue
		}
		place := l.to.place
		if l.ref.set != nil {
			place = path.Join(path.Dir(place), l.ref.set.pattern(l.ref.names[0].text, path.Base(place)))
		}
		if done[l.ref] {
			continue // another file of the same set
		}
		done[l.ref] = true
		text := l.ref.encode(relative(path.Dir(l.from.place), place))
		l.from.edits = append(l.from.edits, Edit{Offset: l.ref.offset, Length: l.ref.length, Text: text})
	}
	for _, m := range c.members {
		if len(m.edits) == 0 {
			continue
		}
		slices.SortFunc(m.edits, func(a, b Edit) int { return int(a.Offset - b.Offset) })
		if m.format != "glb" {
			continue
		}
		f, err := c.tree.open(m.name)
		if err != nil {
			return err
		}
		m.edits, err = glbEdits(f, f.Size(), m.edits)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
