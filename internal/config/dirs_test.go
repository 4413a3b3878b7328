package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	e := env("CONFIGURATION_DIRECTORY", filepath.Join(dir, "svc"), "XDG_CONFIG_HOME", dir, "APPDATA", dir, homeVariable, dir)
	_, err := Find("", e)
	nf, ok := errors.AsType[*NotFound](err)
	if !ok || !errors.Is(err, ErrNotFound) || len(nf.Places) != 3 {
		t.Fatalf("nothing there: %v", err)
	}
	user := filepath.Join(UserDir(e), "config.yaml")
	if nf.Places[0] != filepath.Join(dir, "svc", "config.yaml") || nf.Places[1] != user {
		t.Errorf("places = %v", nf.Places)
	}
	if err := os.MkdirAll(filepath.Dir(user), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(user, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Find("", e); got != user || err != nil {
		t.Errorf("Find = %q, %v", got, err)
	}
	if got, _ := Find("", env("SIMDROP_CONFIG", "b")); got != "b" {
		t.Errorf("with SIMDROP_CONFIG: %q", got)
	}
	if got, _ := Find("a", env("SIMDROP_CONFIG", "b")); got != "a" {
		t.Errorf("explicit: %q", got)
	}
}

func TestStateDir(t *testing.T) {
	dir := t.TempDir()
	one := filepath.Join(dir, "one")
	if got := StateDir(env("STATE_DIRECTORY", one+string(filepath.ListSeparator)+dir)); got != one {
		t.Errorf("from the service manager: %q", got)
	}
	if got := StateDir(env("STATE_DIRECTORY", "relative")); got == "relative" {
		t.Error("a relative STATE_DIRECTORY is taken")
	}
	nobody := func(string) (string, bool) { return "", false }
	if got := StateDir(nobody); got != systemState(nobody) || !filepath.IsAbs(got) {
		t.Errorf("without a person: %q", got)
	}
	if got := StateDirs(nobody); len(got) == 0 || got[0] != systemState(nobody) {
		t.Errorf("StateDirs = %q", got)
	}
}

func TestLogDir(t *testing.T) {
	dir := t.TempDir()
	if got := LogDir(env("LOGS_DIRECTORY", dir, "STATE_DIRECTORY", "/elsewhere")); got != dir {
		t.Errorf("from the service manager: %q", got)
	}
	if got := LogDir(env(homeVariable, dir, "LOCALAPPDATA", dir)); !filepath.IsAbs(got) {
		t.Errorf("of a person: %q", got)
	}
}

func TestUnits(t *testing.T) {
	for s, want := range map[string]Size{"0": 0, "4096": 4096, "8MiB": 8 << 20, "8MB": 8e6, "1.5 GB": 15e8, "2kB": 2000, "9B": 9, "1TiB": 1 << 40} {
		got, err := ParseSize(s)
		if err != nil || got != want {
			t.Errorf("%s = %d, %v", s, got, err)
		}
		if back, err := ParseSize(got.String()); err != nil || back != got {
			t.Errorf("%s prints as %s", s, got)
		}
	}
	for _, s := range []string{"", "MiB", "-1", "1e9", "8M", "1..5GB", "0x10", "NaN", "9999999TiB", "99999999999999999999", "8 M iB"} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("%q = %d", s, got)
		}
	}
	for s, want := range map[string]string{"5m0s": "5m", "2h0m0s": "2h", "1h0m5s": "1h0m5s", "0s": "0s", "10m": "10m", "300ms": "300ms"} {
		d, err := time.ParseDuration(s)
		if got := Duration(d).String(); err != nil || got != want {
			t.Errorf("%s prints as %s", s, got)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string][]string{
		"":                            nil,
		"  notify  -x ":               {"notify", "-x"},
		`"C:\Program Files\n.exe" '`:  nil,
		`"C:\Program Files\n.exe\" a`: {`C:\Program Files\n.exe\`, "a"},
		`a"b c"d '' "it's"`:           {"ab cd", "", "it's"},
	} {
		got, err := SplitCommand(line)
		if len(got) != len(want) || (err != nil) != (line == `"C:\Program Files\n.exe" '`) {
			t.Errorf("%s = %q, %v", line, got, err)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s = %q", line, got)
			}
		}
	}
}
