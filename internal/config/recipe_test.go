package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func above() Watch {
	w := DefaultWatch()
	w.Path, w.Provider = "/assets", Rigyd
	w.Convert.TargetTriangleCount, w.Convert.Format = 9000, "all"
	w.Ignore = []string{"*.bak"}
	return w
}

func TestRecipe(t *testing.T) {
	got, err := ParseRecipe([]byte("convert: {target_triangle_count: 5000, simulate: drop}\naccept: [models, images]\ncompanions: {missing: send}\nignore: [wip/**]\n"), above(), Rigyd)
	if err != nil {
		t.Fatal(err)
	}
	want := above()
	want.Convert.TargetTriangleCount, want.Convert.Simulate = 5000, "drop"
	if got.Convert != want.Convert || got.Convert.Format != "all" {
		t.Errorf("convert %+v", got.Convert)
	}
	if !slices.Equal(got.Accept, []string{"models", "images"}) || got.Companions.Missing != "send" || got.Companions.Wait != Duration(time.Minute) ||
		!slices.Equal(got.Ignore, []string{"wip/**"}) || got.Path != want.Path || got.Provider != want.Provider || got.Existing != want.Existing {
		t.Errorf("%+v", got)
	}
	for name, text := range map[string]string{"empty": "", "a comment": "# nothing yet\n", "nulls": "convert:\naccept:\nignore: ~\n"} {
		if got, err := ParseRecipe([]byte(text), above(), Rigyd); err != nil || got.Convert != above().Convert || len(got.Ignore) != 0 || !slices.Equal(got.Accept, above().Accept) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestRecipeMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"hooks: {on_done: rm}":                          "hooks: line 1: unknown key: known here are accept, companions, convert, ignore",
		"provider: local":                               "unknown key",
		"path: /":                                       "unknown key",
		"api_key: x":                                    "unknown key",
		"result: {place: mirror, root: /}":              "unknown key",
		"convert:\n  target_triangle_count: 5":          "convert.target_triangle_count: line 2: want 1000 to 1000000, got 5",
		"convert:\n  traget_triangle_count: 5000":       "did you mean target_triangle_count",
		"convert: {llm_provider: \"${RIGYD_API_KEY}\"}": "convert.llm_provider: line 1: a recipe cannot use environment variables",
		"convert: {target: glb}":                        "only toolkit and convertly",
		"accept: [media]":                               "media needs a provider",
		"accept: []":                                    "want at least one",
		"ignore: ['[']":                                 "ignore[0]: line 1: want a pattern",
		"companions: {missing: guess}":                  "want hold, send or fail",
		"companions: {wait: soon}":                      "a duration such as 5s",
		"- convert":                                     "want keys and values, got a list",
		"convert: [":                                    "not YAML",
		"a: 1\n---\nb: 2":                               "second YAML document",
		"accept: &a [models]\nignore: *a":               "no anchors",
		"convert: {<<: {format: usd}}":                  "no anchors",
		"ignore: [" + strings.Repeat("a,", 5000) + "]":  "no more than 4096 values",
		"convert: {format: usd}\n" + strings.Repeat("#", 64<<10): "larger than 64 KiB",
	} {
		got, err := ParseRecipe([]byte(text), above(), Rigyd)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
		if got.Convert != above().Convert {
			t.Errorf("%.40q changed something: %+v", text, got.Convert)
		}
	}
}

func FuzzRecipe(f *testing.F) {
	for _, seed := range []string{"", "convert: {target_triangle_count: 5000}", "accept: [models]\nignore: ['**']", "a: &a [*a]", "{{{{", "convert: {<<: *x}", "companions: {wait: 1h, missing: fail}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseRecipe(data, above(), Rigyd)
		if err != nil {
			if _, ok := err.(Mistakes); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		// What is accepted is as good as in the main configuration, and nothing else changed.
		c := Default()
		c.Providers = map[string]Provider{Rigyd: DefaultProvider(Rigyd)}
		c.Watch = []Watch{got}
		if err := c.Validate(); err != nil {
			t.Fatalf("%q is accepted: %v", data, err)
		}
		if got.Path != above().Path || got.Provider != Rigyd || got.Result != above().Result {
			t.Fatalf("%q: %+v", data, got)
		}
	})
}
