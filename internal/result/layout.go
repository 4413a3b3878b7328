package result

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// The layout keeps an archive's tree, because texture paths are relative to the
// layer that names them, and moves it only as a whole: the folder common to all
// USD files and whatever they may refer to becomes the top, an MJCF package goes
// below mjcf/, a simulation's outputs below sim/. Only files that nothing refers
// to get another name: see rename.go.

// layout says where each file of an archive goes.
type layout struct {
	main   string            // place of the main layer
	format string            // what was asked for
	places map[string]string // by name in the archive
}

// groups are an archive's files by what they are for.
type groups struct {
	top   string   // the folder common to all files
	scene []string // USD files and all they may refer to
	mjcf  []string
	sim   []string
	loose []string // documents, which nothing refers to
}

// arrange lays out an archive's files, which hold what was asked for as format,
// for a source called stem.
func arrange(files []string, stem, format string) layout {
	g := sortOut(files)
	l := layout{format: format, places: make(map[string]string, len(files))}
	if len(g.scene) == 0 && slices.ContainsFunc(files, isUSD) || !g.place(&l) {
		// It fits no rule: only the folder common to all files is left out.
		clear(l.places)
		for _, name := range files {
			l.places[name] = below(g.top, name)
		}
	}
	l.rename(stem)
	return l
}

func sortOut(files []string) groups {
	g := groups{top: commonFolder(files)}
	onlyMJCF := !slices.ContainsFunc(files, isUSD) && slices.ContainsFunc(files, isMJCF)
	for _, name := range files {
		first, _, inFolder := strings.Cut(below(g.top, name), "/")
		switch first = strings.ToLower(first); {
		case onlyMJCF, inFolder && first == "mjcf":
			g.mjcf = append(g.mjcf, name)
		case inFolder && (first == "sim" || first == "simulation"):
			g.sim = append(g.sim, name)
		case isDocument(name):
			g.loose = append(g.loose, name)
		default:
			g.scene = append(g.scene, name)
		}
	}
	return g
}

// place fills l with a place for each file and says whether all differ.
func (g *groups) place(l *layout) bool {
	lifted := commonFolder(g.scene)
	taken, seen := make(map[string]bool), newNames()
	put := func(name, place string) bool {
		l.places[name] = place
		key := seen.place(place)
		free := !taken[key]
		taken[key] = true
		return free
	}
	ok := true
	for _, name := range g.scene {
		ok = put(name, below(lifted, name)) && ok
	}
	mjcf, sim := commonFolder(g.mjcf), commonFolder(g.sim)
	for _, name := range g.mjcf {
		ok = put(name, path.Join("mjcf", below(mjcf, name))) && ok
	}
	for _, name := range g.sim {
		ok = put(name, path.Join("sim", below(sim, name))) && ok
	}
	for _, name := range g.loose {
		folder := g.top
		if within(lifted, name) {
			folder = lifted
		}
		ok = put(name, below(folder, name)) && ok
	}
	return ok
}

// findMain returns the name of the file one opens: the shallowest layer, then the
// one with the shortest path. A package (usdz) counts where there is no layer, an
// file of the format that was asked for where there is no USD at all.
func (l *layout) findMain() string {
	for _, exts := range [][]string{{".usd", ".usda", ".usdc"}, {".usdz"}, wanted(l.format), {".xml"}} {
		main := ""
		for name, place := range l.places {
			if slices.Contains(exts, extOf(place)) && !hidden(place) &&
				(main == "" || before(place, l.places[main])) {
				main = name
			}
		}
		if main != "" {
			return main
		}
	}
	return ""
}

// before is the order in which places are considered for the main layer.
func before(a, b string) bool {
	return cmp.Or(
		cmp.Compare(group(a), group(b)),
		cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")),
		cmp.Compare(len(a), len(b)),
		cmp.Compare(a, b)) < 0
}

// group puts what lies in mjcf/ and sim/ behind the scene.
func group(place string) int {
	if strings.HasPrefix(place, "mjcf/") || strings.HasPrefix(place, "sim/") {
		return 1
	}
	return 0
}

func isMJCF(name string) bool { return extOf(name) == ".xml" }

func isUSD(name string) bool { return slices.Contains(usdExts, extOf(name)) }

// isDocument tells files that no layer refers to.
func isDocument(name string) bool {
	switch extOf(name) {
	case ".json", ".txt", ".md", ".html", ".htm", ".pdf", ".log", ".csv", ".yaml", ".yml", ".mp4", ".webm", ".gif":
		return true
	case ".png", ".jpg", ".jpeg", ".webp":
		base := strings.ToLower(path.Base(name))
		return inThumbs(name) || strings.HasPrefix(base, "thumb") || strings.HasPrefix(base, "preview")
	}
	return false
}

// inThumbs tells the previews that Omniverse keeps beside a layer.
func inThumbs(name string) bool {
	return strings.HasPrefix(name, ".thumbs/") || strings.Contains(name, "/.thumbs/")
}

// hidden tells names that have a part beginning with a dot.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") }

// commonFolder is the deepest folder that holds all files, "" for the top.
func commonFolder(files []string) string {
	if len(files) == 0 {
		return ""
	}
	common := folderOf(files[0])
	for _, name := range files[1:] {
		for !within(common, name) {
			common = folderOf(common)
		}
	}
	return common
}

func folderOf(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return ""
}

func within(folder, name string) bool {
	return folder == "" || strings.HasPrefix(name, folder) && len(name) > len(folder) && name[len(folder)] == '/'
}

func below(folder, name string) string {
	if folder == "" {
		return name
	}
	return name[len(folder)+1:]
}
