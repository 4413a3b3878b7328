package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"simdrop/internal/notify"
	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// TestMain lets the test binary be its own hook: it does what its first argument says.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if act, ok := acts[os.Args[1]]; ok {
			act(os.Args[2:])
			return
		}
	}
	os.Exit(m.Run())
}

// object is what receivers are given in these tests.
type object struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Path  string `json:"path"`
}

// rig is a queue with a notifier.
type rig struct {
	t     *testing.T
	queue *queue.Queue
	opt   notify.Options
	log   *lines
	stop  func()
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, queue: queuetest.MustOpen(t), log: &lines{}}
	r.opt = notify.Options{
		Queue: r.queue, Version: "test", Dir: t.TempDir(),
		Object: func(j queue.Job) any { return object{j.ID, string(j.State), j.Path} },
		Logger: slog.New(slog.NewTextHandler(io.MultiWriter(r.log, t.Output()), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return r
}

// start runs a notifier until stop, as one life of the daemon.
func (r *rig) start() {
	r.t.Helper()
	n, err := notify.New(r.opt)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		r.stop = func() {}
	}
}

// drop offers an asset, which is queued.
func (r *rig) drop(name string) queue.Job {
	r.t.Helper()
	return queuetest.MustOffer(r.t, r.queue, queuetest.Drop("/in/"+name, "1"))
}

// fail lets a job fail.
func (r *rig) fail(id string) {
	r.t.Helper()
	queuetest.MustUpdate(r.t, r.queue, id, func(j *queue.Job) { j.Fail("it will not do", "") })
}

// hold lets a job wait for a person.
func (r *rig) hold(id string, why queue.Reason) {
	r.t.Helper()
	queuetest.MustUpdate(r.t, r.queue, id, func(j *queue.Job) { j.Hold(why, "it waits", "") })
}

// idle checks that no letter waits.
func (r *rig) idle() {
	r.t.Helper()
	n, err := r.queue.Letters()
	if err != nil || n != 0 {
		r.t.Errorf("%d letters are left (%v)", n, err)
	}
}

// delivered waits until no letter waits.
func (r *rig) delivered() {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if n, err := r.queue.Letters(); n == 0 && err == nil {
			return
		}
	}
	r.idle()
}

// receiver is a webhook's other end.
type receiver struct {
	mu     sync.Mutex
	got    []post
	answer func(n int, w http.ResponseWriter, r *http.Request) // nil: 200
	news   chan post
}

type post struct {
	object
	header http.Header
	body   []byte
}

func newReceiver() *receiver { return &receiver{news: make(chan post, 1000)} }

func (s *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p := post{header: r.Header.Clone(), body: body}
	if err := json.Unmarshal(body, &p.object); err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	s.mu.Lock()
	s.got = append(s.got, p)
	n := len(s.got)
	answer := s.answer
	s.mu.Unlock()
	if answer != nil {
		answer(n, w, r)
	}
	s.news <- p
}

// states are what was told, in order: "1 queued".
func (s *receiver) states() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, p := range s.got {
		all = append(all, p.ID+" "+p.State)
	}
	return strings.Join(all, ", ")
}

// lines is what was logged.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// self is the test binary as a command that does the act.
func self(t *testing.T, act string, args ...string) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{exe, act}, args...)
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
