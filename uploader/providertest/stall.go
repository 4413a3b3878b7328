package providertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/uploader"
)

// patience is how long a provider waits for a sign of life, and how long it may
// take to notice that there was none.
const (
	patience = 60 * time.Second
	noticed  = 80 * time.Second
)

// stalls are servers that stop, and servers that are merely slow.
func (s suite) stalls(t *testing.T) {
	submit := func(t *testing.T, p uploader.Provider) error {
		_, err := p.Submit(ctx(t), submission())
		return err
	}
	fetch := func(t *testing.T, p uploader.Provider) error {
		_, err := p.Fetch(ctx(t), s.d.ID, s.d.Format, io.Discard)
		return err
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s.stall(t, "in the body", uploader.Ambiguous, submit, AskSubmit, func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, 100000)
		hang(w, r)
	})
	s.stall(t, "before the body", uploader.Ambiguous, submit, AskSubmit, hang)
	s.stall(t, "before the answer", uploader.Ambiguous, submit, AskSubmit, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		hang(w, r)
	})
	s.stall(t, "in the answer", uploader.Ambiguous, submit, AskSubmit, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(s.d.AcceptedStatus)
		io.WriteString(w, `{"data": {"id": "`)
		w.(http.Flusher).Flush()
		hang(w, r)
	})
	s.stall(t, "poll", uploader.Transient, func(t *testing.T, p uploader.Provider) error {
		_, err := p.Poll(ctx(t), s.d.ID)
		return err
	}, AskPoll, hang)
	s.stall(t, "result", uploader.Transient, fetch, AskResult, hang)
	s.stall(t, "in the result", uploader.Transient, fetch, AskResult, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(s.d.Result)))
		w.Write(s.d.Result[:1000])
		w.(http.Flusher).Flush()
		hang(w, r)
	})
	s.slow(t)
}

// stall checks that a call gives up in good time.
func (s suite) stall(t *testing.T, name string, want uploader.Class, call func(*testing.T, uploader.Provider) error, ask Ask, h http.HandlerFunc) {
	t.Run(name, func(t *testing.T) {
		s.bubble(t, ask, h, func(t *testing.T, p uploader.Provider) {
			start := time.Now()
			wantClass(t, call(t, p), want)
			if d := time.Since(start); d < patience || d > noticed {
				t.Errorf("gave up after %v", d)
			}
		})
	})
}

// slow servers move a little now and then, for most of an hour.
func (s suite) slow(t *testing.T) {
	const pause = 30 * time.Second
	t.Run("slow upload", func(t *testing.T) {
		s.bubble(t, AskSubmit, func(w http.ResponseWriter, r *http.Request) {
			for {
				time.Sleep(pause / 10)
				if n, _ := io.CopyN(io.Discard, r.Body, 1<<10); n < 1<<10 {
					break
				}
			}
			say(s.d.AcceptedStatus, s.d.Accepted)(w, r)
		}, func(t *testing.T, p uploader.Provider) {
			start := time.Now()
			if _, err := p.Submit(ctx(t), submission()); err != nil || time.Since(start) < 40*time.Minute {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		})
	})
	t.Run("slow download", func(t *testing.T) {
		s.bubble(t, AskResult, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(s.d.Result)))
			for i := 0; i < len(s.d.Result); i += 1000 {
				time.Sleep(pause)
				w.Write(s.d.Result[i:min(i+1000, len(s.d.Result))])
				w.(http.Flusher).Flush()
			}
		}, func(t *testing.T, p uploader.Provider) {
			var got bytes.Buffer
			if _, err := p.Fetch(ctx(t), s.d.ID, s.d.Format, &got); err != nil || !bytes.Equal(got.Bytes(), s.d.Result) {
				t.Errorf("%d bytes, %v", got.Len(), err)
			}
		})
	})
}

// bubble runs test against a server inside the process, where time is fake.
func (s suite) bubble(t *testing.T, ask Ask, h http.HandlerFunc, test func(*testing.T, uploader.Provider)) {
	synctest.Test(t, func(t *testing.T) {
		network := newPipes()
		base, cancel := context.WithCancel(t.Context()) // ends handlers that hang
		defer cancel()
		var handlers sync.WaitGroup
		waited := func(w http.ResponseWriter, r *http.Request) {
			handlers.Add(1)
			defer handlers.Done()
			h(w, r)
		}
		srv := &http.Server{
			Handler:     (&server{}).handler(t, s.d, true, map[Ask]http.HandlerFunc{ask: waited}),
			BaseContext: func(net.Listener) context.Context { return base },
			ErrorLog:    discardLog,
		}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(network) }()
		test(t, s.provider(t, "http://api.example", network.transport()))
		cancel()
		srv.Close()
		<-served
		handlers.Wait()
	})
}

// bodies are files that are not as long as they were when they were frozen: the
// server must never get a whole request with a wrong file in it.
func (s suite) bodies(t *testing.T) {
	for name, content := range map[string][]byte{
		"shorter": payload[:len(payload)-1], "empty": nil, "longer": append(bytes.Clone(payload), 'x'),
	} {
		t.Run(name, func(t *testing.T) {
			whole := make(chan bool, 1)
			srv := s.serve(t, true, map[Ask]http.HandlerFunc{AskSubmit: func(w http.ResponseWriter, r *http.Request) {
				_, err := io.Copy(io.Discard, r.Body)
				whole <- err == nil
				say(s.d.AcceptedStatus, s.d.Accepted)(w, r)
			}})
			sub := submission()
			sub.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
			_, err := s.provider(t, srv.URL, nil).Submit(ctx(t), sub)
			wantClass(t, err, uploader.Ambiguous)
			if <-whole {
				t.Error("the server got a whole request")
			}
		})
	}
	t.Run("file of another size", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "chair.glb")
		if err := os.WriteFile(path, payload[:100], 0o600); err != nil {
			t.Fatal(err)
		}
		sub := submission()
		sub.Open = func() (io.ReadCloser, error) { return os.Open(path) }
		srv := s.serve(t, false, nil)
		_, err := s.provider(t, srv.URL, nil).Submit(ctx(t), sub)
		wantClass(t, err, uploader.NotSent)
	})
	t.Run("read error", func(t *testing.T) {
		bad := errors.New("input/output error")
		sub := submission()
		sub.Open = func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(payload[:5000]), failing{bad})), nil
		}
		srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskSubmit: say(s.d.AcceptedStatus, s.d.Accepted)})
		_, err := s.provider(t, srv.URL, nil).Submit(ctx(t), sub)
		wantClass(t, err, uploader.Ambiguous)
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
