//go:build unix

package notify_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"simdrop/queue"
)

// pidIn waits until the act's child has written its process ID.
func pidIn(t *testing.T, dir string) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		b, err := os.ReadFile(dir + "/pid")
		if pid, perr := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && perr == nil {
			return pid
		}
	}
	t.Fatal("the hook's child does not start")
	return 0
}

// gone waits until the process has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
	}
	t.Errorf("process %d goes on", pid)
}

// zombie says that the process has ended and nobody has asked how: in a container
// without an init nobody ever does.
func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(b), ") Z ")
}

// A hook that is killed takes its children along, and is run again after the next
// start, because nobody knows how far it came.
func TestHookThatHangs(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	r.opt.Hooks = map[queue.State][]string{queue.Held: self(t, "act-hang", dir)}
	r.start()
	r.hold(r.drop("a.obj").ID, queue.Existing)
	pid := pidIn(t, dir)
	r.stop()
	gone(t, pid)
	if n, err := r.queue.Letters(); n != 1 || err != nil {
		t.Errorf("%d letters are left, want the one that was interrupted (%v)", n, err)
	}
}

// A hook may leave something running: it counts as ended.
func TestHookThatLeavesAChild(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	r.opt.Hooks = map[queue.State][]string{queue.Held: self(t, "act-stay", dir)}
	r.start()
	r.hold(r.drop("a.obj").ID, queue.Existing)
	pid := pidIn(t, dir)
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	r.stop()
	r.idle()
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the child was killed: %v", err)
	}
}
