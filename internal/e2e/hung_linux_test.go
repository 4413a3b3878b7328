package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// share mounts a folder through bindfs, a file system in a process that can be
// stopped: every call then hangs, as on a server that died.
func share(t *testing.T, folder, at string) (server *os.Process) {
	t.Helper()
	cmd := exec.Command("bindfs", "-f", folder, at)
	if err := cmd.Start(); err != nil {
		t.Skip("no bindfs here: ", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGCONT)
		unix.Unmount(at, unix.MNT_DETACH)
		cmd.Process.Kill()
		<-ended
	})
	var above, there unix.Stat_t
	if err := unix.Stat(filepath.Dir(at), &above); err != nil {
		t.Fatal(err)
	}
	for there.Dev = above.Dev; there.Dev == above.Dev; unix.Stat(at, &there) {
		select {
		case err := <-ended:
			ended <- err
			t.Skip("bindfs does not run here: ", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return cmd.Process
}

func signal(t *testing.T, p *os.Process, s os.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// A share whose server does not answer holds up nothing but itself: not the other
// folders, not the commands, neither start nor stop. When it answers again, what
// lies there is taken.
func TestHungShare(t *testing.T) {
	if os.Getenv("SIMDROP_HUNG") == "" {
		t.Skip("it takes minutes: set SIMDROP_HUNG=1")
	}
	if !unshared(t) {
		return
	}
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	back, nas := t.TempDir(), filepath.Join(h.Dir, "nas")
	if err := os.Mkdir(nas, 0o755); err != nil {
		t.Fatal(err)
	}
	server := share(t, back, nas)
	watching(t, h, p, [2]string{nas, "existing: convert, poll_interval: 1s"}, [2]string{h.Watch, "existing: convert"})
	proc := h.Start()
	c := proc.Ready()
	first := write(t, filepath.Join(nas, "first.obj"), object("first"))
	e2e.Until(t, c, "done", first)
	if w := untilRoot(t, c, nas, "watching"); w.Detect != "poll" || !strings.Contains(w.FileSystem, "fuse") {
		t.Errorf("%+v", w)
	}

	signal(t, server, syscall.SIGSTOP)
	bounded := func(what string, args ...string) string {
		t.Helper()
		began := time.Now()
		out, errs, _ := h.Simdrop(args...)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s took %s", what, took)
		}
		return out + errs
	}
	e2e.Until(t, c, "done", h.Write("a.obj", object("a")))
	w := untilRoot(t, c, nas, "offline")
	if !strings.Contains(w.Problem, "does not answer") {
		t.Errorf("%+v", w)
	}
	if out := bounded("status", "status"); !strings.Contains(out, "does not answer") {
		t.Errorf("status says %s", out)
	}
	if out := bounded("explain", "explain", first); !strings.Contains(out, "does not answer") {
		t.Errorf("explain says %s", out)
	}
	if out := bounded("doctor", "doctor"); !strings.Contains(out, "fail     folder "+nas) {
		t.Errorf("doctor says %s", out)
	}
	bounded("convert", "convert", filepath.Join(nas, "first.obj"))
	e2e.Until(t, c, "done", h.Write("b.obj", object("b")))
	began := time.Now()
	if code := proc.Stop(); code != 0 {
		t.Errorf("exit %d:\n%s", code, h.Log())
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s to stop", took)
	}

	proc = h.Start()
	c = proc.Ready()
	e2e.Until(t, c, "done", h.Write("c.obj", object("c")))
	untilRoot(t, c, nas, "offline")
	signal(t, server, syscall.SIGCONT)
	untilRoot(t, c, nas, "watching")
	second := write(t, filepath.Join(nas, "second.obj"), object("second"))
	e2e.UntilThat(t, c, second, func(j control.Job) bool { return j.State == "done" })
	paid(t, p, object("first"), object("a"), object("b"), object("c"), object("second"))
}
