// Package e2e drives simdrop from outside, as a person or a service manager does:
// it builds the binary, starts it as a process of its own, kills it, and looks at
// nothing but files, exit codes and the control API.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"simdrop/internal/control"
)

var build struct {
	once sync.Once
	path string
	err  error
}

// Binary builds simdrop once per test process and returns its path.
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() {
		dir, err := os.MkdirTemp("", "simdrop-e2e-")
		if err != nil {
			build.err = err
			return
		}
		build.path = filepath.Join(dir, "simdrop")
		cmd := exec.Command("go", "build", "-o", build.path, "simdrop")
		if out, err := cmd.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

// RemoveBinary removes what Binary built; for TestMain.
func RemoveBinary() {
	if build.path != "" {
		os.RemoveAll(filepath.Dir(build.path))
	}
}

// Home is a person's machine: a configuration, a state folder and a watched one.
type Home struct {
	t      testing.TB
	Dir    string
	Config string
	State  string
	Watch  string

	Program string   // what is run; empty for the one that Binary builds
	Env     []string // added to the environment
}

// quick are a watched folder's options with short times.
const quick = `
    settle_period: 200ms
    rescan_interval: 2s
    existing: convert
    companions: {wait: 2s}
`

// NewHome writes a configuration with one watched folder and the given provider
// entries (YAML below `providers:`), of which provider is used.
func NewHome(t testing.TB, provider, providers string) *Home {
	t.Helper()
	dir := t.TempDir()
	return newHome(t, dir, dir, provider, providers)
}

// NewHomeOn is NewHome with the state folder and the watched one on the disk
// that is mounted there.
func NewHomeOn(t testing.TB, disk, provider, providers string) *Home {
	t.Helper()
	return newHome(t, t.TempDir(), disk, provider, providers)
}

func newHome(t testing.TB, dir, disk, provider, providers string) *Home {
	t.Helper()
	h := &Home{t: t, Dir: dir}
	h.Config, h.State, h.Watch = filepath.Join(dir, "config.yaml"), filepath.Join(disk, "state"), filepath.Join(disk, "drop")
	if err := os.Mkdir(h.Watch, 0o755); err != nil {
		t.Fatal(err)
	}
	h.Configure(provider, providers)
	return h
}

// Configure writes the configuration anew, for the next start.
func (h *Home) Configure(provider, providers string) {
	h.t.Helper()
	text := fmt.Sprintf("state_dir: %q\ncontrol: {listen: \"127.0.0.1:0\"}\nproviders:\n%s\nwatch:\n  - path: %q\n    provider: %s%s",
		h.State, providers, h.Watch, provider, quick)
	if err := os.WriteFile(h.Config, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// Simdrop runs a command to its end and returns what it printed and its exit code.
func (h *Home) Simdrop(args ...string) (stdout, stderr string, code int) {
	h.t.Helper()
	cmd := h.command(h.t.Context(), args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		h.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (h *Home) command(ctx context.Context, args ...string) *exec.Cmd {
	program := h.Program
	if program == "" {
		program = Binary(h.t)
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"--config", h.Config}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+h.Dir, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "NO_COLOR=1")
	cmd.Env = append(cmd.Env, h.Env...)
	return cmd
}

// Process is a running daemon.
type Process struct {
	t    testing.TB
	home *Home
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
}

// Start starts `simdrop run`.
func (h *Home) Start() *Process {
	h.t.Helper()
	return h.start(h.command(context.Background(), "run"))
}

// StartUnder starts `simdrop run` as the child of another program: strace, prlimit.
func (h *Home) StartUnder(program string, args ...string) *Process {
	h.t.Helper()
	run := h.command(context.Background(), "run")
	cmd := exec.Command(program, append(args, run.Args...)...)
	cmd.Env = run.Env
	ownGroup(cmd)
	p := h.start(cmd)
	h.t.Cleanup(p.KillGroup)
	return p
}

func (h *Home) start(cmd *exec.Cmd) *Process {
	h.t.Helper()
	log, err := os.OpenFile(filepath.Join(h.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	p := &Process{t: h.t, home: h, cmd: cmd, log: log, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		log.Close()
		close(p.done)
	}()
	h.t.Cleanup(p.Kill)
	return p
}

// Kill ends the process as a power cut would, as far as the process is concerned.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// KillGroup kills it together with the program it was started under.
func (p *Process) KillGroup() {
	killGroup(p.cmd.Process)
	<-p.done
}

// Stop asks it to stop and returns its exit code.
func (p *Process) Stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	return p.Wait()
}

// Wait waits until it ended and returns its exit code, -1 after a signal.
func (p *Process) Wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("the daemon does not stop:\n%s", p.home.Log())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID is the process's ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// patience bounds waits that end by an event long before.
const patience = 60 * time.Second

// Ready waits until the daemon answers.
func (p *Process) Ready() *control.Client {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for ; time.Now().Before(deadline); pause() {
		select {
		case <-p.done:
			p.t.Fatalf("the daemon ended:\n%s", p.home.Log())
		default:
		}
		c, err := control.Find(p.t.Context(), p.home.State)
		if err != nil {
			continue
		}
		if _, err := c.Status(p.t.Context()); err == nil {
			return c
		}
	}
	p.t.Fatalf("the daemon does not answer:\n%s", p.home.Log())
	return nil
}

// pause lets another process go on between two looks at what it did.
func pause() { <-time.After(20 * time.Millisecond) }

// Log is what the daemons of this home have logged.
func (h *Home) Log() string {
	b, _ := os.ReadFile(filepath.Join(h.Dir, "log"))
	return string(b)
}

// Write puts a file into the watched folder.
func (h *Home) Write(name string, content []byte) string {
	h.t.Helper()
	path := filepath.Join(h.Watch, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		h.t.Fatal(err)
	}
	return path
}
