package dashboard

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/control"
)

const testAddr, testToken = "127.0.0.1:7420", "0123456789abcdef"

// ask sends one request to a handler; headers come in pairs.
func ask(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+testAddr+target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func testHandler(f *fake) http.Handler {
	return New(Options{Backend: f, Token: testToken, Addr: testAddr, Version: "1.2.3"})
}

const bearer = "Bearer " + testToken

func TestHostAndOrigin(t *testing.T) {
	h := testHandler(newFake())
	tests := []struct {
		name    string
		headers []string
		want    int
	}{
		{"plain", nil, 200},
		{"localhost", []string{"Host", "localhost:7420"}, 200},
		{"Localhost", []string{"Host", "LOCALHOST:7420"}, 200},
		{"v6", []string{"Host", "[::1]:7420"}, 200},
		{"other loopback", []string{"Host", "127.8.9.1:7420"}, 200},
		{"mapped", []string{"Host", "[::ffff:127.0.0.1]:7420"}, 200},
		{"own origin", []string{"Origin", "http://127.0.0.1:7420"}, 200},
		{"own page", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"typed address", []string{"Sec-Fetch-Site", "none"}, 200},
		{"own form", []string{"Origin", "null", "Sec-Fetch-Site", "same-origin"}, 200},
		{"rebinding", []string{"Host", "evil.com:7420"}, 403},
		{"prefix", []string{"Host", "127.0.0.1.evil.com:7420"}, 403},
		{"dot", []string{"Host", "localhost.:7420"}, 403},
		{"missing", []string{"Host", ""}, 403},
		{"other port", []string{"Host", "127.0.0.1:80"}, 403},
		{"no port", []string{"Host", "127.0.0.1"}, 403},
		{"lan", []string{"Host", "192.168.1.2:7420"}, 403},
		{"unspecified", []string{"Host", "0.0.0.0:7420"}, 403},
		{"origin", []string{"Origin", "http://evil.com"}, 403},
		{"https origin", []string{"Origin", "https://127.0.0.1:7420"}, 403},
		{"origin of another port", []string{"Origin", "http://127.0.0.1:3000"}, 403},
		{"null", []string{"Origin", "null"}, 403},
		{"cross-site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"same-site", []string{"Sec-Fetch-Site", "same-site"}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, target := range []string{"/api/status", "/healthz"} {
				w := ask(h, "GET", target, "", append(tt.headers, "Authorization", bearer)...)
				if w.Code != tt.want {
					t.Errorf("%s: %d, want %d: %s", target, w.Code, tt.want, w.Body)
				}
			}
		})
	}
}

func TestTokenIsNeeded(t *testing.T) {
	h := testHandler(newFake(control.Failed))
	for _, target := range []string{"/", "/api/status", "/api/jobs", "/api/jobs/j1", "/api/events", "/metrics", "/static/page.js", "/nowhere"} {
		if w := ask(h, "GET", target, ""); w.Code != 401 {
			t.Errorf("GET %s without token: %d", target, w.Code)
		}
	}
	if w := ask(h, "POST", "/api/jobs/j1/retry", ""); w.Code != 401 {
		t.Errorf("POST without token: %d", w.Code)
	}
	if w := ask(h, "GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("healthz: %d", w.Code)
	}
	if w := ask(h, "GET", "/api/status?token="+testToken, ""); w.Code != 401 {
		t.Errorf("a token in the address: %d", w.Code)
	}
	w := ask(h, "GET", "/", "", "Accept", "text/html")
	if w.Code != 401 || !strings.Contains(w.Body.String(), "simdrop open") || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a browser without cookie: %d %s", w.Code, w.Body)
	}
}

func TestHeaders(t *testing.T) {
	w := ask(testHandler(newFake()), "GET", "/", "", "Authorization", bearer)
	for key, want := range map[string]string{
		"Content-Security-Policy": "default-src 'self'",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
		"Content-Type":            "text/html",
	} {
		if got := w.Header().Get(key); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func TestWrongTokensAreCounted(t *testing.T) {
	h := testHandler(newFake())
	for range wrongTokens {
		if w := ask(h, "GET", "/api/status", "", "Authorization", "Bearer no"); w.Code != 401 {
			t.Fatal(w.Code)
		}
	}
	if w := ask(h, "GET", "/api/status", "", "Cookie", "simdrop_7420=no"); w.Code != 429 {
		t.Errorf("one too many: %d", w.Code)
	}
	if w := ask(h, "GET", "/login?code=guess", ""); w.Code != 429 {
		t.Errorf("a guessed code: %d", w.Code)
	}
	if w := ask(h, "GET", "/api/status", "", "Authorization", bearer); w.Code != 200 {
		t.Errorf("the right token is locked out: %d", w.Code)
	}
}

func TestLogin(t *testing.T) {
	f := newFake(control.Failed)
	h := testHandler(f)
	if w := ask(h, "POST", "/api/login", ""); w.Code != 401 {
		t.Fatalf("a code without token: %d", w.Code)
	}
	var s control.Session
	if err := json.Unmarshal(ask(h, "POST", "/api/login", "", "Authorization", bearer).Body.Bytes(), &s); err != nil || s.Code == "" {
		t.Fatal(err)
	}
	w := ask(h, "GET", "/login?code="+url.QueryEscape(s.Code), "", "Sec-Fetch-Site", "none")
	cookies := w.Result().Cookies()
	if w.Code != 303 || len(cookies) != 1 {
		t.Fatalf("login: %d %v", w.Code, cookies)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Value == testToken {
		t.Errorf("cookie = %+v", c)
	}
	cookie := []string{"Cookie", c.Name + "=" + c.Value}
	if w := ask(h, "GET", "/login?code="+s.Code, ""); w.Code != 401 || !strings.Contains(w.Body.String(), "used already") {
		t.Errorf("the code again: %d %s", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/", "", cookie...); w.Code != 200 {
		t.Errorf("the page with the cookie: %d", w.Code)
	}
	if w := ask(h, "POST", "/api/login", "", cookie...); w.Code != 403 {
		t.Errorf("a cookie makes codes: %d", w.Code)
	}
	// A form's POST goes back to the page.
	w = ask(h, "POST", "/api/jobs/j1/retry", "", append(cookie, "Accept", "text/html,*/*")...)
	if w.Code != 303 || w.Header().Get("Location") != "/" || f.jobs[0].State != control.Queued {
		t.Errorf("the retry button: %d %s", w.Code, w.Body)
	}
}

// TestConvertByCookie: a browser may send away only what is in a watched folder.
func TestConvertByCookie(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "watched")
	inside, outside := filepath.Join(root, "a.glb"), filepath.Join(dir, "b.glb")
	link := filepath.Join(root, "link.glb")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{inside, outside} {
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := newFake()
	f.watch = []control.WatchStatus{{Path: filepath.Join(dir, "gone")}, {Path: root}}
	h := testHandler(f)
	cookie := []string{"Cookie", "simdrop_7420=" + control.CookieValue(testToken)}
	post := func(p string, headers ...string) int {
		b, _ := json.Marshal(control.Convert{Paths: []string{p}})
		return ask(h, "POST", "/api/convert", string(b), headers...).Code
	}
	if got := post(inside, cookie...); got != 200 {
		t.Errorf("inside by cookie: %d", got)
	}
	if got := post(outside, cookie...); got != 403 {
		t.Errorf("outside by cookie: %d", got)
	}
	if got := post(filepath.Join(root, "..", "b.glb"), cookie...); got != 403 {
		t.Errorf("outside by dots: %d", got)
	}
	if err := os.Symlink(outside, link); err == nil {
		if got := post(link, cookie...); got != 403 {
			t.Errorf("outside by link: %d", got)
		}
	}
	if got := post(outside, "Authorization", bearer); got != 200 {
		t.Errorf("outside by token: %d", got)
	}
}
