package daemon

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"simdrop/internal/asset"
	"simdrop/queue"
)

// missing applies the folder's rule for assets whose companions are not all there.
func missing(ctx context.Context, o *queue.Offer, a *asset.Asset, rule string) {
	text := missingText(a, asset.Advise(ctx, a))
	switch rule {
	case "send":
	case "fail":
		o.State, o.Error = queue.Failed, text
		o.Hint = "put the missing files where the asset looks for them and save it again"
	default:
		o.State, o.Reason, o.Error = queue.Held, queue.Companions, text
		o.Hint = "it goes on by itself when they arrive; `simdrop release` sends it without them"
	}
}

// maxNamed is how many missing files are named before the rest is counted.
const maxNamed = 5

// missingText says how many files are missing, which, and where files like them
// are: "2 of 3 files it refers to are missing: a.png, b.png; 2 exist in ../tex".
func missingText(a *asset.Asset, refs []asset.Ref) string {
	names := a.Missing
	more := ""
	if len(names) > maxNamed {
		more = fmt.Sprintf(" and %d more", len(names)-maxNamed)
		names = names[:maxNamed]
	}
	all, verb := len(a.Missing)+len(a.Members)-1, "are"
	files := "files"
	if all == 1 {
		files = "file"
	}
	if len(a.Missing) == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %d %s it refers to %s missing: %s%s%s",
		len(a.Missing), all, files, verb, strings.Join(names, ", "), more, nearText(a, refs))
}

// nearText says how many of the missing files exist near by.
func nearText(a *asset.Asset, refs []asset.Ref) string {
	here := filepath.Dir(a.Primary)
	seen := map[string]bool{}
	var places, folders []string
	unclear, renamed := 0, 0
	for _, r := range refs {
		if r.Missing == "" || len(r.Near) == 0 || seen[r.Missing] {
			continue
		}
		seen[r.Missing] = true
		if len(r.Near) > 1 {
			unclear++
			continue
		}
		place := placeFrom(here, r.Near[0])
		places = append(places, place)
		folders = append(folders, path.Dir(place))
		if path.Base(place) != path.Base(r.Missing) {
			renamed++
		}
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	var text string
	switch {
	case len(places) == 1:
		text = "; there is " + places[0]
	case len(places) > 1:
		name := ""
		if renamed == len(places) {
			name = " under another case or name"
		}
		where := folders[0]
		if len(folders) > 1 {
			where += " and elsewhere"
		}
		text = fmt.Sprintf("; %d exist%s in %s", len(places), name, where)
	}
	if unclear > 0 {
		text += fmt.Sprintf("; %d could be either of several files", unclear)
	}
	return text
}

// placeFrom is how a person would write the way from a folder to a file.
func placeFrom(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}
