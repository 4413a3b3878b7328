package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
	"gopkg.in/yaml.v3"
)

func TestSecretNeverShows(t *testing.T) {
	const key = "rgyd_live_0123456789"
	s := Secret(key)
	p := Provider{APIKey: s}
	c := Default()
	c.Providers["rigyd"] = p
	c.Webhooks = []Webhook{{URL: "https://hooks.example/T0/" + key, Secret: s}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", p)
		fmt.Fprintf(&out, verb+"\n", &c.Providers)
	}
	j, _ := json.Marshal([]any{s, p, &c.Webhooks[0].Secret})
	y, _ := yaml.Marshal(c)
	show, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	y = []byte(strings.ReplaceAll(string(y), "https://hooks.example/T0/"+key, "")) // the URL is YAML's to hide
	out.Write(y)
	out.Write(show)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", s, "provider", p)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", s, "provider", p)
	if strings.Contains(out.String(), key) || strings.Contains(out.String(), fmt.Sprintf("%x", key)) {
		t.Errorf("the key shows in\n%s", out.String())
	}
	if n := strings.Count(out.String(), Redacted); n < 30 {
		t.Errorf("[redacted] shows %d times", n)
	}
	if s.Reveal() != key || fmt.Sprint(Secret("")) != "" {
		t.Error("Reveal, or the empty secret, is wrong")
	}
}

func TestResolveKey(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	t.Setenv("APPDATA", dir)
	file := filepath.Join(dir, "key")
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(p Provider, want Secret, source string) {
		t.Helper()
		got, from, err := ResolveKey("rigyd", p)
		if err != nil || got != want || !strings.HasPrefix(from, source) {
			t.Errorf("key right: %v, from %q, want %q, %v", got == want, from, source, err)
		}
	}
	check(Provider{Type: Rigyd}, "", "none")
	check(Provider{Type: Local, APIKey: "x"}, "", "not needed")
	kept := KeyFile("rigyd", os.LookupEnv)
	write(kept, "from login\n")
	check(Provider{Type: Rigyd}, "from login", kept)
	if err := keyring.Set("simdrop", "rigyd", "from keychain"); err != nil {
		t.Fatal(err)
	}
	check(Provider{Type: Rigyd}, "from keychain", "keychain")
	write(file, "  from file\r\n")
	check(Provider{Type: Rigyd, APIKeyFile: file}, "from file", "api_key_file "+file)
	check(Provider{Type: Rigyd, APIKey: " k ", APIKeyFile: file}, "k", "api_key")

	keyring.MockInitWithError(fmt.Errorf("no session bus"))
	check(Provider{Type: Rigyd}, "from login", kept)

	for _, text := range []string{"", "\n", "a\nb", strings.Repeat("k", maxKey+1)} {
		write(file, text)
		if _, _, err := ResolveKey("rigyd", Provider{Type: Rigyd, APIKeyFile: file}); err == nil || strings.Contains(err.Error(), "kkk") {
			t.Errorf("a key file with %.10q gives %v", text, err)
		}
	}
	if _, _, err := ResolveKey("rigyd", Provider{Type: Rigyd, APIKeyFile: file + "x"}); err == nil {
		t.Error("a missing key file gives no error")
	}
	if KeyFile("../x", os.LookupEnv) != "" {
		t.Error("a name leaves the folder")
	}
}

func TestKeyFileWarning(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing on Windows")
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("k"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w := KeyFileWarning(file); w != "" {
		t.Error(w)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if w := KeyFileWarning(file); !strings.Contains(w, "0644") {
		t.Errorf("warning = %q", w)
	}
}
