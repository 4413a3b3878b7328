package result

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Names come from elsewhere and go into folders that artists open on every
// system, so a name that breaks on one of them is refused on all. The rules are
// those of Microsoft's "Naming Files, Paths, and Namespaces" and of APFS and HFS+,
// which ignore case, Unicode form and some invisible characters.
const (
	elementMax = 255 // bytes of one element: ext4, APFS, NTFS
	pathMax    = 240 // UTF-16 units of a whole name: leaves Windows' 260 room for the folder
)

// checkName says what is wrong with an archive's name, or "".
func checkName(name string) string { return checkNameUpTo(name, pathMax) }

func checkNameUpTo(name string, most int) string {
	if name == "" {
		return "the name is empty"
	}
	if !utf8.ValidString(name) {
		return "the name is not UTF-8"
	}
	if reason := checkRunes(name); reason != "" {
		return reason
	}
	if name[0] == '/' {
		return "the name is absolute"
	}
	if units(name) > most {
		return fmt.Sprintf("the name is longer than %d characters", most)
	}
	for element := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		if reason := checkElement(element); reason != "" {
			return reason
		}
	}
	return ""
}

// units is the length of a name as Windows counts it.
func units(name string) int {
	n := 0
	for _, r := range name {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

func checkRunes(name string) string {
	for _, r := range name {
		switch {
		case r == '\\':
			return "the name has a backslash"
		case r == ':':
			return "the name has a colon, which is a drive or a hidden stream on Windows"
		case unicode.IsControl(r):
			return "the name has a control character"
		case strings.ContainsRune(`<>"|?*`, r):
			return "the name has " + strconv.QuoteRune(r) + ", which Windows refuses"
		}
	}
	return ""
}

func checkElement(e string) string {
	switch {
	case e == "":
		return "the name has an empty part"
	case e == "..":
		return "the name leaves the folder"
	case e == ".":
		return "the name has a part that is only a dot"
	case len(e) > elementMax:
		return "a part of the name is longer than 255 bytes"
	case strings.HasSuffix(e, ".") || strings.HasSuffix(e, " "):
		return "a part of the name ends in a dot or a space, which Windows drops"
	case strings.HasPrefix(e, " "):
		return "a part of the name begins with a space"
	case reserved(e):
		return "the name is a device on Windows"
	}
	return ""
}

// reserved tells the names that open a device on Windows, with any extension.
func reserved(e string) bool {
	base, _, _ := strings.Cut(e, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}, base) {
		return true
	}
	port, ok := strings.CutPrefix(base, "COM")
	if !ok {
		port, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}

// folder is a tree of names, for finding those that are one name to some system.
type folder struct {
	entries map[string]*place // by folded element
}

type place struct {
	spelled string // as first seen
	folder  *folder
}

// names collects all names of an archive.
type names struct {
	top  folder
	fold cases.Caser
}

func newNames() *names { return &names{fold: cases.Fold()} }

// add enters a name and says why it cannot live beside the earlier ones, or "".
func (n *names) add(name string) string {
	name, isFolder := strings.CutSuffix(name, "/")
	at := &n.top
	elements := strings.Split(name, "/")
	for i, e := range elements {
		last := i == len(elements)-1
		key := n.key(e)
		known, ok := at.entries[key]
		switch {
		case !ok:
			known = &place{spelled: e}
			if !last || isFolder {
				known.folder = new(folder)
			}
			if at.entries == nil {
				at.entries = make(map[string]*place)
			}
			at.entries[key] = known
		case known.spelled != e:
			return "the name is the same as " + strconv.Quote(path.Join(append(slices.Clone(elements[:i]), known.spelled)...)) + " on some systems"
		case last && !isFolder && known.folder == nil:
			return "the name occurs twice"
		case (last && !isFolder) != (known.folder == nil):
			return "the name is both a file and a folder"
		}
		if known.folder == nil {
			return ""
		}
		at = known.folder
	}
	return ""
}

// place folds a whole place.
func (n *names) place(p string) string {
	if isPlain(p) {
		return strings.ToLower(p)
	}
	elements := strings.Split(p, "/")
	for i, e := range elements {
		elements[i] = n.key(e)
	}
	return strings.Join(elements, "/")
}

// key folds one element to what the least careful file system compares.
func (n *names) key(e string) string {
	if isPlain(e) {
		return strings.ToLower(e)
	}
	e = strings.Map(func(r rune) rune {
		if ignorable(r) {
			return -1
		}
		return r
	}, e)
	return norm.NFC.String(n.fold.String(norm.NFC.String(e)))
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ignorable are the characters that HFS+ leaves out when it compares names
// (Apple TN1150), and the variation selectors and soft hyphen that no one sees.
func ignorable(r rune) bool {
	switch {
	case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff,
		r >= 0xfe00 && r <= 0xfe0f, r == 0x200b, r == 0xad:
		return true
	}
	return false
}

// portable makes the source's name one that checkName accepts with an extension
// behind it: a source may have a name that only its own system allows.
func portable(stem string) string {
	const most = 120 // bytes: leaves room for the folder of a deep main layer
	s := strings.Map(func(r rune) rune {
		if r == '/' || r == utf8.RuneError || checkRunes(string(r)) != "" {
			return '_'
		}
		return r
	}, clip(stem, most))
	s = strings.TrimLeft(s, " ")
	if s == "" || s == "." || s == ".." || reserved(s) {
		s = "_" + s
	}
	return s
}
