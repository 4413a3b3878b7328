package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// inNamespace runs the test in a network and a mount namespace of its own, in a
// process of its own: there it returns true.
func inNamespace(t *testing.T, tools ...string) bool {
	t.Helper()
	switch {
	case os.Getenv("SIMDROP_NAMESPACES") == "":
		t.Skip("changes networks and mounts, in namespaces of its own: set SIMDROP_NAMESPACES=1")
	case os.Geteuid() != 0:
		t.Skip("needs root for namespaces")
	case os.Getenv("SIMDROP_INSIDE") != "":
		for _, args := range [][]string{{"mount", "--make-rprivate", "/"}, {"ip", "link", "set", "lo", "up"}} {
			if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
				t.Skipf("%v: %v: %s", args, err, out)
			}
		}
		return true
	}
	for _, tool := range append(tools, "ip", "mount") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "SIMDROP_INSIDE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Skipf("no namespaces here: %v", err)
	}
	t.Logf("inside:\n%s", out)
	if err != nil {
		t.Error(err)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Skip("skipped inside")
	}
	return false
}

func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

// firewall stops what is sent to the provider.
type firewall struct {
	t    *testing.T
	port string
}

func newFirewall(t *testing.T, base string) firewall {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(u.Host)
	must(t, "nft", "add table inet f")
	must(t, "nft", "add chain inet f out { type filter hook output priority 0; }")
	return firewall{t, port}
}

func (f firewall) up() {
	f.t.Helper()
	must(f.t, "nft", "add rule inet f out tcp dport "+f.port+" counter reject with tcp reset")
}

// down opens the way again and returns how many packets were stopped.
func (f firewall) down() string {
	f.t.Helper()
	m := regexp.MustCompile(`packets (\d+)`).FindStringSubmatch(must(f.t, "nft", "list chain inet f out"))
	must(f.t, "nft", "flush chain inet f out")
	if m == nil || m[1] == "0" {
		f.t.Fatal("the fault never struck")
	}
	return m[1]
}

// TestNamespaceResets resets the line in each phase of a job.
func TestNamespaceResets(t *testing.T) {
	if !inNamespace(t, "nft") {
		return
	}
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s, bandwidth: 1MiB"))
	c := h.Start().Ready()
	wall := newFirewall(t, p.URL)
	pad := strings.Repeat("# "+strings.Repeat("x", 1020)+"\n", 2000) // 2 MB: two seconds
	phases := []struct {
		name    string
		fault   rigydserver.Fault
		content string
		begun   func() bool
	}{
		{"before connecting", rigydserver.Fault{}, "", func() bool { return true }},
		{"in the upload", rigydserver.Fault{}, pad, func() bool { return strings.Contains(h.Log(), "msg=submitting job=2 ") }},
		{"after the body", rigydserver.Fault{Kind: rigydserver.Delay, At: rigydserver.Done, Op: rigydserver.OpSubmit, After: 2 * time.Second, Times: 1}, "", func() bool { return len(p.Ledger()) == 3 }},
		{"in the download", rigydserver.Fault{Kind: rigydserver.Slow, Op: rigydserver.OpResult, Bytes: 64, After: 50 * time.Millisecond, Times: 1}, "", func() bool { return p.Faults.Fired("slow") > 0 }},
	}
	jobs := make(map[string]control.Job)
	for i, ph := range phases {
		if ph.fault.Kind != "" {
			p.Faults.Add(ph.fault)
		}
		if i == 0 {
			wall.up()
		}
		path := h.Write(fmt.Sprintf("asset%d.obj", i), fmt.Appendf(nil, "# %d\n%s%s", i, triangle, ph.content))
		if i > 0 {
			waitFor(t, h, ph.begun)
			<-time.After(300 * time.Millisecond) // well inside the phase
			wall.up()
		}
		e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.Error != "" })
		t.Logf("%s packets stopped %s", wall.down(), ph.name)
		for k, j := range e2e.UntilAll(t, c, []string{path}, func(j control.Job) bool { return j.State == control.Done }) {
			jobs[k] = j
		}
	}
	oncePaid(t, p, jobs, len(phases))
}

// TestNamespaceSlowLine uploads 1.5 MB over 100 kB/s: nothing gives up on it.
func TestNamespaceSlowLine(t *testing.T) {
	if !inNamespace(t, "tc") {
		return
	}
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
	c := h.Start().Ready()
	must(t, "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "800kbit", "burst", "70000", "latency", "2s")
	began := time.Now()
	path := h.Write("slow.obj", []byte(triangle+strings.Repeat("# "+strings.Repeat("x", 1020)+"\n", 1500)))
	jobs := e2e.Until(t, c, control.Done, path)
	if took := time.Since(began); took < 8*time.Second {
		t.Errorf("it took %v only: the line was not slow", took)
	}
	if n := p.Faults.Requests(rigydserver.OpSubmit); n != 1 {
		t.Errorf("%d submissions", n)
	}
	oncePaid(t, p, jobs, 1)
}

// bind puts a file's text over a system file, in this namespace only.
func bind(t *testing.T, path, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "mount", "--bind", file, path)
	t.Cleanup(func() { exec.Command("umount", path).Run() })
}

// TestNamespaceNoWay has no name service, then a proxy that refuses: nothing is
// sent and nothing goes around them. Then the way is free.
func TestNamespaceNoWay(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	p := rigydtest.Start(t, rigydtest.With(func(o *rigydserver.Options) { o.Hosts = []string{"provider.example"} }))
	u, _ := url.Parse(p.URL)
	base := strings.Replace(p.URL, u.Hostname(), "provider.example", 1)
	var refused atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused.Add(1)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	bind(t, "/etc/resolv.conf", "")
	bind(t, "/etc/hosts", "127.0.0.1 localhost\n")
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(base, p.Key, ", ambiguous_wait: 1s"))
	proc := h.Start()
	path := h.Write("chair.obj", []byte(triangle))
	j := e2e.UntilThat(t, proc.Ready(), path, func(j control.Job) bool { return j.Error != "" })
	t.Logf("without names: %s: %s; %s", j.State, j.Error, j.Hint)
	if j.State != control.Queued {
		t.Errorf("without names it is %s", j.State)
	}
	proc.Stop()

	bind(t, "/etc/hosts", "127.0.0.1 localhost provider.example\n")
	h.Env = []string{"HTTP_PROXY=" + proxy.URL}
	proc = h.Start()
	j = e2e.UntilThat(t, proc.Ready(), path, func(j control.Job) bool { return strings.Contains(j.Error, "407") })
	t.Logf("behind the proxy: %s: %s; %s", j.State, j.Error, j.Hint)
	if j.State != control.Queued || refused.Load() == 0 || p.Faults.Requests(rigydserver.OpSubmit)+p.Faults.Requests(rigydserver.OpList) != 0 {
		t.Errorf("it is %s; the proxy refused %d, the provider saw %d", j.State, refused.Load(), p.Faults.Requests(rigydserver.OpSubmit))
	}
	proc.Stop()
	h.Env = nil
	oncePaid(t, p, e2e.Until(t, h.Start().Ready(), control.Done, path), 1)
}

// TestNamespaceFewDescriptors has 64 of them for 20 assets at once.
func TestNamespaceFewDescriptors(t *testing.T) {
	if !inNamespace(t, "prlimit") {
		return
	}
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s, max_uploads: 8"))
	c := h.StartUnder("prlimit", "--nofile=64:64", "--").Ready()
	var paths []string
	for i := range 20 {
		paths = append(paths, h.Write(fmt.Sprintf("a%d.obj", i), fmt.Appendf(nil, "# %d\n%s", i, triangle)))
	}
	oncePaid(t, p, e2e.Until(t, c, control.Done, paths...), len(paths))
}

// TestNamespaceFullDisks fills the disk under the state folder, the spool and the
// watched folder, with bytes and with files. The job waits and says what is wrong;
// nothing is submitted that could not be recorded; with room it goes on.
func TestNamespaceFullDisks(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, what := range []string{"bytes", "files"} {
		for _, where := range []string{"state", "spool", "drop"} {
			t.Run(where+" without room for "+what, func(t *testing.T) { fullDisk(t, where, what) })
		}
	}
}

// full is how a disk without room is spoken of: for bytes with what is there and
// what it takes.
var full = map[string]*regexp.Regexp{
	"bytes": regexp.MustCompile(`[^"]*no space left on the disk[^"]*[0-9] (bytes|kB|MB) needed, [0-9]+ (bytes|kB|MB) free[^"]*`),
	"files": regexp.MustCompile(`[^"]*no space left on [^"]*`),
}

func fullDisk(t *testing.T, where, what string) {
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
	dir := map[string]string{"state": h.State, "spool": filepath.Join(h.State, "spool"), "drop": h.Watch}[where]
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "mount", "-t", "tmpfs", "-o", "size=3m,nr_inodes=64", "tmpfs", dir)
	defer exec.Command("umount", "-l", dir).Run()
	proc := h.Start()
	c := proc.Ready()
	p.Hold()
	path := h.Write("chair.obj", []byte(triangle+strings.Repeat("# room\n", 10000)))
	if where == "drop" { // the result is what finds no room
		e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == control.Converting })
	}
	free := fill(t, dir, what)
	if where != "drop" {
		path = h.Write("table.obj", []byte(triangle+strings.Repeat("# table\n", 10000)))
	}
	p.Release()
	waitFor(t, h, func() bool {
		stdout, _, _ := h.Simdrop("jobs", "--json")
		said := full[what].FindString(stdout + h.Log())
		if said != "" {
			t.Logf("it says: %s", said)
		}
		return said != ""
	})
	if _, err := os.Stat(filepath.Join(h.Watch, "table.simready")); err == nil {
		t.Error("a result came out of nowhere")
	}
	free()
	select {
	case <-proc.Done(): // it may end when its own folder is full, and is started again
		proc = h.Start()
	default:
	}
	jobs := e2e.Until(t, proc.Ready(), control.Done, path)
	oncePaid(t, p, jobs, len(p.Ledger()))
}

// fill leaves no room on the file system and returns what makes room again.
func fill(t *testing.T, dir, what string) (free func()) {
	t.Helper()
	var made []string
	for i := range 200 {
		name := filepath.Join(dir, fmt.Sprintf(".filler%d", i))
		size := 0
		if what == "bytes" {
			size = 64 << 10
		}
		err := os.WriteFile(name, make([]byte, size), 0o600)
		made = append(made, name)
		if err != nil {
			return func() {
				for _, name := range made {
					os.Remove(name)
				}
			}
		}
	}
	t.Fatal("the disk does not fill")
	return nil
}
