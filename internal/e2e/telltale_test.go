package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"simdrop/internal/rigydserver/rigydtest"
)

// telltale is a provider that repeats the API key wherever an answer has room for
// it, and sends every download on to a host of somebody else's.
type telltale struct {
	t       *testing.T
	real    *rigydtest.Provider
	proxy   *httputil.ReverseProxy
	URL     string // its base URL, with /api
	other   string // the other host
	signed  string // the secret in the addresses of downloads
	key     string
	strikes map[string]telling // what it does to the next submission of a name

	mu        sync.Mutex
	used      int // requests that came with the key
	struck    map[string]int
	misled    int          // downloads sent to an address with the key in it
	elsewhere bytes.Buffer // all that reached the other host
	fetched   int
}

// telling is an answer to a submission that says the key.
type telling struct {
	accept bool // the job is accepted first
	status int
	body   string // KEY stands for the key
	header string // a name
}

// tellings are the ways in which a submission can go wrong, by the name of the
// drop that meets them, once.
var tellings = map[string]telling{
	"s301":    {status: 301, header: "Location"},
	"s307":    {status: 307, header: "Location"},
	"s400":    {status: 400, body: `{"error": "the key KEY may not send this"}`},
	"s401":    {status: 401, body: `{"error": {"message": "Invalid API key KEY", "name": "KEY"}}`, header: "WWW-Authenticate"},
	"s402":    {status: 402, body: `{"error": "Insufficient credits for Bearer KEY"}`, header: "X-Request-Id"},
	"s413":    {status: 413, body: `<html><title>too large for KEY</title><body>Authorization: Bearer KEY</body></html>`},
	"s422":    {status: 422, body: `{"data": {"error": ["no", "KEY"]}}`},
	"s429":    {status: 429, body: `{"message": "slower, KEY"}`, header: "Retry-After"},
	"s500":    {status: 500, accept: true, body: `panic: map[Authorization:[Bearer KEY]]`, header: "Set-Cookie"},
	"s503":    {status: 503, body: `KEY`, header: "Server"},
	"garbled": {status: 202, accept: true, body: `{"data": {"id": "KEY`},
}

func newTelltale(t *testing.T, key, signed string) *telltale {
	f := &telltale{t: t, real: rigydtest.Start(t), key: key, signed: signed, struck: map[string]int{}, strikes: map[string]telling{}}
	for name, s := range tellings {
		f.strikes[name] = s
	}
	real, err := url.Parse(f.real.URL)
	if err != nil {
		t.Fatal(err)
	}
	f.proxy = &httputil.ReverseProxy{ModifyResponse: f.modify, Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = real.Scheme, real.Host, real.Host
		r.Out.Header.Set("Authorization", "Bearer "+f.real.Key)
	}}
	front, other := httptest.NewServer(http.HandlerFunc(f.serve)), httptest.NewServer(http.HandlerFunc(f.serveElsewhere))
	t.Cleanup(front.Close)
	t.Cleanup(other.Close)
	f.URL, f.other = front.URL+"/api", strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	return f
}

func (f *telltale) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get("Authorization") == "Bearer "+f.key {
		f.used++
	}
	if strings.Contains(r.URL.String(), f.key) {
		f.t.Errorf("the key is in the address %s", r.URL)
	}
	if strings.HasSuffix(r.URL.Path, "/result") {
		f.redirect(w, r)
		return
	}
	if r.Method == http.MethodPost {
		if s, ok := f.struckBy(r); ok {
			if s.accept {
				f.proxy.ServeHTTP(httptest.NewRecorder(), r)
			}
			f.say(w, s)
			return
		}
	}
	f.proxy.ServeHTTP(w, r)
}

var uploaded = regexp.MustCompile(`filename="([^"]+)_sd-`)

// struckBy reads a submission and returns what is to become of it.
func (f *telltale) struckBy(r *http.Request) (telling, bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return telling{}, false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	m := uploaded.FindSubmatch(body)
	if m == nil {
		return telling{}, false
	}
	name := string(m[1])
	s, ok := f.strikes[name]
	delete(f.strikes, name)
	if ok {
		f.struck[name]++
	}
	return s, ok
}

func (f *telltale) say(w http.ResponseWriter, s telling) {
	f.tell(w.Header())
	switch s.header {
	case "":
	case "Location":
		w.Header().Set("Location", f.other+"/api/conversions?key="+f.key)
	case "Retry-After":
		w.Header().Set("Retry-After", "1")
	default:
		w.Header().Set(s.header, "said "+f.key)
	}
	w.WriteHeader(s.status)
	io.WriteString(w, strings.ReplaceAll(s.body, "KEY", f.key))
}

func (f *telltale) tell(h http.Header) {
	h.Set("X-Your-Key", f.key)
	h.Set("Set-Cookie", "key="+f.key)
	h.Set("Link", "<"+f.other+"/?key="+f.key+">")
}

// redirect sends a download on: for the first two, to an address that has the key
// in it, once plainly and once written in another way.
func (f *telltale) redirect(w http.ResponseWriter, r *http.Request) {
	f.tell(w.Header())
	q := url.Values{"from": {r.URL.String()}, "X-Amz-Signature": {f.signed}}
	if f.misled < 2 {
		f.misled++
		key := f.key
		if f.misled == 2 {
			key = "%" + strings.ToUpper(strings.TrimPrefix(hexOf(key[0]), "0x")) + key[1:]
		}
		w.Header().Set("Location", f.other+"/?"+q.Encode()+"&key="+key)
	} else {
		w.Header().Set("Location", f.other+"/?"+q.Encode())
	}
	w.WriteHeader(http.StatusFound)
}

func hexOf(b byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// modify puts the key into what the real provider answers.
func (f *telltale) modify(r *http.Response) error {
	f.tell(r.Header)
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var body map[string]any
	if json.Unmarshal(raw, &body) == nil {
		if job, ok := body["data"].(map[string]any); ok && job["id"] != nil {
			job["stage"] = "thinking of " + f.key
			job["report"] = map[string]any{"asked by": "Bearer " + f.key, f.key: true}
			job["physiq_job_id"] = f.key
			body["key"] = f.key
		}
		raw, err = json.Marshal(body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	r.Header.Del("Content-Length")
	return err
}

// serveElsewhere is the other host: it keeps all that reaches it and hands out
// results to whoever knows the signature.
func (f *telltale) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	dump, err := httputil.DumpRequest(r, true)
	f.mu.Lock()
	f.elsewhere.Write(dump)
	n := f.fetched
	f.fetched++
	f.mu.Unlock()
	from := r.URL.Query().Get("from")
	if err != nil || from == "" {
		return
	}
	if n == 0 { // a signature that is too old
		http.Error(w, "<Error><Code>AccessDenied</Code><Message>X-Amz-Signature="+f.signed+"</Message></Error>", http.StatusForbidden)
		return
	}
	out, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(f.real.URL, "/api")+from, nil)
	if err != nil {
		f.t.Error(err)
		return
	}
	out.Header.Set("Authorization", "Bearer "+f.real.Key)
	resp, err := http.DefaultClient.Do(out)
	if err != nil {
		f.t.Error(err)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}
