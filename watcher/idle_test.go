package watcher

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// An idle watcher turns only when something is due: a listing, a look at the
// root. So it does while its root is offline.
func TestIdleLoopRests(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a.obj", "b.glb"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w, err := New(Options{
			Root: root, Kinds: models, Recursive: true, Detect: Poll,
			Inspect: scriptInspect, Whole: scriptWhole,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		for range 2 {
			<-w.Drops()
		}
		turns := func() int {
			n := make(chan int, 1)
			w.send(func(l *loop) { n <- l.turns })
			return <-n
		}
		for _, state := range []State{Watching, Offline} {
			before := turns()
			<-time.After(time.Hour)
			if n := turns() - before; n > 3000 {
				t.Errorf("%s: %d turns in an hour", state, n)
			}
			if s := w.Status().State; s != state {
				t.Errorf("it is %s, want %s", s, state)
			}
			os.RemoveAll(root)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
