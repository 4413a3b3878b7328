package watcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPace(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name                         string
		interval, took, before, want time.Duration
	}{
		{"quick", 15 * s, s, s, 15 * s},
		{"slow", 15 * s, 4 * s, 4 * s, 36 * s},
		{"very slow stays under a tenth", 15 * s, 60 * s, 50 * s, 450 * s},
		{"slow for once", 15 * s, 60 * s, s, 15 * s},
		{"the first, from cold caches", 15 * s, 60 * s, 0, 60 * s},
		{"the first, quick", 15 * s, s, 0, 15 * s},
	}
	for _, test := range tests {
		if got := pace(test.interval, test.took, test.before); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// listed collects what a scanner finds below root.
func scanned(t *testing.T, root string, change func(*scanner)) (map[string]int, error) {
	t.Helper()
	w, err := New(Options{Root: root, Kinds: models, Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[string]int{}
	s := &scanner{opts: &w.opts, fsys: traits("ext4"), gate: w.gate, emit: func(b listing) error {
		mu.Lock()
		defer mu.Unlock()
		for _, f := range b.files {
			seen[f.path]++
		}
		return nil
	}}
	change(s)
	return seen, s.walk(t.Context(), root)
}

// Folders that are listed beside each other are each listed once, on disks and,
// where files are looked at beside each other as well, on networks.
func TestWalkSeesEachFileOnce(t *testing.T) {
	root := t.TempDir()
	want := map[string]bool{}
	for i := range 300 {
		path := filepath.Join(root, fmt.Sprintf("a%d/b%d", i%3, i%20), fmt.Sprintf("chair%d.obj", i))
		want[path] = true
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("v"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ext4", "cifs"} {
		seen, err := scanned(t, root, func(s *scanner) {
			s.fsys = traits(name)
			s.lane = newLane(foldersAbreast)
		})
		if err != nil || len(seen) != len(want) {
			t.Fatalf("%s: %d files of %d, %v", name, len(seen), len(want), err)
		}
		for p, n := range seen {
			if !want[p] || n != 1 {
				t.Errorf("%s: %s was seen %d times", name, p, n)
			}
		}
	}
}

// A receiver that gives up, or a file system that stops to answer, ends the walk.
func TestWalkEnds(t *testing.T) {
	root := t.TempDir()
	for i := range 50 {
		path := filepath.Join(root, fmt.Sprint(i), "chair.obj")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("v"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gone := errors.New("gone")
	t.Run("receiver", func(t *testing.T) {
		w, err := New(Options{Root: root, Kinds: models, Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		s := &scanner{opts: &w.opts, fsys: traits("cifs"), gate: w.gate, emit: func(listing) error { cancel(gone); return gone }}
		if err := s.walk(ctx, root); !errors.Is(err, gone) {
			t.Error(err)
		}
	})
	t.Run("server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			free := make(chan struct{})
			_, err := scanned(t, root, func(s *scanner) {
				s.fsys, s.lane = traits("cifs"), newLane(foldersAbreast)
				n := 0
				var mu sync.Mutex
				s.watch = func(string) {
					mu.Lock()
					n++
					hang := n > 10
					mu.Unlock()
					if hang {
						<-free
					}
				}
			})
			if !errors.Is(err, errStuck) {
				t.Error(err)
			}
			close(free)
		})
	})
}
