package asset

import (
	"path/filepath"
	"testing"
)

func TestAdvise(t *testing.T) {
	mtl := func(texture string) string { return "newmtl a\nmap_Kd " + texture + "\n" }
	tests := map[string]struct {
		texture string
		files   []string
		note    string
		near    []string
	}{
		"nothing like it":           {"wood.png", []string{"tex/oak.png"}, "", nil},
		"another case, beside":      {"wood.png", []string{"tex/Wood.PNG"}, "../tex/Wood.PNG is there", []string{"tex/Wood.PNG"}},
		"another extension":         {"wood.png", []string{"models/deep/wood.tif"}, "deep/wood.tif is there", []string{"models/deep/wood.tif"}},
		"the name goes first":       {"wood.png", []string{"models/wood.jpg", "tex/wood.png"}, "../tex/wood.png is there", []string{"tex/wood.png"}},
		"no other extension of it":  {"wood.txt", []string{"models/wood.png"}, "", nil},
		"own folders go first":      {"wood.png", []string{"a/wood.png", "models/z/wood.png"}, "z/wood.png is there", []string{"models/z/wood.png", "a/wood.png"}},
		"between two":               {"t/wood.png", []string{"models/tex/wood.png", "models/maps/wood.png"}, "it could be maps/wood.png or tex/wood.png", []string{"models/maps/wood.png", "models/tex/wood.png"}},
		"above the root":            {"../../../wood.png", []string{"wood.png"}, "it leads out of the watched folder; ../wood.png is there", []string{"wood.png"}},
		"a result is no source":     {"wood.png", []string{"b.simready/wood.png"}, "", nil},
		"three levels down":         {"wood.png", []string{"models/a/b/c/wood.png"}, "", nil},
		"from an accent to another": {"holz\u00e4.png", []string{"tex/holza\u0308.png"}, "../tex/holza\u0308.png is there", []string{"tex/holza\u0308.png"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"models/a.obj": "mtllib a.mtl\nv 0 0 0\n", "models/a.mtl": mtl(tc.texture)}
			for _, f := range tc.files {
				files[f] = "x"
			}
			root := drop(t, files)
			refs := Advise(t.Context(), inspect(t, root, "models/a.obj"))
			r := refs[len(refs)-1]
			if r.How != Unresolved || r.Missing == "" || r.Note != tc.note {
				t.Errorf("%+v, want the note %q", r, tc.note)
			}
			if len(r.Near) != len(tc.near) {
				t.Fatalf("near %q, want %q", r.Near, tc.near)
			}
			for i, want := range tc.near {
				if r.Near[i] != filepath.Join(root, filepath.FromSlash(want)) {
					t.Errorf("near %q, want %q", r.Near, tc.near)
				}
			}
		})
	}
}
