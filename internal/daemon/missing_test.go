package daemon

import (
	"testing"

	"simdrop/internal/asset"
)

func TestMissingText(t *testing.T) {
	near := func(missing string, places ...string) asset.Ref {
		return asset.Ref{How: asset.Unresolved, Missing: missing, Near: places}
	}
	tests := map[string]struct {
		missing []string
		there   int // companions that are there
		refs    []asset.Ref
		want    string
	}{
		"one of one": {[]string{"a.png"}, 0, nil, "1 of 1 file it refers to is missing: a.png"},
		"more than are named": {[]string{"1", "2", "3", "4", "5", "6", "7"}, 4, nil,
			"7 of 11 files it refers to are missing: 1, 2, 3, 4, 5 and 2 more"},
		"one is near": {[]string{"a.png", "b.png"}, 1, []asset.Ref{near("a.png", "/drop/tex/A.png"), near("b.png")},
			"2 of 3 files it refers to are missing: a.png, b.png; there is ../tex/A.png"},
		"another case in one folder": {[]string{"a.png", "b.png", "c.png"}, 8, []asset.Ref{
			near("a.png", "/drop/tex/A.png"), near("b.png", "/drop/tex/B.png"), near("b.png", "/drop/tex/B.png")},
			"3 of 11 files it refers to are missing: a.png, b.png, c.png; 2 exist under another case or name in ../tex"},
		"the same name in several": {[]string{"a.png", "b.png"}, 0, []asset.Ref{near("a.png", "/drop/tex/a.png"), near("b.png", "/drop/img/b.png")},
			"2 of 2 files it refers to are missing: a.png, b.png; 2 exist in ../img and elsewhere"},
		"not decided between": {[]string{"a.png"}, 0, []asset.Ref{near("a.png", "/drop/m/tex/a.png", "/drop/m/maps/a.png")},
			"1 of 1 file it refers to is missing: a.png; 1 could be either of several files"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			a := &asset.Asset{Primary: "/drop/m/a.obj", Missing: tc.missing, Members: make([]asset.Member, 1+tc.there)}
			if got := missingText(a, tc.refs); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}
