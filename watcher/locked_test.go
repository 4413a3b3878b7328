package watcher_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/asset"
	"simdrop/watcher"
)

// TestLockedFile has a file that may not be read: it is reported with the reason,
// once, and taken as soon as it may be read, although its state is the same.
func TestLockedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "chair.obj")
		if err := os.WriteFile(path, []byte("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var locked atomic.Bool
		locked.Store(true)
		known := map[string]bool{}
		w, err := watcher.New(watcher.Options{
			Root: dir, Kinds: []asset.Kind{asset.Models}, Detect: watcher.Poll,
			Known: func(_, stamp string) bool { return known[stamp] },
			Inspect: func(ctx context.Context, root, primary string) (*asset.Asset, error) {
				if locked.Load() {
					return nil, &fs.PathError{Op: "open", Path: primary, Err: fs.ErrPermission}
				}
				return asset.Inspect(ctx, root, primary)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()

		drop := <-w.Drops()
		known[drop.Stamp] = true
		if drop.Outcome != watcher.Broken || drop.Err == nil {
			t.Fatalf("a locked file was reported as %s (%v)", drop.Outcome, drop.Err)
		}
		locked.Store(false)
		w.Rescan()
		select {
		case drop = <-w.Drops():
		case <-time.After(time.Hour):
			t.Fatal("a file that was unlocked is not noticed")
		}
		if drop.Outcome != watcher.Ready || errors.Is(drop.Err, fs.ErrPermission) {
			t.Errorf("unlocked, it was reported as %s (%v)", drop.Outcome, drop.Err)
		}
	})
}
