package asset

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestImageSets(t *testing.T) {
	tests := []struct {
		name, primary string
		files         []string
		want          string
	}{
		{"single", "a.png", []string{"a.png", "b.png"}, "a.png"},
		{"views", "Chair_left.png", []string{"chair_BACK.png", "chair_front.png", "Chair_left.png", "chair_right.png", "table_front.png", "x.txt"},
			"chair_front.png chair_right.png chair_BACK.png Chair_left.png"},
		{"two views of two kinds", "chair_left.png", []string{"chair_left.png", "chair_front.jpg"}, "chair_front.jpg chair_left.png"},
		{"one view", "chair_front.png", []string{"chair_front.png", "b.png"}, "chair_front.png"},
		{"a view twice", "chair_front.png", []string{"chair_front.png", "chair_back.png", "chair_front.jpg"}, "chair_front.png chair_back.png"},
		{"own folder", "set/b.png", []string{"set/b.png", "set/a.png", "set/.DS_Store", "set/Thumbs.db"}, "a.png b.png"},
		{"own folder with views", "set/left.png", []string{"set/left.png", "set/front.png", "set/back.png"}, "front.png back.png left.png"},
		{"not in the root", "b.png", []string{"a.png", "b.png"}, "b.png"},
		{"not with other files", "set/b.png", []string{"set/b.png", "set/a.png", "set/notes.txt"}, "b.png"},
		{"not with folders", "set/b.png", []string{"set/b.png", "set/a.png", "set/more/x.txt"}, "b.png"},
		{"not five", "set/b.png", []string{"set/b.png", "set/a.png", "set/c.png", "set/d.png", "set/e.png"}, "b.png"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{}
			for _, f := range tt.files {
				files[f] = string(makePNG(t))
			}
			root := drop(t, files)
			a := inspect(t, root, tt.primary)
			if got := strings.Join(placesOf(a), " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if a.Primary != a.Members[0].Path || a.Kind != Images {
				t.Errorf("primary %s of %s", a.Primary, a.Kind)
			}
		})
	}
}

func TestImageRefused(t *testing.T) {
	png := string(makePNG(t))
	root := drop(t, map[string]string{
		"large.jpg":     png + strings.Repeat("x", MaxImage),
		"full.jpg":      png + strings.Repeat("x", MaxImage-len(png)),
		"text.png":      "hello",
		"c_front.png":   png,
		"c_back.png":    png[:40],
		"blank.webp":    "",
		"long.webp.png": png[:60],
	})
	for name, want := range map[string]string{
		"large.jpg": "10 MB", "text.png": "does not start", "c_front.png": "cut short", "blank.webp": "empty", "long.webp.png": "cut short",
	} {
		_, err := Inspect(t.Context(), root, filepath.Join(root, name))
		if e, ok := errors.AsType[*InvalidError](err); !ok || !strings.Contains(e.Reason, want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	inspect(t, root, "full.jpg")
}

func TestReadPrompt(t *testing.T) {
	tests := map[string]string{ // content → text, or part of the reason after "!"
		"a chair":                        "a chair",
		"\uFEFF a chair\r\n":             "a chair",
		"\xff\xfea\x00 \x00b\x00":        "a b",
		"\xfe\xff\x00a\x00b\x00\n":       "ab",
		"\xfe\xff\x00a\x00\n":            "!single",
		" x\n":                           "!single",
		"椅\n":                            "椅",
		strings.Repeat("é", MaxPrompt):   strings.Repeat("é", MaxPrompt),
		strings.Repeat("é", 501):         "!501 characters",
		" \n\t ":                         "!blank",
		"caf\xe9":                        "!UTF-8",
		"a\x00b":                         "!UTF-8",
		strings.Repeat(" ", 1<<17) + "x": "!longer",
	}
	for data, want := range tests {
		got, err := ReadPrompt(strings.NewReader(data))
		if reason, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%.20q: %v, want %s", data, err, reason)
			}
		} else if err != nil || got != want {
			t.Errorf("%.20q: %q %v", data, got, err)
		}
	}
}

func TestOwners(t *testing.T) {
	asset := func(primary string, others ...string) *Asset {
		a := &Asset{Primary: primary, Members: []Member{{Path: primary}}}
		for _, o := range others {
			a.Members = append(a.Members, Member{Path: o})
		}
		return a
	}
	var o Owners
	owned := func(file, want string) {
		t.Helper()
		if p, ok := o.OwnedBy(file); p != want || ok != (want != "") {
			t.Errorf("%s belongs to %q %v, want %q", file, p, ok, want)
		}
	}
	owned("x", "")
	o.Put(asset("b.usda", "layer.usda", "tex.png"))
	o.Put(asset("layer.usda", "tex.png"))
	owned("layer.usda", "b.usda")
	owned("tex.png", "b.usda")
	owned("b.usda", "")
	o.Put(asset("c.obj", "tex.png"))
	owned("tex.png", "b.usda")
	o.Remove("b.usda")
	owned("layer.usda", "")
	owned("tex.png", "c.obj")
	o.Put(asset("c.obj"))
	owned("tex.png", "layer.usda")

	// Assets that refer to each other: the first by name is the one to open.
	o = Owners{}
	o.Put(asset("m.usda", "n.usda"))
	o.Put(asset("n.usda", "m.usda"))
	owned("m.usda", "")
	owned("n.usda", "m.usda")
	if got := o.Owned("m.usda"); !slices.Equal(got, []string{"n.usda"}) {
		t.Errorf("owned %q", got)
	}
}

func TestFormatOf(t *testing.T) {
	tests := []struct {
		name   string
		format Format
		kind   Kind
		stem   string
	}{
		{"chair.glb", "glb", Models, "chair"},
		{"/drop/Chair.One.USDA", "usda", Models, "Chair.One"},
		{`C:\drop\a.STL`, "stl", Models, "a"},
		{"a.JPEG", "jpg", Images, "a"},
		{"a.webp", "webp", Images, "a"},
		{"a.prompt.txt", "prompt", Prompts, "a"},
		{"A.Prompt.TXT", "prompt", Prompts, "A"},
		{"a.txt", "", "", "a"},
		{"prompt.txt", "", "", "prompt"},
		{".prompt.txt", "", "", ".prompt"},
		{".glb", "", "", ".glb"},
		{"glb", "", "", "glb"},
		{"", "", "", ""},
		{"dir.glb/", "", "", ""},
	}
	for _, tt := range tests {
		f, k, ok := FormatOf(tt.name)
		if f != tt.format || k != tt.kind || ok != (tt.format != "") || Stem(tt.name) != tt.stem {
			t.Errorf("%q: %s %s %v, stem %q", tt.name, f, k, ok, Stem(tt.name))
		}
	}
	if !Accepted("a.png", []Kind{Models, Images}) || Accepted("a.png", []Kind{Models}) || Accepted("a.txt", []Kind{Models, Images, Prompts}) {
		t.Error("Accepted does not look at the kinds")
	}
}
