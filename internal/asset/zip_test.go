package asset

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestZIP(t *testing.T) {
	stl := string(makeSTL(1))
	many := []string{"a.stl", stl}
	for i := range maxZIPEntries {
		many = append(many, fmt.Sprintf("f%d.txt", i), "")
	}
	tests := []struct {
		name  string
		files []string
		want  string // part of the reason; empty: fine
	}{
		{"one", []string{"a.stl", stl}, ""},
		{"one of each system", []string{"a.stl", stl, "__MACOSX/._a.stl", "x", ".hidden/b.stl", stl, "._a.stl", "x"}, ""},
		{"in a folder", []string{"model/", "", "model/a.stl", stl, "model/readme.txt", "x"}, ""},
		{"inner zip is no primary", []string{"a.stl", stl, "more.zip", "x"}, ""},
		{"layers", []string{"a.obj", "mtllib a.mtl\nv 0 0 0\n", "a.mtl", "map_Kd a.png\n", "a.png", "x"}, ""},
		{"backslashes", []string{`model\a.obj`, "mtllib a.mtl\nv 0 0 0\n", `model\a.mtl`, "newmtl a\n"}, ""},
		{"none", []string{"a.txt", "x"}, "no primary inside"},
		{"two", []string{"a.stl", stl, "b/c.ply", textPLY}, "2 primaries inside, where one is expected: a.stl and b/c.ply"},
		{"three", []string{"a.stl", stl, "b.stl", stl, "c.stl", stl}, "3 primaries"},
		{"broken", []string{"a.stl", stl[:100]}, "a.stl inside it: it says 1 triangles"},
		{"climbing", []string{"a.stl", stl, "../x.png", "x"}, "leads out"},
		{"climbing within", []string{"a.stl", stl, "x/../../x.png", "x"}, "leads out"},
		{"absolute", []string{"a.stl", stl, "/etc/x.png", "x"}, "leads out"},
		{"drive", []string{"a.stl", stl, `C:\x.png`, "x"}, "leads out"},
		{"twice", []string{"a.stl", stl, "./a.stl", stl}, "twice"},
		{"too many", many, "entries"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := drop(t, map[string]string{"a.zip": string(makeZIP(t, tt.files...))})
			a, err := Inspect(t.Context(), root, filepath.Join(root, "a.zip"))
			if tt.want == "" {
				if err != nil || len(a.Missing) > 0 || len(a.Members) != 1 {
					t.Fatalf("%v, %+v", err, a)
				}
				return
			}
			if e, ok := errors.AsType[*InvalidError](err); !ok || !strings.Contains(e.Reason, tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestZIPMissing(t *testing.T) {
	root := drop(t, map[string]string{"in/a.zip": string(makeZIP(t, "m/a.obj", "mtllib a.mtl\nv 0 0 0\n", "m/a.mtl", "map_Kd ../tex/gone.png\n"))})
	a := inspect(t, root, "in/a.zip")
	if len(a.Missing) != 1 || a.Missing[0] != "tex/gone.png" {
		t.Errorf("missing %q", a.Missing)
	}
	if len(a.Refs) != 2 || a.Refs[1].Where != "m/a.obj: line 1" && !strings.HasSuffix(a.Refs[1].Where, "line 1") {
		t.Errorf("refs %+v", a.Refs)
	}
}

func TestUSDZWithoutLayer(t *testing.T) {
	root := drop(t, map[string]string{"a.usdz": string(makeZIP(t, "a.png", "x"))})
	if _, err := Inspect(t.Context(), root, filepath.Join(root, "a.usdz")); !isInvalid("no USD layer")(err) {
		t.Errorf("got %v", err)
	}
}
