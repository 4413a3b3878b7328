package e2e_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// unshared runs a test once more in a mount namespace of its own, so that what it
// mounts is seen by nobody else. It returns true in there.
func unshared(t *testing.T) bool {
	t.Helper()
	if os.Getenv("SIMDROP_TEST_UNSHARED") == t.Name() {
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), "SIMDROP_TEST_UNSHARED="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM):
		t.Skip("no mount namespaces here: ", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return false
}

func mount(t *testing.T, source, target, kind string, flags uintptr) {
	t.Helper()
	if err := unix.Mount(source, target, kind, flags, ""); err != nil {
		t.Skip("cannot mount here: ", err)
	}
	t.Cleanup(func() { unix.Unmount(target, unix.MNT_DETACH) })
}

func unmount(t *testing.T, target string) {
	t.Helper()
	if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
}

// A share that goes, comes back, and is then replaced by another file system.
func TestMountedRoot(t *testing.T) {
	t.Parallel()
	if !unshared(t) {
		return
	}
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	disk := t.TempDir()
	mount(t, disk, h.Watch, "", unix.MS_BIND)
	c := h.Start().Ready()
	chair := h.Write("chair.obj", object("chair"))
	e2e.Until(t, c, "done", chair)

	// Unmounted, the empty folder below shows.
	unmount(t, h.Watch)
	untilRoot(t, c, h.Watch, "offline")
	stray := h.Write("stray.obj", object("stray"))
	mount(t, disk, h.Watch, "", unix.MS_BIND)
	untilRoot(t, c, h.Watch, "watching")
	listings(t, c, h.Watch, 2)
	paid(t, p, object("chair"))
	if n := len(jobsOf(t, c, chair)); n != 1 {
		t.Errorf("%d jobs for one asset", n)
	}

	// Another file system in its place waits for a person.
	unmount(t, h.Watch)
	untilRoot(t, c, h.Watch, "offline")
	mount(t, "none", h.Watch, "tmpfs", 0)
	table := h.Write("table.obj", object("table"))
	w := untilRoot(t, c, h.Watch, "offline")
	until(t, "the reason", func() bool {
		w = untilRoot(t, c, h.Watch, "offline")
		return strings.Contains(w.Hint, "simdrop root confirm "+h.Watch)
	})
	if _, err := os.Stat(filepath.Join(h.Watch, ".simdrop")); err == nil {
		t.Error("another file system was marked without being confirmed")
	}
	paid(t, p, object("chair"))
	if out, errs, code := h.Simdrop("root", "confirm", h.Watch); code != 0 || !strings.Contains(errs, "confirmed: ") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	untilRoot(t, c, h.Watch, "watching")
	until(t, "the drop on the new disk", func() bool { return done(t, c, table) })
	paid(t, p, object("chair"), object("table"))

	// The marked disk is the other one now.
	unmount(t, h.Watch)
	if len(jobsOf(t, c, stray)) != 0 {
		t.Error("what lies below the mount was taken")
	}
}
