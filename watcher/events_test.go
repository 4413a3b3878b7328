package watcher

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"simdrop/internal/asset"
)

// live runs a watcher on a real folder with real events and real time. Tests
// wait for drops on its channel, never for time.
type live struct {
	*Watcher
	t   testing.TB
	dir string
}

func watchLive(t testing.TB, change func(*Options)) *live {
	t.Helper()
	opts := Options{
		Root: t.TempDir(), Kinds: []asset.Kind{asset.Models}, Recursive: true,
		Detect: Events, SettlePeriod: 60 * time.Millisecond, CompanionsWait: 2 * time.Second,
		RescanInterval: time.Hour, Inspect: scriptInspect, Whole: scriptWhole, networkQuiet: time.Nanosecond,
	}
	if os.Getenv("WATCHER_LOG") != "" {
		opts.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if change != nil {
		change(&opts)
	}
	w, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-w.Ready()
	return &live{w, t, opts.Root}
}

func (l *live) write(name, text string) {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// next is the next drop; a test that waits for one that never comes ends at
// this limit.
func (l *live) next() Drop {
	l.t.Helper()
	select {
	case d, ok := <-l.Drops():
		if !ok {
			l.t.Fatal("the watcher ended")
		}
		return d
	case <-time.After(2 * time.Minute): // on a network file system a drop rests for 15 s at least
		l.t.Fatal("no drop; status ", l.Status())
	}
	return Drop{}
}

func (l *live) expect(name string, out Outcome) Drop {
	l.t.Helper()
	d := l.next()
	if rel, _ := filepath.Rel(l.dir, d.Path); filepath.ToSlash(rel) != name || d.Outcome != out {
		l.t.Fatalf("got %v %s, want %v %s", d.Outcome, rel, out, name)
	}
	return d
}

// until waits for a status; Status changes are not announced, so it asks through
// the loop, which answers between two turns.
func (l *live) until(ok func(Status) bool) {
	l.t.Helper()
	end := time.Now().Add(30 * time.Second)
	for !ok(l.Status()) {
		if time.Now().After(end) {
			l.t.Fatal("it stays ", l.Status())
		}
		l.Explain(l.t.Context(), l.dir)
	}
}

func TestEventsReportAFile(t *testing.T) {
	l := watchLive(t, nil)
	if s := l.Status(); s.State != Watching || s.Detect != Events {
		t.Fatal(s)
	}
	l.write("chair.glb", "data end")
	if d := l.expect("chair.glb", Ready); d.Origin != FromEvent || d.Existing {
		t.Fatal(d)
	}
	l.write("chair.glb", "other data end")
	l.expect("chair.glb", Ready)
}

func TestEventsWaitForCompanions(t *testing.T) {
	l := watchLive(t, func(o *Options) { o.CompanionsWait = time.Hour })
	l.write("chair.obj", "ref tex/wood.png")
	l.write("first.obj", "data")
	l.expect("first.obj", Ready)
	l.write("tex/wood.png", "data")
	if d := l.expect("chair.obj", Ready); len(d.Asset.Members) != 2 {
		t.Fatal(d.Asset)
	}
	l.write("tex/wood.png", "other data")
	l.expect("chair.obj", Ready)
}

func TestEventsFollowRenamedFolders(t *testing.T) {
	l := watchLive(t, nil)
	l.write("old/deep/chair.obj", "data")
	l.expect("old/deep/chair.obj", Ready)
	if err := os.Rename(filepath.Join(l.dir, "old"), filepath.Join(l.dir, "new")); err != nil {
		t.Fatal(err)
	}
	l.expect("new/deep/chair.obj", Ready)
	l.write("new/deep/table.obj", "data")
	l.expect("new/deep/table.obj", Ready)
	l.write("old/deep/chair.obj", "data")
	l.expect("old/deep/chair.obj", Ready)
}

// Folders whose names begin alike must not lose each other's watches.
func TestEventsKeepSiblings(t *testing.T) {
	l := watchLive(t, nil)
	for i, name := range []string{"set", "set-b", "set-b/c"} {
		l.write(name+"/x.obj", fmt.Sprint(i))
		l.expect(name+"/x.obj", Ready)
	}
	if err := os.RemoveAll(filepath.Join(l.dir, "set")); err != nil {
		t.Fatal(err)
	}
	l.write("set-b/c/y.obj", "data")
	l.expect("set-b/c/y.obj", Ready)
}

func TestSlowReceiverLosesNothing(t *testing.T) {
	l := watchLive(t, nil)
	for i := range 300 {
		l.write(fmt.Sprintf("chair%d.obj", i), "data")
	}
	for i := range 300 { // all have settled before the first is received
		for !l.Explain(t.Context(), filepath.Join(l.dir, fmt.Sprintf("chair%d.obj", i))).Reported {
		}
	}
	if n := l.Status().Settling; n != 300 {
		t.Errorf("%d assets are on their way, want the 300 that nobody has received", n)
	}
	seen := map[string]bool{}
	for range 300 {
		seen[l.next().Path] = true
	}
	if len(seen) != 300 {
		t.Fatal("got ", len(seen))
	}
}

func TestRunEndsWhileNobodyReceives(t *testing.T) {
	l := watchLive(t, nil)
	l.write("chair.obj", "data")
	l.expect("chair.obj", Ready)
	l.write("chair.obj", "data two")
	l.Explain(t.Context(), filepath.Join(l.dir, "chair.obj"))
}
