package e2e_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// A second daemon on the same state folder ends at once and says whose it is.
func TestStateFolderHasOneDaemon(t *testing.T) {
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	first := h.Start()
	c := first.Ready()
	began := time.Now()
	_, errs, code := h.Simdrop("run")
	if took := time.Since(began); code != 1 || !strings.Contains(errs, fmt.Sprint(first.PID())) || !strings.Contains(errs, "hint: ") || took > 20*time.Second {
		t.Errorf("exit code %d after %v:\n%s", code, took, errs)
	}
	e2e.Until(t, c, control.Done, h.Write("chair.obj", []byte(triangle))) // the first goes on
}

// A queue whose file is taken away from under the daemon remembers nothing that it
// is told: nothing more is submitted, and the daemon ends.
func TestQueueTakenAway(t *testing.T) {
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	proc := h.Start()
	first := h.Write("chair.obj", []byte(triangle))
	jobs := e2e.Until(t, proc.Ready(), control.Done, first)
	if err := os.Remove(filepath.Join(h.State, "queue.db")); err != nil {
		t.Fatal(err)
	}
	if code := proc.Wait(); code != 1 || !strings.Contains(h.Log(), "taken away") {
		t.Errorf("ended with exit code %d:\n%s", code, h.Log())
	}
	c := h.Start().Ready()
	for path, j := range e2e.Until(t, c, control.Done, first) { // its result knows
		if j.RemoteID != jobs[path].RemoteID {
			t.Errorf("it came back as %+v", j)
		}
	}
	if n := len(p.Ledger()); n != 1 {
		t.Errorf("%d submissions", n)
	}
}

// Whatever the umask, nobody else reads the state folder, and everybody may read a
// result as they may read the drop.
func TestModesDoNotDependOnTheUmask(t *testing.T) {
	for _, mask := range []string{"000", "077"} {
		t.Run(mask, func(t *testing.T) {
			p := rigydtest.Start(t)
			h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
			c := h.StartUnder("sh", "-c", "umask "+mask+`; exec "$@"`, "sh").Ready()
			path := h.Write("chair.obj", []byte(triangle))
			j := e2e.Until(t, c, control.Done, path)[path]
			p.Hold()
			held := h.Write("held.obj", []byte("# held\n"+triangle)) // so that the spool holds something
			e2e.Until(t, c, control.Converting, held)
			wantModes(t, h.State, 0o700, 0o600)
			wantModes(t, j.Result, 0o755, 0o644)
			p.Release()
		})
	}
}

// wantModes checks that nothing below dir lets others do more, or less where it is read
// by all.
func wantModes(t *testing.T, dir string, folder, file fs.FileMode) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		want := file
		if d.IsDir() {
			want = folder
		}
		n++
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
		return nil
	})
	if err != nil || n < 2 {
		t.Errorf("%d files in %s: %v", n, dir, err)
	}
}
