package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Build builds simdrop with a build tag and returns its path; it is removed with
// the test.
func Build(t testing.TB, tag string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "simdrop")
	if out, err := exec.Command("go", "build", "-tags", tag, "-o", path, "simdrop").CombinedOutput(); err != nil {
		t.Fatalf("go build -tags %s: %v\n%s", tag, err, out)
	}
	return path
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }

// How tells how an ended process ended: "exit status 1", "signal: killed".
func (p *Process) How() string {
	<-p.done
	return p.cmd.ProcessState.String()
}

// ExitCode is that of an ended process, -1 after a signal.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}
