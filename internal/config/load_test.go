package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// env is an environment of a person with a home and nothing else.
func env(pairs ...string) Env {
	home := "/home/ana"
	if runtime.GOOS == "windows" {
		home = `C:\Users\ana`
	}
	m := map[string]string{homeVariable: home}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) (string, bool) { v, ok := m[k]; return v, ok }
}

func parse(t *testing.T, text string, pairs ...string) *Config {
	t.Helper()
	c, err := Parse([]byte(text), t.TempDir(), env(pairs...))
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, text)
	}
	return c
}

func TestDefaults(t *testing.T) {
	c := parse(t, "watch: [{path: ~/Assets}]", "RIGYD_API_KEY", "rgyd_test_1")
	want := DefaultWatch()
	want.Path = filepath.Join(homeDir(env()), "Assets")
	if !reflect.DeepEqual(c.Watch, []Watch{want}) {
		t.Errorf("watch = %+v", c.Watch)
	}
	p := c.Providers["rigyd"]
	if p.APIKey != "rgyd_test_1" || p.BaseURL != "https://api.rigyd.com/api" || p.MaxUploads != 2 {
		t.Errorf("rigyd = %+v, key set: %v", p, p.APIKey != "")
	}
	if c.Control.Listen != "127.0.0.1:7420" || c.StateDir == "" {
		t.Errorf("control %q, state %q", c.Control.Listen, c.StateDir)
	}
}

// TestEmptyFiles: nothing in a file is the default configuration.
func TestEmptyFiles(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "~\n", "watch:\n", "providers:\nwatch: []\n", "log:\n  level:\n"} {
		c := parse(t, text)
		if len(c.Watch) != 0 || c.Providers["rigyd"].Type != Rigyd || c.Log.Level != "info" {
			t.Errorf("%q gives %+v", text, c)
		}
	}
}

func TestValues(t *testing.T) {
	c := parse(t, `
providers:
  studio: {type: rigyd, base_url: "http://127.0.0.1:8000/api/", api_key: "${KEY}", bandwidth: 8MiB, max_uploads: "${N}"}
  convertly: {}
watch:
  - &models
    path: /a
    provider: studio
    settle_period: 300ms
    convert: {threshold: 0.05, target_triangle_count: 5000}
  - {<<: *models, path: /b, settle_period: 2h, result: {place: mirror, root: out}}
  - {path: "/c $${HOME}", provider: local, convert: {units: mm}}
`, "KEY", "k1", "N", "7")
	studio := c.Providers["studio"]
	if studio.APIKey != "k1" || studio.Bandwidth != 8<<20 || studio.MaxUploads != 7 || studio.BaseURL != "http://127.0.0.1:8000/api" {
		t.Errorf("studio = %+v", studio)
	}
	if studio.Budget.ApproveAbove != 25 || studio.GiveUpAfter.D() != 2*time.Hour {
		t.Errorf("studio lacks defaults: %+v", studio)
	}
	if p := c.Providers["convertly"]; p.Type != Convertly || p.BaseURL != "https://convertly.sh" || p.APIKey != "" {
		t.Errorf("convertly = %+v", p)
	}
	if _, ok := c.Providers["rigyd"]; ok {
		t.Error("providers without rigyd gained one")
	}
	if p := c.Providers["local"]; p.Type != Local || p.BaseURL != "" {
		t.Errorf("local = %+v", p)
	}
	b := c.Watch[1]
	if b.SettlePeriod.D() != 2*time.Hour || b.Provider != "studio" || *b.Convert.Threshold != 0.05 {
		t.Errorf("the merged watch = %+v", b)
	}
	if !filepath.IsAbs(b.Result.Root) || !strings.HasSuffix(b.Result.Root, "out") {
		t.Errorf("root = %q", b.Result.Root)
	}
	if !strings.HasSuffix(c.Watch[2].Path, "c ${HOME}") {
		t.Errorf("path = %q", c.Watch[2].Path)
	}
}

// TestRigydKeyStaysWithRigyd: the variable's default is for a rigyd provider that
// says nothing about its key.
func TestRigydKeyStaysWithRigyd(t *testing.T) {
	c := parse(t, `
providers:
  a: {type: rigyd}
  b: {type: rigyd, api_key_file: k}
  c: {type: toolkit}
  d: {type: rigyd, api_key: ""}
`, "RIGYD_API_KEY", "secret")
	for name, want := range map[string]Secret{"a": "secret", "b": "", "c": "", "d": ""} {
		if got := c.Providers[name].APIKey; got != want {
			t.Errorf("%s has the wrong key", name)
		}
	}
}

func TestLoadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte("state_dir: state\nwatch: [{path: drop}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, env())
	if err != nil {
		t.Fatal(err)
	}
	if c.File != file || c.StateDir != filepath.Join(dir, "state") || c.Watch[0].Path != filepath.Join(dir, "drop") {
		t.Errorf("file %q, state %q, watch %q", c.File, c.StateDir, c.Watch[0].Path)
	}
	if _, err := Load(filepath.Join(dir, "none.yaml"), env()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestExample(t *testing.T) {
	top, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(top) != Example() {
		t.Error("config.example.yaml differs from internal/config/example.yaml")
	}
	// The example states the defaults: it decodes to what a file with the path alone gives.
	with := []string{"RIGYD_API_KEY", "k"}
	got, want := parse(t, Example(), with...), parse(t, "watch: [{path: ~/Assets}]", with...)
	got.Watch[0].Ignore, got.Webhooks = nil, nil // empty lists
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example is not the defaults:\n%+v\n%+v", got, want)
	}
	// And what it only mentions decodes, too.
	var all []string
	for line := range strings.Lines(Example()) {
		for _, key := range []string{"target_triangle_count", "threshold", "llm_provider", "skip_validation", "face_limit", "model_version"} {
			line = strings.Replace(line, "# "+key, key, 1)
		}
		all = append(all, line)
	}
	parse(t, strings.Join(all, ""), with...)
}
