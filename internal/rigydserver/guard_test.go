package rigydserver_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

func TestGuard(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.Hosts = []string{"studio.example"} })))
	good := "Bearer " + c.p.Key
	for _, tt := range []struct {
		name, host string
		header     map[string]string
		status     int
		text       string
	}{
		{"loopback", "127.0.0.1:7420", map[string]string{"Authorization": good}, 200, ""},
		{"loopback, version 6", "[::1]:7420", map[string]string{"Authorization": good}, 200, ""},
		{"localhost", "LocalHost:1", map[string]string{"Authorization": good}, 200, ""},
		{"configured", "studio.example:80", map[string]string{"Authorization": good}, 200, ""},
		{"scheme in another case", "localhost", map[string]string{"Authorization": "bearer " + c.p.Key}, 200, ""},
		{"foreign host", "evil.example", map[string]string{"Authorization": good}, 403, "Host not allowed"},
		{"looks like loopback", "127.0.0.1.evil.example", map[string]string{"Authorization": good}, 403, "Host not allowed"},
		{"trailing dot", "localhost.", map[string]string{"Authorization": good}, 403, "Host not allowed"},
		{"other address", "192.168.1.5:7420", map[string]string{"Authorization": good}, 403, "Host not allowed"},
		{"foreign page", "localhost", map[string]string{"Authorization": good, "Sec-Fetch-Site": "cross-site"}, 403, "Requests from other web sites are not allowed"},
		{"same site is not same origin", "localhost", map[string]string{"Authorization": good, "Sec-Fetch-Site": "same-site"}, 403, "Requests from other web sites are not allowed"},
		{"no key", "localhost", nil, 401, "Authentication required"},
		{"empty key", "localhost", map[string]string{"Authorization": "Bearer "}, 401, "Authentication required"},
		{"other scheme", "localhost", map[string]string{"Authorization": "Basic " + c.p.Key}, 401, "Authentication required"},
		{"wrong key", "localhost", map[string]string{"Authorization": good + "x"}, 401, "Invalid API key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest("GET", c.p.URL+"/conversions/pricing", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			a := c.send(req)
			if tt.status != 200 {
				(&caller{t: t}).refused(a, tt.status, tt.text)
			} else if a.status != 200 {
				t.Errorf("got %d %s", a.status, a.body)
			}
			if a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("another origin is allowed in")
			}
		})
	}
}

func TestPreflightIsNotAnswered(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	if a := c.do("OPTIONS", "/conversions", "", nil); a.status < 400 || a.header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("got %d %v", a.status, a.header)
	}
}

func TestTooManyHeaders(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	req, err := http.NewRequest("GET", c.p.URL+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 101 {
		req.Header.Set(fmt.Sprintf("X-%d", i), "1")
	}
	c.refused(c.send(req), 431, "Too many headers")
}

func TestRevokedKey(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	c.ok(c.get("/me"), 200)
	c.p.SetKeys("another")
	c.refused(c.get("/me"), 401, "Invalid API key")
	c.p.SetKeys()
	c.ok(c.get("/me"), 200)
}

func TestTruthIsHiddenWithoutFaults(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	truth := func(p *rigydtest.Provider) int {
		req, err := http.NewRequest("GET", strings.TrimSuffix(p.URL, "/api")+"/truth", nil)
		if err != nil {
			t.Fatal(err)
		}
		return (&caller{t: t, p: p, c: p.Client()}).send(req).status
	}
	if got := truth(c.p); got != 200 {
		t.Errorf("with faults: %d", got)
	}
	if got := truth(rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.Faults = nil }))); got != 404 {
		t.Errorf("without: %d", got)
	}
}

// leftovers checks that uploads/ holds so many files, none of them staged.
func leftovers(t testing.TB, dir string, uploads int) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "uploads"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "tmp-") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
	if len(entries) != uploads {
		t.Errorf("%d uploads on disk, want %d: %v", len(entries), uploads, entries)
	}
}
