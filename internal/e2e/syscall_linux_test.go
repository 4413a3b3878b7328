package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// strace skips the test where system calls cannot be tampered with.
func strace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("needs strace")
	}
	out, err := exec.Command("strace", "-f", "-qq", "-o", filepath.Join(t.TempDir(), "trace"),
		"-e", "trace=openat", "-e", "inject=openat:error=EIO:when=500+", "true").CombinedOutput()
	if err != nil {
		t.Skipf("strace cannot trace here: %v: %s", err, out)
	}
}

// syscalls are the kinds at which the daemon is killed, each with how many of them
// a thread may do before it.
var syscalls = []struct {
	name string
	upTo int
}{
	{"renameat", 2}, {"renameat2", 2}, {"fsync", 6}, {"fdatasync", 10}, {"pwrite64", 30}, {"write", 40}, {"openat", 60}, {"unlinkat", 4}, {"mkdirat", 4},
}

// TestKilledInSystemCalls kills the daemon as it enters a system call: those that
// change files, one kind after the other. SIMDROP_SYSCALL_KILLS makes it longer.
func TestKilledInSystemCalls(t *testing.T) {
	t.Parallel()
	strace(t)
	want := number("SIMDROP_SYSCALL_KILLS", 4)
	seed, dice := seeded(t)
	p := rigydtest.Start(t, rigydtest.Took(30*time.Millisecond), rigydtest.WithFaults(
		rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, P: 0.1},
		rigydserver.Fault{Kind: rigydserver.Cut, Op: rigydserver.OpResult, P: 0.1},
	), rigydtest.With(func(o *rigydserver.Options) { o.Account.Metered = false }))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s, max_uploads: 6"))
	trace := filepath.Join(h.Dir, "trace")

	var paths []string
	stopReading := scan(t, h)
	kills, runs := make(map[string]int), 0
	for total := 0; total < want && runs < 4*want; runs++ {
		kind := syscalls[runs%len(syscalls)]
		proc := h.StartUnder("strace", "-f", "-qq", "-o", trace, "-e", "trace="+kind.name,
			"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", kind.name, 1+dice.IntN(kind.upTo)))
		n := len(paths)
		paths = append(paths, h.Write(fmt.Sprintf("asset%03d.obj", n), fmt.Appendf(nil, "# asset %d of %d\n%s", n, seed, triangle)))
		if !idle(t, h, proc, paths) && killed(t, trace) {
			kills[kind.name]++
			total++
		}
	}
	c := h.Start().Ready()
	jobs, doubts := untilReleased(t, c, paths)
	if torn := stopReading(); torn != 0 {
		t.Errorf("%d results were visible before they were whole", torn)
	}
	oncePaid(t, p, jobs, len(paths))
	if total := sum(kills); total < want {
		t.Errorf("%d of %d runs were killed: too few to prove anything", total, runs)
	}
	t.Logf("%d kills in %d runs: %v; %d assets, %d released; faults %v", sum(kills), runs, kills, len(paths), doubts, p.Faults.AllFired())
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// idle waits until the traced daemon is dead, or has nothing left to do: then it
// is killed by us and the answer is true.
func idle(t *testing.T, h *e2e.Home, proc *e2e.Process, paths []string) bool {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-proc.Done():
			return false
		case <-deadline:
			proc.KillGroup()
			return true
		case <-time.After(50 * time.Millisecond):
		}
		c, err := control.Find(t.Context(), h.State)
		if err != nil {
			continue
		}
		if done, err := c.Jobs(t.Context(), control.Done, 0); err == nil && len(done) >= len(paths) {
			proc.KillGroup()
			return true
		}
	}
}

// killed reports whether the trace shows that the injected signal struck.
func killed(t *testing.T, trace string) bool {
	t.Helper()
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(b), "killed by SIGKILL")
}

// injection is a running strace that lets system calls of a process fail.
type injection struct {
	t     *testing.T
	cmd   *exec.Cmd
	trace string
}

// inject lets the system calls fail in all threads of the process until lift. when
// counts for each thread: 1 is its first, 1+ all.
func inject(t *testing.T, proc *e2e.Process, calls, errno, when string) *injection {
	t.Helper()
	in := &injection{t: t, trace: filepath.Join(t.TempDir(), "trace")}
	in.cmd = exec.Command("strace", "-f", "-p", fmt.Sprint(proc.PID()), "-o", in.trace,
		"-e", "trace="+calls, "-e", fmt.Sprintf("inject=%s:error=%s:when=%s", calls, errno, when))
	said, err := in.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := in.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.cmd.Process.Kill() })
	if _, err := said.Read(make([]byte, 1)); err != nil { // "Process N attached"
		t.Fatalf("strace does not attach: %v", err)
	}
	go func() {
		buf := make([]byte, 1024)
		for {
			if _, err := said.Read(buf); err != nil {
				return
			}
		}
	}()
	return in
}

// lift ends the injection and returns how often it struck.
func (in *injection) lift() int {
	in.t.Helper()
	in.cmd.Process.Signal(syscall.SIGTERM)
	in.cmd.Wait()
	b, err := os.ReadFile(in.trace)
	if err != nil {
		in.t.Fatal(err)
	}
	return strings.Count(string(b), "(INJECTED)")
}

// TestFailingSystemCalls lets the disk refuse what the daemon asks of it. The job
// waits and says why, nothing is called done, and it goes on when the disk works.
func TestFailingSystemCalls(t *testing.T) {
	t.Parallel()
	strace(t)
	tests := map[string]struct {
		calls, errno, when string
		says               string // in the job's error or the log
	}{
		"every flush of a file fails":    {"fsync", "EIO", "1+", "input/output error"},
		"one flush of each thread fails": {"fsync", "EIO", "1", ""},
		"no file can be opened":          {"openat", "EMFILE", "1+", "unreadable"},
		"the disk under the queue fills": {"pwrite64", "ENOSPC", "1+", "no space left"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := rigydtest.Start(t)
			h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
			proc := h.Start()
			proc.Ready()
			first := e2e.Until(t, proc.Ready(), control.Done, h.Write("before.obj", []byte("# before\n"+triangle)))
			in := inject(t, proc, tc.calls, tc.errno, tc.when)
			path := h.Write("chair.obj", []byte("# chair\n"+triangle))
			if tc.says != "" {
				waitFor(t, h, func() bool { return says(h, tc.says) })
				if _, err := os.Stat(filepath.Join(h.Watch, "chair.simready")); err == nil {
					t.Error("a result is visible that was never flushed")
				}
			} else {
				e2e.Until(t, proc.Ready(), control.Done, path)
			}
			if struck := in.lift(); struck == 0 {
				t.Fatal("the fault never struck")
			} else {
				t.Logf("%d calls failed", struck)
			}
			select {
			case <-proc.Done():
				proc = h.Start()
			default:
			}
			jobs := e2e.Until(t, proc.Ready(), control.Done, path)
			for p, j := range first {
				jobs[p] = j
			}
			oncePaid(t, p, jobs, 2)
		})
	}
}

// says reports whether the daemon's log or one of its jobs has the text.
func says(h *e2e.Home, text string) bool {
	stdout, _, _ := h.Simdrop("jobs", "--json")
	return strings.Contains(stdout, text) || strings.Contains(h.Log(), text)
}

// waitFor waits until something is true.
func waitFor(t *testing.T, h *e2e.Home, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			stdout, _, _ := h.Simdrop("jobs", "--json")
			t.Fatalf("it never happened:\n%s\n%s", h.Log(), stdout)
		}
	}
}
