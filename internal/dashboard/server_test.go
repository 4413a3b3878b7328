package dashboard

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"simdrop/internal/control"
)

func TestListenLeavesFiles(t *testing.T) {
	s, dir := serve(t, newFake())
	token := read(t, filepath.Join(dir, control.TokenFile))
	if len(token) != 64 || read(t, filepath.Join(dir, control.AddrFile)) != s.Addr() {
		t.Errorf("token of %d digits, addr %q", len(token), read(t, filepath.Join(dir, control.AddrFile)))
	}
	st, err := os.Stat(filepath.Join(dir, control.TokenFile))
	if err != nil || (runtime.GOOS != "windows" && st.Mode().Perm() != 0o600) {
		t.Errorf("the token's mode is %v, %v", st.Mode(), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, control.AddrFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the address stays: %v", err)
	}
	if again, err := Token(dir); err != nil || again != token {
		t.Errorf("the token changed over a restart: %v", err)
	}
}

func TestTokenIsReplacedWhenItIsNone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, control.TokenFile)
	good := strings.Repeat("0a", 32)
	for text, mode := range map[string]os.FileMode{"": 0o600, "short": 0o600, good: 0o644} {
		if runtime.GOOS == "windows" && mode == 0o644 {
			continue
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if got, err := Token(dir); err != nil || got == text || len(got) != 64 {
			t.Errorf("%q (%v) gives %d digits, %v", text, mode, len(got), err)
		}
	}
	if err := os.WriteFile(file, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Token(dir); err != nil || got != good {
		t.Errorf("a good token is not kept: %v", err)
	}
}

// TestCloseLeavesAnothersAddress: a daemon that stops slowly must not hide the one
// that took its place.
func TestCloseLeavesAnothersAddress(t *testing.T) {
	s, dir := serve(t, newFake())
	file := filepath.Join(dir, control.AddrFile)
	if err := os.WriteFile(file, []byte("127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if read(t, file) != "127.0.0.1:1" {
		t.Error("the other's address is gone")
	}
}

func TestClient(t *testing.T) {
	f := newFake(control.Failed, control.Held)
	_, dir := serve(t, f)
	c := client(t, dir)
	ctx := t.Context()
	if s, err := c.Status(ctx); err != nil || s.Jobs["failed"] != 1 {
		t.Errorf("status %+v, %v", s, err)
	}
	if jobs, err := c.Jobs(ctx, "held", 5); err != nil || len(jobs) != 1 {
		t.Errorf("jobs %v, %v", jobs, err)
	}
	if j, err := c.Retry(ctx, "j1"); err != nil || j.State != control.Queued {
		t.Errorf("retry %+v, %v", j, err)
	}
	if j, err := c.Cancel(ctx, "j1"); err != nil || j.State != control.Cancelled {
		t.Errorf("cancel %+v, %v", j, err)
	}
	if j, err := c.Release(ctx, "j2"); err != nil || j.State != control.Queued {
		t.Errorf("release %+v, %v", j, err)
	}
	_, err := c.Job(ctx, "a/b?c")
	e, ok := errors.AsType[*control.Error](err)
	if !ok || e.Status != 404 || !strings.Contains(e.Error(), "a/b?c") {
		t.Errorf("an unknown job: %v", err)
	}
	if err := errors.Join(c.Pause(ctx), c.Resume(ctx)); err != nil {
		t.Error(err)
	}
	path := filepath.Join(dir, "x.glb")
	if jobs, err := c.Convert(ctx, []string{path}); err != nil || len(jobs) != 1 || jobs[0].Path != path {
		t.Errorf("convert %+v, %v", jobs, err)
	}
	if x, err := c.Explain(ctx, path); err != nil || x.Path != path {
		t.Errorf("explain %+v, %v", x, err)
	}
	login, err := c.LoginURL(ctx)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(login)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 303 || len(resp.Cookies()) != 1 {
		t.Errorf("login: %s", resp.Status)
	}
}

func TestFindWithoutDaemon(t *testing.T) {
	_, dir := serve(t, newFake())
	empty := t.TempDir()
	if _, err := control.Find(t.Context(), empty); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := control.Find(t.Context(), empty, dir); err != nil {
		t.Errorf("in the second folder: %v", err)
	}
	// An address that a crash left behind, where now nobody or another program listens.
	stale := t.TempDir()
	if _, err := Token(stale); err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{"127.0.0.1:1", read(t, filepath.Join(dir, control.AddrFile))} {
		if err := os.WriteFile(filepath.Join(stale, control.AddrFile), []byte(addr), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := control.Find(t.Context(), stale); !errors.Is(err, control.ErrNotRunning) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := os.WriteFile(filepath.Join(stale, control.AddrFile), []byte("evil.com:80"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Find(t.Context(), stale); err == nil || errors.Is(err, control.ErrNotRunning) {
		t.Errorf("an address elsewhere: %v", err)
	}
}

func TestEvents(t *testing.T) {
	f := newFake(control.Failed)
	s, dir := serve(t, f)
	c := client(t, dir)
	ev, err := c.Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer ev.Close()
	if _, err := c.Retry(t.Context(), "j1"); err != nil {
		t.Fatal(err)
	}
	if j, err := ev.Next(); err != nil || j.ID != "j1" || j.State != control.Queued {
		t.Errorf("event %+v, %v", j, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ev.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	<-f.ended
}

func TestTooManyStreams(t *testing.T) {
	f := newFake()
	_, dir := serve(t, f)
	c := client(t, dir)
	for range maxStreams {
		ev, err := c.Events(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer ev.Close()
	}
	_, err := c.Events(t.Context())
	if e, ok := errors.AsType[*control.Error](err); !ok || e.Status != 503 {
		t.Errorf("one too many: %v", err)
	}
}

// pipeWriter is a ResponseWriter whose reader decides the pace.
type pipeWriter struct {
	*io.PipeWriter
	header http.Header
}

func (p *pipeWriter) Header() http.Header { return p.header }
func (p *pipeWriter) WriteHeader(int)     {}
func (p *pipeWriter) Flush()              {}

func startStream(t *testing.T, f *fake) (*bufio.Reader, chan struct{}) {
	r, w := io.Pipe()
	h := &handler{backend: f, streams: make(chan struct{}, 1)}
	h.log = slog.New(slog.DiscardHandler)
	done := make(chan struct{})
	req, err := http.NewRequestWithContext(t.Context(), "GET", "/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		h.events(&pipeWriter{w, http.Header{}}, req)
		w.Close()
		close(done)
	}()
	t.Cleanup(func() { r.Close() })
	return bufio.NewReader(r), done
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines, _ := startStream(t, newFake())
		var got []string
		for range 6 {
			line, err := lines.ReadString('\n') // time passes when nothing comes
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.TrimSpace(line))
		}
		if want := "retry: 2000,,: still here,,: still here,"; strings.Join(got, ",") != want {
			t.Errorf("got %q", got)
		}
	})
}

func TestSlowReaderIsDropped(t *testing.T) {
	f := newFake(control.Failed)
	lines, done := startStream(t, f)
	<-f.subscribed
	for range backlog + 10 { // nobody reads: one is being written at most
		f.mu.Lock()
		f.tell(f.jobs[0])
		f.mu.Unlock()
	}
	<-f.ended // dropped, though the writer still blocks
	io.Copy(io.Discard, lines)
	<-done
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}
