package watcher

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// owners knows which files belong to which assets, and which files assets still
// wait for. It is what makes a companion never a drop of its own.
type owners struct {
	of    map[string][]string // companion → primaries that refer to it
	sets  map[string][]string // primary → its companions
	want  map[string][]string // folded base name or stem → primaries that miss it
	wants map[string][]string // primary → the keys in want
}

func newOwners() owners {
	return owners{
		of: map[string][]string{}, sets: map[string][]string{},
		want: map[string][]string{}, wants: map[string][]string{},
	}
}

// set records the companions of a primary and the references that nothing
// answers yet.
func (o owners) set(primary string, companions, missing []string) {
	o.drop(primary)
	if len(companions) > 0 {
		o.sets[primary] = companions
	}
	for _, p := range companions {
		o.of[p] = append(o.of[p], primary)
	}
	if len(missing) == 0 {
		return
	}
	keys := []string{wantKey(stem(primary))} // an MTL may answer by its stem
	for _, m := range missing {
		keys = append(keys, wantKey(m))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	o.wants[primary] = keys
	for _, k := range keys {
		o.want[k] = append(o.want[k], primary)
	}
}

// drop forgets a primary.
func (o owners) drop(primary string) {
	for _, p := range o.sets[primary] {
		unlist(o.of, p, primary)
	}
	delete(o.sets, primary)
	for _, k := range o.wants[primary] {
		unlist(o.want, k, primary)
	}
	delete(o.wants, primary)
}

func unlist(m map[string][]string, key, value string) {
	list := slices.DeleteFunc(slices.Clone(m[key]), func(s string) bool { return s == value })
	if len(list) == 0 {
		delete(m, key)
		return
	}
	m[key] = list
}

// owner names an asset that file belongs to. Of two assets that refer to each
// other, the one with the shorter, then the smaller path owns the other.
func (o owners) owner(file string) (string, bool) {
	for _, p := range o.of[file] {
		if slices.Contains(o.of[p], file) && lessPath(file, p) {
			continue
		}
		return p, true
	}
	return "", false
}

func lessPath(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// waiting lists the primaries that miss a file which name could answer.
func (o owners) waiting(name string) []string {
	if len(o.want) == 0 {
		return nil
	}
	list := o.want[wantKey(name)]
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		list = append(slices.Clip(list), o.want[wantKey(name[:i])]...)
	}
	return append(slices.Clip(list), o.want[udimKey(name)]...)
}

// wanted is a snapshot of the keys that are waited for.
func (o owners) wanted() map[string]bool {
	if len(o.want) == 0 {
		return nil
	}
	m := make(map[string]bool, len(o.want))
	for k := range o.want {
		m[k] = true
	}
	return m
}

// answers says whether a file of that name could be one of those wanted.
func answers(wanted map[string]bool, name string) bool {
	if len(wanted) == 0 {
		return false
	}
	if wanted[wantKey(name)] || wanted[udimKey(name)] {
		return true
	}
	i := strings.LastIndexByte(name, '.')
	return i > 0 && wanted[wantKey(name[:i])]
}

// wantKey folds what two systems may spell differently: case, Unicode form, and
// the folders before the name. A UDIM pattern keeps its tag.
func wantKey(ref string) string {
	return cases.Fold().String(norm.NFC.String(path.Base(strings.ReplaceAll(ref, `\`, "/"))))
}

// udimKey turns wood.1001.png into the key of wood.<UDIM>.png.
func udimKey(name string) string {
	for i := 0; i+4 <= len(name); i++ {
		if d := name[i : i+4]; d >= "1001" && d <= "1999" && strings.Trim(d, "0123456789") == "" {
			return wantKey(name[:i] + "<UDIM>" + name[i+4:])
		}
	}
	return wantKey(name)
}

// stem is the base name without its last extension.
func stem(p string) string {
	name := path.Base(strings.ReplaceAll(p, `\`, "/"))
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return name
}
