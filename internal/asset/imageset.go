package asset

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// MaxImage is the size of one picture in bytes above which it is refused.
const MaxImage = 10 << 20

// views are the sides of an object in the order that converters expect.
var views = []string{"front", "right", "back", "left"}

// View tells which side of an object a picture shows by its name
// (chair_front.png, front.png): 0 front, 1 right, 2 back, 3 left.
func View(name string) (view int, ok bool) {
	_, view = splitView(Stem(name))
	return view, view >= 0
}

// splitView cuts a picture's stem into the object's name and the view, -1 for
// none.
func splitView(stem string) (object string, view int) {
	s := strings.ToLower(stem)
	for i, v := range views {
		if s == v {
			return "", i
		}
		if strings.HasSuffix(s, "_"+v) && len(s) > len(v)+1 {
			return fold(stem[:len(stem)-len(v)-1]), i
		}
	}
	return "", -1
}

func (c *collector) isImageSet() bool {
	_, kind, _ := FormatOf(c.primary)
	return kind == Images
}

// imageSet gathers the pictures of the object that the primary shows, in the
// order of the views, and makes the first of them the primary.
func (c *collector) imageSet() error {
	f, err := c.tree.open(c.primary)
	if err != nil {
		return err // before anything else: the file itself must be there
	}
	f.Close()
	dir := path.Dir(c.primary)
	listing, err := c.tree.list(dir)
	if err != nil {
		return err
	}
	set := namedViews(listing, path.Base(c.primary))
	if len(set) < 2 && dir != "." {
		set = ownFolder(listing)
	}
	if !slices.Contains(set, path.Base(c.primary)) {
		set = []string{path.Base(c.primary)}
	}
	c.primary = path.Join(dir, set[0])
	for _, name := range set {
		m := c.add(path.Join(dir, name), companionFormat(name))
		if err := c.checkImage(m); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) checkImage(m *member) error {
	f, err := c.tree.open(m.name)
	if err != nil {
		return err
	}
	defer f.Close()
	if size := f.Size(); size > MaxImage {
		return &InvalidError{Path: c.abs(m.name), Reason: fmt.Sprintf(
			"%s has %.1f MB; pictures may have 10 MB", path.Base(m.name), float64(size)/1e6)}
	}
	v, err := Whole(m.name, f, f.Size())
	var invalid *InvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Path == "":
		return &InvalidError{Path: c.abs(m.name), Reason: invalid.Reason}
	case err != nil:
		return err
	case v.State == NotWhole:
		return &InvalidError{Path: c.abs(m.name), Reason: v.Reason}
	}
	return nil
}

// namedViews are the pictures in a folder that show other sides of the same
// object by their names. Where a side is there twice (front as .png and .jpg),
// only pictures of the same extension belong together.
func namedViews(listing *folder, name string) []string {
	object, view := splitView(Stem(name))
	if view < 0 {
		return nil
	}
	var byView [4][]string
	twice := false
	for other, kind := range listing.entries {
		if _, k, ok := FormatOf(other); kind != isFile || !ok || k != Images || strings.HasPrefix(other, ".") {
			continue
		}
		if o, v := splitView(Stem(other)); v >= 0 && o == object {
			byView[v] = append(byView[v], other)
			twice = twice || len(byView[v]) > 1
		}
	}
	var set []string
	for _, names := range byView {
		if twice {
			names = slices.DeleteFunc(names, func(n string) bool { return !strings.EqualFold(path.Ext(n), path.Ext(name)) })
		}
		if len(names) > 1 {
			return nil // chair_front.png and Chair_front.png: not decided between
		}
		set = append(set, names...)
	}
	return set
}

// ownFolder is the set that two to four pictures make when there is nothing else
// in their folder but what systems leave there.
func ownFolder(listing *folder) []string {
	var set []string
	for name, kind := range listing.entries {
		if strings.HasPrefix(name, ".") || isLitter(name) {
			continue
		}
		if _, k, ok := FormatOf(name); kind != isFile || !ok || k != Images || len(set) == len(views) {
			return nil
		}
		set = append(set, name)
	}
	if len(set) < 2 {
		return nil
	}
	slices.SortFunc(set, func(a, b string) int {
		va, aok := View(a)
		vb, bok := View(b)
		if aok && bok && va != vb {
			return va - vb
		}
		if aok != bok {
			if aok {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return set
}

// isLitter tells whether systems and NAS boxes put a file of this name into
// folders by themselves.
func isLitter(name string) bool {
	switch strings.ToLower(name) {
	case "thumbs.db", "desktop.ini", "@eadir", "#recycle", "@recycle", "__macosx":
		return true
	}
	return false
}
