package rigydserver

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"simdrop/internal/engine"
)

// fuzzServer accepts jobs and never runs them.
func fuzzServer(t testing.TB) *Server {
	s, err := New(Options{Dir: t.TempDir(), NoSync: true, MaxUpload: 1 << 20, KeepRecords: 1,
		Convert:  func(context.Context, engine.Input, engine.Writer) (engine.Output, error) { return engine.Output{}, nil },
		Generate: func(context.Context, Prompt, engine.Writer) (engine.Output, error) { return engine.Output{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzSubmission sends foreign bodies to both submissions: the answer is 202 or
// a refusal, nothing staged stays, and what was accepted lies below uploads.
func FuzzSubmission(f *testing.F) {
	const multi = "multipart/form-data; boundary=x"
	f.Add(false, multi, []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.glb\"\r\n\r\nglTF\r\n--x--\r\n"))
	f.Add(false, multi, []byte("--x\r\nContent-Disposition: form-data; name=\"threshold\"\r\n\r\n0.1\r\n--x\r\nContent-Disposition: form-data; name=file; filename=\"../b.zip\"\r\n\r\nPK\r\n--x--"))
	f.Add(false, multi, []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%2e%2e%2fb.obj\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nv=20\r\n--x--\r\n"))
	f.Add(true, multi, []byte("--x\r\nContent-Disposition: form-data; name=\"images[]\"; filename=\"a.png\"\r\n\r\nPNG\r\n--x--\r\n"))
	f.Add(true, "application/json", []byte(`{"prompt":"a chair","face_limit":10,"deep":[[[]]]}`))
	f.Add(true, "application/x-www-form-urlencoded", []byte("prompt=a%20chair&threshold=nan"))
	s := fuzzServer(f)
	h := s.Handler()
	f.Fuzz(func(t *testing.T, generate bool, contentType string, body []byte) {
		path := "/api/conversions"
		if generate {
			path += "/generate"
		}
		r := httptest.NewRequest("POST", "http://localhost"+path, bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer k")
		r.Header["Content-Type"] = []string{contentType}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusAccepted && (w.Code < 400 || w.Code >= 500) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		checkUploads(t, s)
	})
}

// checkUploads compares the disk with the one job that may be waiting, and clears both.
func checkUploads(t *testing.T, s *Server) {
	want := map[string]bool{}
	for _, j := range s.order {
		for _, in := range j.Inputs {
			want[in.File] = true
		}
	}
	for len(s.order) > 0 {
		j := s.order[0]
		s.forget(j)
		s.removeInputs(&j.record)
		if err := s.store.remove(s.store.record(j.ID)); err != nil {
			t.Fatal(err)
		}
	}
	s.pending = nil
	left, err := os.ReadDir(s.store.uploads())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("left behind: %s (accepted: %v)", e.Name(), want)
	}
	outside, err := filepath.Glob(filepath.Join(s.store.dir, "*"))
	if err != nil || len(outside) != 4 {
		t.Fatalf("state folder holds %v", outside)
	}
}

func FuzzListQuery(f *testing.F) {
	f.Add("page=2&pageSize=10&job_type=a,b", 25)
	f.Add("page=9223372036854775807&pageSize=9223372036854775807", 1000)
	f.Add("page=-1&pageSize=&job_type=,,", 0)
	f.Fuzz(func(t *testing.T, raw string, total int) {
		q, err := url.ParseQuery(raw)
		if err != nil || total < 0 || total > 1<<30 {
			return
		}
		l := parseListQuery(q)
		from, to := l.window(total)
		if l.page < 1 || l.size < 1 || l.size > 100 || from < 0 || from > to || to > total || to-from > l.size {
			t.Fatalf("%+v of %d: [%d, %d)", l, total, from, to)
		}
		l.wants("glb_to_simready")
	})
}

// FuzzArchive gives inspectArchive foreign archives.
func FuzzArchive(f *testing.F) {
	for _, names := range [][]string{{"a.obj", "a.mtl"}, {"../a.obj"}, {"a.usd", "l/b.usd"}, {"a.gltf", "b.gltf"}, {}} {
		var b bytes.Buffer
		zw := zip.NewWriter(&b)
		for _, n := range names {
			if _, err := zw.Create(n); err != nil {
				f.Fatal(err)
			}
		}
		if err := zw.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	file := filepath.Join(f.TempDir(), "a.zip")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := inspectArchive(file, Documented)
		if err != nil {
			if no, ok := err.(*refusal); !ok || no.status != 400 {
				t.Fatal(err)
			}
			return
		}
		for _, n := range info.Tree {
			if !localName(n) || !filepath.IsLocal(filepath.FromSlash(n)) {
				t.Fatalf("%q was let in", n)
			}
		}
	})
}

// TestArchiveWithAHugeDirectory: entries cost memory before they can be counted.
func TestArchiveWithAHugeDirectory(t *testing.T) {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for i := range 9000 { // few enough, but for their names
		if _, err := zw.Create(fmt.Sprintf("%0600d/%d.bin", i, i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := zw.Create("a.obj"); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := inspectArchive(file, Documented); err == nil {
		t.Error("accepted")
	}
}

func FuzzParseFaults(f *testing.F) {
	f.Add("seed=7;lose-answer,p=0.2;answer,op=poll,status=429,retry-after=2,times=3")
	f.Add("random=1")
	f.Fuzz(func(t *testing.T, spec string) {
		if faults, err := ParseFaults(spec); (faults == nil) == (err == nil) {
			t.Fatal(faults, err)
		}
	})
}
