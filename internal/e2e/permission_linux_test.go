package e2e_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

const nobody = 65534

// give makes the folder, and all in it, nobody's, and lets them come to it.
func give(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

// open lets everybody pass through the temporary folders above a path.
func open(t *testing.T, path string) {
	t.Helper()
	for dir := filepath.Dir(path); dir != filepath.Clean(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// A daemon that may not write where results go keeps the paid result, says why and
// what to do, and delivers it when it may.
func TestDestinationWithoutPermission(t *testing.T) {
	t.Parallel()
	setpriv, err := exec.LookPath("setpriv")
	if os.Getuid() != 0 || err != nil {
		t.Skip("needs root and setpriv, to run the daemon as another user")
	}
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	mirror := t.TempDir() // root's
	open(t, mirror)
	open(t, e2e.Binary(t))
	config, err := os.ReadFile(h.Config)
	if err != nil {
		t.Fatal(err)
	}
	config = append(config, "    result: {place: mirror, root: "+mirror+"}\n"...)
	if err := os.WriteFile(h.Config, config, 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, h.Dir)
	c := h.StartUnder(setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--").Ready()
	path := h.Write("chair.obj", []byte(triangle))
	j := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == "fetching" && j.Error != "" })
	if !strings.Contains(j.Error, mirror) || !strings.Contains(j.Error, "permission denied") || !strings.Contains(j.Hint, "write") {
		t.Errorf("error %q, hint %q", j.Error, j.Hint)
	}
	if left, err := os.ReadDir(mirror); err != nil || len(left) > 0 {
		t.Errorf("there is %v, %v", left, err)
	}
	if err := os.Chmod(mirror, 0o777); err != nil {
		t.Fatal(err)
	}
	e2e.Whole(t, e2e.Until(t, c, "done", path)[path].Result)
	if n := len(p.Ledger()); n != 1 {
		t.Errorf("%d submissions", n)
	}
}
