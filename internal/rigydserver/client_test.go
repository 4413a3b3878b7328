package rigydserver_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"sort"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/rigydserver/rigydtest"
)

// caller speaks to a provider as the documentation tells it to.
type caller struct {
	t testing.TB
	p *rigydtest.Provider
	c *http.Client
}

func newCaller(t testing.TB, p *rigydtest.Provider) *caller {
	c := p.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if tr, ok := c.Transport.(*http.Transport); ok {
		// On a connection used before, net/http repeats a GET whose answer was
		// lost, and the fault would not show.
		tr.DisableKeepAlives = true
	}
	return &caller{t: t, p: p, c: c}
}

// answer is a response that was read whole, or the error that prevented it.
type answer struct {
	status int
	header http.Header
	length int64
	body   []byte
	err    error
}

func (c *caller) do(method, path, contentType string, body io.Reader) answer {
	c.t.Helper()
	req, err := http.NewRequest(method, c.p.URL+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.p.Key)
	req.Header.Set("X-Rigyd-Client", "test")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return c.send(req)
}

func (c *caller) send(req *http.Request) answer {
	resp, err := c.c.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, resp.ContentLength, b, err}
}

func (c *caller) get(path string) answer { c.t.Helper(); return c.do("GET", path, "", nil) }

// part is a part of a form: a field, or a file when it has a name.
type part struct{ field, name, content string }

func multipartBody(t testing.TB, parts ...part) (string, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	mw := multipart.NewWriter(&b)
	for _, p := range parts {
		var w io.Writer
		var err error
		if p.name == "" {
			w, err = mw.CreateFormField(p.field)
		} else {
			w, err = mw.CreateFormFile(p.field, p.name)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := mw.Close(); err != nil {
		t.Fatal(err)
	}
	return mw.FormDataContentType(), &b
}

func (c *caller) post(path string, parts ...part) answer {
	c.t.Helper()
	kind, body := multipartBody(c.t, parts...)
	return c.do("POST", path, kind, body)
}

func (c *caller) submit(name, content string, fields ...part) answer {
	c.t.Helper()
	return c.post("/conversions", append(fields, part{"file", name, content})...)
}

// object is a JSON object by keys.
type object map[string]any

// at follows keys down.
func (o object) at(keys ...string) any {
	var v any = map[string]any(o)
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// ok returns data of an answer that must have this status.
func (c *caller) ok(a answer, status int) object {
	c.t.Helper()
	var v struct{ Data object }
	if a.err != nil || a.status != status {
		c.t.Fatalf("got %d %s (%v), want %d", a.status, a.body, a.err, status)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		c.t.Fatalf("%v in %s", err, a.body)
	}
	return v.Data
}

// accepted submits and returns the job's ID.
func (c *caller) accepted(name, content string, fields ...part) string {
	c.t.Helper()
	return c.ok(c.submit(name, content, fields...), 202)["id"].(string)
}

// wait polls a job until it is finished and returns it.
func (c *caller) wait(id string) object {
	c.t.Helper()
	for range 2000 {
		job := c.ok(c.get("/conversions/"+id), 200)
		if s := job["status"]; s == "completed" || s == "failed" {
			return job
		}
		<-time.After(5 * time.Millisecond)
	}
	c.t.Fatalf("job %s does not end", id)
	return nil
}

// refused checks an answer's status and error text.
func (c *caller) refused(a answer, status int, text string) {
	c.t.Helper()
	var v struct{ Error string }
	if a.err != nil || a.status != status || json.Unmarshal(a.body, &v) != nil || v.Error != text {
		c.t.Errorf("got %d %s (%v), want %d %q", a.status, a.body, a.err, status, text)
	}
}

// archive returns the names in a ZIP, sorted, after every file was read.
func archive(t testing.TB, b []byte) []string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		r.Close()
		names = append(names, f.Name)
	}
	sort.Strings(names)
	return names
}

// zipOf makes an archive of empty files.
func zipOf(t testing.TB, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := zw.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestConvertsOverBothTransports(t *testing.T) {
	check := func(t *testing.T, opts ...rigydtest.Option) {
		c := newCaller(t, rigydtest.Start(t, opts...))
		id := c.accepted("chair_sd-k7q2m4x9ab0.obj", "v 0 0 0\n")
		job := c.wait(id)
		if job["status"] != "completed" || job.at("report", "engine") != "rigydtest" {
			t.Fatalf("job: %v", job)
		}
		a := c.get("/conversions/" + id + "/result?format=usd")
		if a.status != 200 || a.err != nil || a.length != int64(len(a.body)) {
			t.Fatalf("result: %d, announced %d, got %d (%v)", a.status, a.length, len(a.body), a.err)
		}
		want := "usd/chair/chair.usd usd/chair/textures/checker.png"
		if got := strings.Join(archive(t, a.body), " "); got != want {
			t.Errorf("result holds %s, want %s", got, want)
		}
		l := c.p.Ledger()
		if len(l) != 1 || l[0].Token != "sd-k7q2m4x9ab0" || l.Total() != 1 {
			t.Errorf("ledger: %+v", l)
		}
	}
	t.Run("socket", func(t *testing.T) { check(t) })
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			check(t, rigydtest.InProcess(), rigydtest.Took(5*time.Second))
		})
	})
}
