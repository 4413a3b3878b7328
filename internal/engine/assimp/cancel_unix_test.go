//go:build unix

package assimp

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestCancel: a tool that hangs ends with the context.
func TestCancel(t *testing.T) {
	started := filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Skip("no named pipe here: ", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		os.ReadFile(started) // until the tool has written to it
		cancel()
	}()
	_, err := Read(ctx, fake(t, "echo yes > "+started+"; exec sleep 600"), source())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
