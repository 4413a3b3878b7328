package result

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestLayout(t *testing.T) {
	for name, test := range map[string]struct {
		files []string
		want  string // places in the order of files; the main one in brackets
	}{
		"rigyd usd": {
			[]string{"usd/chair_sd_k7q2m4x9ab0/chair_sd_k7q2m4x9ab0.usd", "usd/chair_sd_k7q2m4x9ab0/textures/wood.png"},
			"[chair.usd] textures/wood.png"},
		"rigyd all": {
			[]string{"usd/x/x.usd", "usd/x/textures/a.png", "mjcf/x/x.xml", "mjcf/x/meshes/m.obj"},
			"[chair.usd] textures/a.png mjcf/x.xml mjcf/meshes/m.obj"},
		"rigyd mjcf":     {[]string{"mjcf/x/x.xml", "mjcf/x/meshes/m.obj"}, "[mjcf/chair.xml] mjcf/meshes/m.obj"},
		"another format": {[]string{"out/x.glb", "out/tex/a.png"}, "[chair.glb] tex/a.png"},
		"flat":           {[]string{"x.usdz"}, "[chair.usdz]"},
		"wrapped":        {[]string{"out/usd/x.usda", "out/mjcf/x.xml", "out/report.json"}, "[chair.usda] mjcf/x.xml report.json"},
		"textures beside the layer's folder stay where the layer looks for them": {
			[]string{"usd/x.usd", "textures/wood.png"}, "[usd/chair.usd] textures/wood.png"},
		"documents at the top do not hold the scene down": {
			[]string{"usd/x/x.usd", "usd/x/t.png", "report.json", "thumbnail.png"}, "[chair.usd] t.png report.json thumbnail.png"},
		"the shallowest layer is the main one": {
			[]string{"parts/a.usd", "parts/b.usd", "whole scene.usd"}, "parts/a.usd parts/b.usd [chair.usd]"},
		"then the shortest":            {[]string{"chair_physics.usd", "x.usd"}, "chair_physics.usd [chair.usd]"},
		"then the first":               {[]string{"b.usd", "a.usd"}, "b.usd [chair.usd]"},
		"a layer before a package":     {[]string{"a.usdz", "sub/b.usd"}, "a.usdz [sub/chair.usd]"},
		"no layer in hidden folders":   {[]string{".cache/a.usd", "sub/long name.usd"}, ".cache/a.usd [sub/chair.usd]"},
		"extension in upper case":      {[]string{"A.USD"}, "[chair.usd]"},
		"the name is taken":            {[]string{"x.usd", "chair.usd", "y.png"}, "[x.usd] chair.usd y.png"},
		"taken in another case":        {[]string{"x.usd", "CHAIR.usd"}, "[x.usd] CHAIR.usd"},
		"simulation":                   {[]string{"usd/x.usd", "simulation/run1/video.mp4"}, "[chair.usd] sim/video.mp4"},
		"our sidecar's name":           {[]string{"x.usd", "SimReady.json"}, "[chair.usd] provider-simready.json"},
		"previews follow their layer":  {[]string{"x.usd", ".thumbs/256x256/x.usd.png"}, "[chair.usd] .thumbs/256x256/chair.usd.png"},
		"token in documents":           {[]string{"x_sd-k7q2m4x9ab0.usd", "x_sd-k7q2m4x9ab0_report.json"}, "[chair.usd] x_report.json"},
		"token in what a layer names":  {[]string{"x.usd", "t/x_sd-k7q2m4x9ab0_wood.png"}, "[chair.usd] t/x_sd-k7q2m4x9ab0_wood.png"},
		"token in the one MJCF file":   {[]string{"usd/x.usd", "mjcf/x_sd_k7q2m4x9ab0.xml"}, "[chair.usd] mjcf/x.xml"},
		"USD below mjcf only":          {[]string{"mjcf/x.usd", "mjcf/x.xml", "readme.txt"}, "[mjcf/chair.usd] mjcf/x.xml readme.txt"},
		"lifting would make two one":   {[]string{"usd/x.usd", "usd/report.json", "report.json", "mjcf/a.xml"}, "[usd/chair.usd] usd/report.json report.json mjcf/a.xml"},
		"a USD in the mjcf group last": {[]string{"usd/deep/er/x.usd", "usd/t.png", "mjcf/a.usd"}, "[deep/er/chair.usd] t.png mjcf/a.usd"},
	} {
		l := arrange(test.files, "chair", "glb")
		var got []string
		for _, file := range test.files {
			place := l.places[file]
			if place == l.main {
				place = "[" + place + "]"
			}
			got = append(got, place)
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, s, test.want)
		}
	}
}

func TestPortable(t *testing.T) {
	for name, want := range map[string]string{
		"chair": "chair", "Stühle 木": "Stühle 木", "a:b": "a_b", `a\b?`: "a_b_", "con": "_con", "  x": "x", " ": "_", "": "_", "..": "_..",
		"w\xffd": "w_d", "tab\there": "tab_here", strings.Repeat("x", 300): strings.Repeat("x", 120),
	} {
		got := portable(name)
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		if reason := checkName(got + ".usd"); reason != "" {
			t.Errorf("%q: %s", got, reason)
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("usd/a/a.usd\nusd/a/t.png\nmjcf/a.xml\nreport.json", "chair")
	f.Add("a_sd-k7q2m4x9ab0.usd\nsimready.json\nprovider-simready.json", "a:b")
	f.Add(".thumbs/x.usd.png\nx.usd", "CON")
	f.Fuzz(func(t *testing.T, list, stem string) {
		var files []string
		seen := newNames()
		for file := range strings.SplitSeq(list, "\n") {
			if checkName(file) == "" && !strings.HasSuffix(file, "/") && seen.add(file) == "" {
				files = append(files, file)
			}
		}
		if len(files) == 0 {
			return
		}
		l := arrange(files, stem, "usd")
		if len(l.places) != len(files) {
			t.Fatalf("%d places for %d files", len(l.places), len(files))
		}
		placed := newNames()
		placed.add(sidecarName)
		for _, place := range slices.Sorted(maps.Values(l.places)) {
			if reason := checkNameUpTo(place, placeMax); reason != "" {
				t.Errorf("%q: %s", place, reason)
			}
			if reason := placed.add(place); reason != "" {
				t.Errorf("%q: %s", place, reason)
			}
		}
	})
}
