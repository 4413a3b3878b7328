package rigydtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTransportIsLikeASocket asks the same of both.
func TestTransportIsLikeASocket(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusPaymentRequired) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(append([]byte(r.Method+" "+r.URL.String()+" "+r.Host[:0]), b...))
	})
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "12345")
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "12345")
		if _, err := io.WriteString(w, "678"); !errors.Is(err, http.ErrContentLength) {
			panic("more than announced was taken")
		}
	})
	mux.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	type client struct {
		name, url string
		rt        http.RoundTripper
	}
	tr := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer tr.CloseIdleConnections()
	for _, c := range []client{{"socket", srv.URL, tr}, {"in process", "http://localhost", transport{mux}}} {
		for _, tt := range []struct {
			path, body, want string
			expect           bool
			asked            bool // for the body
			status           int
			length           int64
			fails            bool
		}{
			{path: "/echo?a=b", body: "hello", want: "POST /echo?a=b hello", status: 200, length: 20, expect: true, asked: true},
			{path: "/early", body: "hello", want: "no\n", status: 402, length: 3, expect: true},
			{path: "/abort", fails: true},
			{path: "/cut", status: 200, length: 10, want: "12345", fails: true},
			{path: "/long", status: 200, length: 5, want: "12345"},
			{path: "/nothing", status: 200},
		} {
			t.Run(c.name+tt.path, func(t *testing.T) {
				asked := false
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { asked = true }})
				req, err := http.NewRequestWithContext(ctx, "POST", c.url+tt.path, strings.NewReader(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				if tt.expect {
					req.Header.Set("Expect", "100-continue")
				}
				resp, err := (&http.Client{Transport: c.rt}).Do(req)
				if err != nil {
					if !tt.fails || tt.status != 0 {
						t.Fatal(err)
					}
					return
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.status || string(b) != tt.want || (err != nil) != tt.fails || asked != tt.asked {
					t.Errorf("got %d %q (%v), asked for the body: %v", resp.StatusCode, b, err, asked)
				}
				// A socket announces the length of short answers by itself.
				if resp.ContentLength != tt.length && resp.ContentLength != -1 {
					t.Errorf("length %d, want %d", resp.ContentLength, tt.length)
				}
			})
		}
	}
}

// TestLeavingCancels: the handler hears that its client went, at each stage.
func TestLeavingCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan error, 1)
		rt := transport{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/body":
				_, err := io.ReadAll(r.Body)
				gone <- err
			case "/answer":
				_, _ = io.WriteString(w, "x")
				<-r.Context().Done()
				gone <- r.Context().Err()
			default:
				<-r.Context().Done()
				gone <- r.Context().Err()
			}
		})}
		for _, path := range []string{"/body", "/wait", "/answer"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			body, hold := io.Pipe()
			req, err := http.NewRequestWithContext(ctx, "POST", "http://localhost"+path, body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&http.Client{Transport: rt}).Do(req)
			if path == "/answer" {
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", path, err)
			}
			if err := <-gone; err == nil {
				t.Errorf("%s: the handler did not hear of it", path)
			}
			hold.Close()
			cancel()
		}
	})
}

func TestBase(t *testing.T) {
	for name, want := range map[string]string{
		"chair_sd-k7q2m4x9ab0.glb": "chair", "My Chair.OBJ": "my_chair", "2Cylinder.glb": "asset_2cylinder", "椅子.fbx": "asset_", "a red chair.txt": "a_red_chair",
	} {
		if got := Base(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
