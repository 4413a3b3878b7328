package result

import (
	"maps"
	"path"
	"slices"
	"strings"

	"simdrop/internal/bundle"
)

// sidecarName is the name of the sidecar in a result's folder.
const sidecarName = "simready.json"

// rename gives the main layer the name of the source, and takes the upload's
// token out of names that nothing can refer to: documents, previews, and the MJCF
// file where there is one. Textures and other layers keep theirs, because a layer
// in crate form refers to them by it.
func (l *layout) rename(stem string) {
	seen := newNames()
	taken := l.taken(seen)
	move := func(name, to string) bool {
		was, key := seen.place(l.places[name]), seen.place(to)
		if taken[key] && key != was || checkName(to) != "" {
			return false
		}
		delete(taken, was)
		taken[key] = true
		l.places[name] = to
		return true
	}

	main := l.findMain()
	mainWas := l.places[main]
	if main != "" {
		folder, base := path.Split(mainWas)
		if !move(main, folder+portable(stem)+extOf(base)) {
			move(main, folder+bundle.StripToken(base))
		}
		l.main = l.places[main]
	}
	onlyXML := l.only(".xml")
	for _, name := range slices.Sorted(maps.Keys(l.places)) {
		folder, base := path.Split(l.places[name])
		switch {
		case name == main:
		case seen.place(l.places[name]) == sidecarName:
			for to := "provider-" + sidecarName; !move(name, to); to = "provider-" + to {
			}
		case inThumbs(name) && strings.HasPrefix(base, path.Base(mainWas)+"."):
			move(name, folder+path.Base(l.main)+strings.TrimPrefix(base, path.Base(mainWas)))
		case isDocument(name) || name == onlyXML:
			move(name, folder+bundle.StripToken(base))
		}
	}
}

// taken holds all places and the folders above them, folded.
func (l *layout) taken(seen *names) map[string]bool {
	taken := make(map[string]bool, 2*len(l.places))
	for _, place := range l.places {
		for place = seen.place(place); place != "" && !taken[place]; place = folderOf(place) {
			taken[place] = true
		}
	}
	return taken
}

// only returns the name of the one file with an extension, "" if there are more or none.
func (l *layout) only(ext string) string {
	found := ""
	for name := range l.places {
		if extOf(name) != ext {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}
