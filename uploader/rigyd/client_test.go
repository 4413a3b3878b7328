package rigyd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"simdrop/uploader"
)

const canary = "rgyd_test_CANARY0123456789012345678901234567890"

// serve starts a server with one handler and a client for it.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(Options{Name: "rigyd", BaseURL: srv.URL + "/api/", Key: func() string { return canary + "\n" }, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func part(name, content string) uploader.Part {
	return uploader.Part{Filename: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

func file(name, content string) uploader.Submission {
	p := part(name, content)
	return uploader.Submission{Filename: p.Filename, Size: p.Size, Open: p.Open}
}

// sentPart is one part as a server saw it.
type sentPart struct{ field, filename, content string }

func parts(t *testing.T, r *http.Request) (all []sentPart) {
	t.Helper()
	m, err := r.MultipartReader()
	if err != nil {
		t.Error(err)
		return nil
	}
	for {
		p, err := m.NextRawPart()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Error(err)
			return all
		}
		content, err := io.ReadAll(p)
		if err != nil {
			t.Error(err)
		}
		_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		all = append(all, sentPart{p.FormName(), params["filename"], string(content)})
	}
}

func TestSubmitFile(t *testing.T) {
	var got []sentPart
	var header http.Header
	var length int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.URL.Path != "/api/conversions" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		header, length = r.Header, r.ContentLength
		got = parts(t, r)
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"data":{"id":"cm3x","status":"preprocessing","filename":"chair \"1\".glb","progress":0,"job_type":"glb_to_simready","credits_charged":1,"createdAt":"2026-05-02T10:00:00.123Z"}}`)
	})
	s := file(`chair "1".glb`, "GLB bytes")
	s.Fields = map[string]string{"threshold": "0.05", "target_triangle_count": "5000"}
	var sent int64
	s.Sent = func(n int64) { sent = n }
	r, err := c.Submit(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "cm3x" || r.Phase != uploader.Working || !r.Known || r.Credits != 1 || r.Created.Nanosecond() != 123e6 || r.Filename != `chair "1".glb` {
		t.Errorf("remote %+v", r)
	}
	want := []sentPart{{"target_triangle_count", "", "5000"}, {"threshold", "", "0.05"}, {"optimize", "", "true"}, {"file", "chair %221%22.glb", "GLB bytes"}}
	if len(got) != len(want) {
		t.Fatalf("parts %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("part %d: %q, want %q", i, got[i], want[i])
		}
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + canary, "User-Agent": "simdrop/1.2.3", "Accept": "application/json",
		"X-Rigyd-Client": "simdrop", "Expect": "100-continue", "Connection": "close",
	} {
		if header.Get(name) != value {
			t.Errorf("%s: %q", name, header.Get(name))
		}
	}
	if length <= s.Size || sent != length {
		t.Errorf("Content-Length %d, told %d", length, sent)
	}
}

func TestSubmitImagesAndPrompt(t *testing.T) {
	var got []sentPart
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/conversions/generate" {
			t.Errorf("path %s", r.URL)
		}
		got = parts(t, r)
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"data":{"id":"g1","status":"queued"}}`)
	})
	images := uploader.Submission{Images: []uploader.Part{part("front.png", "F"), part("right.png", "R")}}
	if _, err := c.Submit(context.Background(), images); err != nil {
		t.Fatal(err)
	}
	if want := []sentPart{{"images[]", "front.png", "F"}, {"images[]", "right.png", "R"}}; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("images %q", got)
	}
	prompt := uploader.Submission{Prompt: "a \"wooden\" chair\r\n--x", Fields: map[string]string{"face_limit": "9000"}}
	if _, err := c.Submit(context.Background(), prompt); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[1] != (sentPart{"prompt", "", prompt.Prompt}) {
		t.Errorf("prompt %q", got)
	}
	var e *uploader.Error
	if _, err := c.Submit(context.Background(), uploader.Submission{}); !asError(err, &e) || e.Class != uploader.NotSent {
		t.Errorf("empty submission: %v", err)
	}
}

func TestSimulate(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if json.NewDecoder(r.Body).Decode(&body) != nil || body["scene"] != "drop" || r.URL.EscapedPath() != "/api/conversions/a%2Fb/simulate" {
			t.Errorf("%s %v", r.URL, body)
		}
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"data":{"id":"s1","status":"queued","job_type":"simulate_usd","source_job_id":"a/b"}}`)
	})
	r, err := c.Simulate(context.Background(), "a/b", "drop")
	if err != nil || r.ID != "s1" || r.Source != "a/b" {
		t.Errorf("%+v %v", r, err)
	}
}

func TestFetchAndOutputs(t *testing.T) {
	archive := "PK\x03\x04" + strings.Repeat("zip", 1000)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/conversions/j/result":
			if r.URL.RawQuery != "format=usd" || r.Header.Get("Accept") != "" {
				t.Errorf("query %q accept %q", r.URL.RawQuery, r.Header.Get("Accept"))
			}
			io.WriteString(w, archive)
		case "/api/conversions/j":
			io.WriteString(w, `{"data":{"id":"j","status":"completed","output":{"model":{"url":"x"},"mjcf_package":null,"sim_video":{"url":"/files/v.mp4"},"sim_log":{"url":null}}}}`)
		case "/files/v.mp4":
			if r.Header.Get("Authorization") != "" {
				t.Error("a signed address was asked for with the key")
			}
			io.WriteString(w, "video")
		case "/api/conversions/k":
			io.WriteString(w, `{"data":{"id":"k","status":"completed","output":{"sim_log":{"url":"/api/files/log"}}}}`)
		case "/api/files/log":
			if r.Header.Get("Authorization") == "" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			io.WriteString(w, "log")
		}
	})
	ctx := context.Background()
	var out bytes.Buffer
	if n, err := c.Fetch(ctx, "j", "usd", &out); err != nil || n != int64(len(archive)) || out.String() != archive {
		t.Errorf("fetched %d %v", n, err)
	}
	r, err := c.Poll(ctx, "j")
	if err != nil || r.Phase != uploader.Finished || r.Progress != 100 || !r.NoMJCF || len(r.Outputs) != 1 || r.Outputs[0] != "sim_video" {
		t.Errorf("%+v %v", r, err)
	}
	out.Reset()
	if _, err := c.Fetch(ctx, "j", "sim_video", &out); err != nil || out.String() != "video" {
		t.Errorf("output %q %v", out.String(), err)
	}
	out.Reset()
	if _, err := c.Fetch(ctx, "k", "sim_log", &out); err != nil || out.String() != "log" {
		t.Errorf("output that wants the key %q %v", out.String(), err)
	}
	var e *uploader.Error
	if _, err := c.Fetch(ctx, "j", "sim_gif", &out); !asError(err, &e) || e.Class != uploader.Unavailable {
		t.Errorf("missing output: %v", err)
	}
}

func asError(err error, e **uploader.Error) bool {
	var ok bool
	*e, ok = err.(*uploader.Error)
	return ok
}
