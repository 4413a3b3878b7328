package check

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"simdrop/internal/engine/usd"
)

// featureAtomic is FET_000_STANDARD 0.1.0: names, paths and metadata.
var featureAtomic = []rule{
	{"NP.002", fileNames},
	{"NP.003", folderNames},
	{"NP.004", pathLengths},
	{"NP.005", folderLayout},
	{"NP.006", metadataPlace},
	{"NP.007", relativePaths},
	{"NP.008", resolvedPaths},
	{"SR.001", requiredMetadata},
	{"HI.010", definedPrims},
}

var (
	safeName    = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	device      = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)`)
	usdSuffixes = []string{".usd", ".usda", ".usdc", ".usdz"}
)

func badName(name string) bool {
	return !safeName.MatchString(name) || device.MatchString(name) || len(name) > 255
}

func fileNames(s *stage) (bad []string) {
	var l problems
	if !slices.Contains(usdSuffixes, path.Ext(s.Path)) {
		l.add("%s has no USD extension", s.Path)
	}
	for _, f := range s.Files {
		if badName(path.Base(f)) {
			l.add("file name %q", path.Base(f))
		}
	}
	return l
}

func folderNames(s *stage) []string {
	var l problems
	for _, f := range s.Files {
		for dir := path.Dir(f); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if badName(path.Base(dir)) {
				l.add("folder name %q", path.Base(dir))
			}
		}
	}
	return l
}

func pathLengths(s *stage) []string {
	var l problems
	for _, f := range s.Files {
		if len(f) > 260 {
			l.add("%s has %d characters", f, len(f))
		}
	}
	return l
}

// folderLayout wants <asset>/<folder>/<name with asset in it>.usd and no other USD
// file in that folder.
func folderLayout(s *stage) []string {
	var l problems
	parts := strings.Split(s.Path, "/")
	stem := strings.TrimSuffix(path.Base(s.Path), path.Ext(s.Path))
	switch {
	case len(parts) < 3:
		l.add("%s has no folder above its own", s.Path)
	case !strings.Contains(stem, parts[len(parts)-3]):
		l.add("the layout is Rigyd's: the folder above the layer's own is %q, which the file name %q does not contain",
			parts[len(parts)-3], path.Base(s.Path))
	}
	for _, f := range s.Files {
		if f != s.Path && path.Dir(f) == path.Dir(s.Path) && slices.Contains(usdSuffixes, path.Ext(f)) {
			l.add("%s is a second USD file in the folder", f)
		}
	}
	return l
}

func (s *stage) custom() usd.Dict {
	d, _ := s.Layer.Meta.Get("customLayerData").(usd.Dict)
	return d
}

func metadataPlace(s *stage) []string {
	if d, ok := s.custom().Get("SimReady_Metadata").(usd.Dict); !ok || len(d) == 0 {
		return []string{"customLayerData has no dictionary SimReady_Metadata"}
	}
	return nil
}

// assets are the file paths the layer names.
func (s *stage) assets() (out []string) {
	for _, n := range s.prims {
		for _, a := range n.Attrs {
			if v, ok := a.Value.(usd.Asset); ok {
				out = append(out, string(v))
			}
		}
	}
	return out
}

var absolute = regexp.MustCompile(`^([/\\]|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*://)`)

func relativePaths(s *stage) []string {
	var l problems
	for _, a := range s.assets() {
		if absolute.MatchString(a) {
			l.add("%s is not relative", a)
		}
	}
	var scan func(d usd.Dict)
	scan = func(d usd.Dict) {
		for _, e := range d {
			switch v := e.Value.(type) {
			case usd.Dict:
				scan(v)
			case usd.String:
				if absolute.MatchString(string(v)) {
					l.add("%s holds the absolute path %s", e.Name, string(v))
				}
			}
		}
	}
	scan(s.custom())
	return l
}

func resolvedPaths(s *stage) []string {
	var l problems
	for _, a := range s.assets() {
		if !slices.Contains(s.Files, path.Join(path.Dir(s.Path), a)) {
			l.add("%s is not in the package", a)
		}
	}
	return l
}

var day = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)

func requiredMetadata(s *stage) []string {
	var l problems
	if s.custom().Get("SimReady_Metadata") == nil {
		l.add("SimReady_Metadata is missing")
	}
	for _, k := range []string{"asset_name", "asset_type", "source_file", "usd_date_generated"} {
		v, ok := s.custom().Get(k).(usd.String)
		switch {
		case !ok || v == "":
			l.add("%s is missing", k)
		case k == "usd_date_generated" && !day.MatchString(string(v)):
			l.add("usd_date_generated is %q, not YYYY-MM-DD", string(v))
		}
	}
	return l
}

func definedPrims(s *stage) []string {
	return s.each("", func(n *node, bad *problems) {
		if n.Type == "" {
			bad.add("%s has no type", n.path)
		}
	})
}
