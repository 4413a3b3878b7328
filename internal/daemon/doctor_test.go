package daemon_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
	"simdrop/internal/rigydserver/rigydtest"
)

// find returns the checks of that name.
func find(checks []control.Check, name string) (found []control.Check) {
	for _, c := range checks {
		if c.Name == name {
			found = append(found, c)
		}
	}
	return found
}

func wantCheck(t *testing.T, checks []control.Check, name, verdict, text string) {
	t.Helper()
	for _, c := range find(checks, name) {
		if c.Verdict == verdict && strings.Contains(c.What+" → "+c.Hint, text) {
			return
		}
	}
	t.Errorf("no %s check that is %s and says %q: %+v", name, verdict, text, find(checks, name))
}

func TestDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	status := r.daemon.Status(t.Context())
	checks := daemon.Doctor(t.Context(), daemon.DoctorOptions{Config: &r.cfg, Running: &status, Version: "test"})
	for _, c := range checks {
		if c.Verdict == control.CheckFail {
			t.Errorf("%+v", c)
		}
	}
	for name, text := range map[string]string{
		"daemon": "version test", "state": "lies on", "key": "api_key", "provider": "takes the key; 1000 credits", "clock": "agrees", "folder": "written to", "space": "free",
	} {
		wantCheck(t, checks, name, control.CheckOK, text)
	}
	if w := find(checks, "watching"); len(w) != 1 || w[0].What == "" {
		t.Error("how the folder is watched is not said: ", w)
	}
	// Looking leaves nothing behind and makes no drop.
	if left, _ := filepath.Glob(filepath.Join(r.dir, ".simdrop-*")); len(left) != 0 {
		t.Error("left behind: ", left)
	}
	if len(r.provider.Ledger()) != 0 {
		t.Error("it cost something")
	}
	text, err := json.Marshal(checks)
	if err != nil || strings.Contains(string(text), r.provider.Key) {
		t.Error("the key is shown, or ", err)
	}
}

func TestDoctorOnProviders(t *testing.T) {
	answers := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			w.Write([]byte(`{"success":true,"data":{"items":[],"total":0}}`))
		}))
		t.Cleanup(s.Close)
		return s.URL + "/api"
	}
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	real := rigydtest.Start(t)
	to, err := url.Parse(strings.TrimSuffix(real.URL, "/api"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(-2*time.Hour).UTC().Format(http.TimeFormat))
		return nil
	}
	late := httptest.NewServer(proxy)
	t.Cleanup(late.Close)
	tests := map[string]struct {
		url, key            string
		name, verdict, text string
	}{
		"nobody listens":      {"http://127.0.0.1:1/api", "k", "provider", "fail", "nothing listens there"},
		"no such name":        {"http://simdrop.invalid/api", "k", "provider", "fail", "DNS"},
		"unknown certificate": {tls.URL + "/api", "k", "provider", "fail", "certificate"},
		"no TLS there":        {strings.Replace(answers(200), "http:", "https:", 1), "k", "provider", "fail", "TLS"},
		"not found":           {answers(404), "k", "provider", "fail", "/api"},
		"their trouble":       {answers(502), "k", "provider", "fail", "on their side"},
		"refused key":         {answers(401), "wrong", "key", "fail", "refused"},
		"no key":              {answers(401), "", "key", "fail", "simdrop login"},
		"clock":               {late.URL + "/api", real.Key, "clock", "fail", "ahead of"},
		"clock unknown":       {"http://127.0.0.1:1/api", "k", "clock", "unknown", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := config.Default()
			p := config.DefaultProvider(config.Rigyd)
			p.BaseURL, p.APIKey = tc.url, config.Secret(tc.key)
			if tc.key == "" { // never this machine's keychain
				p.APIKeyFile = filepath.Join(t.TempDir(), "key")
				tc.text = "no such file"
			}
			cfg.Providers = map[string]config.Provider{"rigyd": p}
			cfg.StateDir, cfg.Control.Listen = t.TempDir(), ""
			checks := daemon.Doctor(t.Context(), daemon.DoctorOptions{Config: &cfg})
			wantCheck(t, checks, tc.name, tc.verdict, tc.text)
		})
	}
}

func TestDoctorOnFolders(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("secret-key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	p := config.DefaultProvider(config.Rigyd)
	p.BaseURL, p.APIKeyFile = "http://127.0.0.1:1/api", key
	cfg.Providers = map[string]config.Provider{"rigyd": p}
	cfg.StateDir, cfg.Control.Listen = filepath.Join(file, "state"), ""
	watch := func(path string, change func(*config.Watch)) {
		w := config.DefaultWatch()
		w.Path = path
		if change != nil {
			change(&w)
		}
		cfg.Watch = append(cfg.Watch, w)
	}
	watch(filepath.Join(dir, "missing"), nil)
	watch(file, nil)
	watch(t.TempDir(), func(w *config.Watch) { w.Result = config.Result{Place: "mirror", Root: filepath.Join(dir, "gone")} })
	watch(t.TempDir(), func(w *config.Watch) { w.Detect = "poll" })
	checks := daemon.Doctor(t.Context(), daemon.DoctorOptions{Config: &cfg, Version: "test"})
	wantCheck(t, checks, "daemon", "warn", "simdrop run")
	wantCheck(t, checks, "state", "fail", "not a")
	wantCheck(t, checks, "folder", "fail", "never created")
	wantCheck(t, checks, "folder", "fail", "not a folder")
	wantCheck(t, checks, "folder", "fail", "results cannot be put there")
	wantCheck(t, checks, "watching", "ok", "every 15s: as configured")
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing root was made")
	}
	if config.KeyFileWarning(key) != "" { // there are no modes on Windows
		wantCheck(t, checks, "key", "warn", "other users")
	}
	if text, _ := json.Marshal(checks); strings.Contains(string(text), "secret-key") {
		t.Error("the key is shown")
	}

	status := control.Status{Version: "older", Paused: true, Watch: []control.WatchStatus{
		{Path: cfg.Watch[3].Path, State: "offline", Problem: "another folder lies there", Hint: "simdrop root confirm"},
		{Path: cfg.Watch[2].Path, State: "standby", Problem: "the daemon on nas owns the folder", Hint: "simdrop root takeover"},
	}}
	checks = daemon.Doctor(t.Context(), daemon.DoctorOptions{Config: &cfg, Running: &status, Version: "test"})
	wantCheck(t, checks, "daemon", "warn", "older")
	wantCheck(t, checks, "daemon", "warn", "simdrop resume")
	wantCheck(t, checks, "watching", "fail", "root confirm")
	wantCheck(t, checks, "watching", "warn", "root takeover")
}
