package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

func TestParseKey(t *testing.T) {
	for text, want := range map[string]string{
		"rgyd_live_x\n": "rgyd_live_x", "  rgyd \r\n": "rgyd", "": "", " \n": "", "a b": "", "a\x00b": "", "schlüssel": "",
		strings.Repeat("k", maxKey+1): "",
	} {
		key, err := ParseKey(text)
		if key.Reveal() != want || (err == nil) != (want != "") {
			t.Errorf("%.20q: %q, %v", text, key.Reveal(), err)
		}
		if err != nil && text != "" && strings.TrimSpace(text) != "" && strings.Contains(err.Error(), strings.TrimSpace(text)) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}

func TestKeepKey(t *testing.T) {
	home := t.TempDir()
	for _, v := range []string{"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA"} {
		t.Setenv(v, home)
	}
	p := DefaultProvider(Rigyd)
	found := func(want, source string) {
		t.Helper()
		key, from, err := ResolveKey("studio", p)
		if err != nil || key.Reveal() != want || !strings.Contains(from, source) {
			t.Errorf("found %q in %s, %v", key.Reveal(), from, err)
		}
	}
	keyring.MockInitWithError(errors.New("no keychain"))
	where, err := KeepKey("studio", "one", os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	found("one", where)
	st, err := os.Stat(where)
	if err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Error(st.Mode(), err)
	}
	if names, _ := os.ReadDir(filepath.Dir(where)); len(names) != 1 {
		t.Error("left behind: ", names)
	}

	keyring.MockInit()
	if where, err := KeepKey("studio", "two", os.LookupEnv); err != nil || where != "the keychain" {
		t.Error(where, err)
	}
	found("two", "keychain")
	if _, err := os.Stat(where); err == nil {
		t.Error("the older key is still in its file")
	}
	if _, err := KeepKey("../x", "k", os.LookupEnv); err == nil {
		t.Error("a name that leaves the folder is taken")
	}
}
