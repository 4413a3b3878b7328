package e2e_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

func TestMain(m *testing.M) {
	// They wait for daemons most of the time: more at once than there are processors.
	if err := flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	code := m.Run()
	e2e.RemoveBinary()
	os.Exit(code)
}

// corpus returns the folder of real assets, or skips the test.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SIMDROP_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "corpus.json")); err != nil {
		t.Skipf("no corpus of real assets: %v", err)
	}
	return dir
}

// copyAll copies a folder's files into the watched folder, all at once.
func copyAll(t testing.TB, h *e2e.Home, from, to string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(h.Watch, to), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestRealAssetsDroppedAtOnce(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	var paths []string
	for folder, primary := range map[string]string{
		"glb-engine": "2CylinderEngine.glb", "glb-quad-skin": "quad_skin.glb", "obj-spider": "spider.obj", "obj-fuze": "fuze.obj",
		"gltf-box-textured": "BoxTextured.gltf", "gltf-unicode": "Unicode ❤♻ Test.gltf", "gltf-parent-reference": "model/boxTexcoords.gltf",
	} {
		copyAll(t, h, filepath.Join(dir, folder), folder)
		paths = append(paths, filepath.Join(h.Watch, folder, filepath.FromSlash(primary)))
	}
	for path, j := range e2e.Until(t, c, "done", paths...) {
		s := e2e.Whole(t, j.Result)
		stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		// The longer name is taken where fuze.ply, beside fuze.obj, was first.
		if short, long := strings.TrimSuffix(path, filepath.Ext(path))+".simready", path+".simready"; j.Result != short && (j.Result != long || stem != "fuze") {
			t.Errorf("result of %s is %s", path, j.Result)
		}
		if s.Source.Path != filepath.Base(path) || len(s.Companions) != len(j.Bundle)-1 || s.Key != j.Key || s.RemoteID != j.RemoteID || s.Main != stem+".usd" {
			t.Errorf("sidecar of %s: %+v", path, s)
		}
	}
	for token, n := range p.Ledger().Accepted() {
		if n != 1 {
			t.Errorf("%s was paid %d times", token, n)
		}
	}
	// fuze.ply lies beside fuze.obj and is an asset of its own.
	e2e.Until(t, c, "done", filepath.Join(h.Watch, "obj-fuze", "fuze.ply"))
	if n := len(p.Ledger()); n != len(paths)+1 {
		t.Errorf("%d submissions for %d assets", n, len(paths)+1)
	}
}

func TestJobsAsJSON(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	if _, stderr, code := h.Simdrop("jobs", "--json"); code != 3 || !strings.Contains(stderr, "simdrop: error:") {
		t.Errorf("jobs without a daemon: exit %d, %q", code, stderr)
	}
	proc := h.Start()
	c := proc.Ready()
	e2e.Until(t, c, "done", h.Write("chair.obj", []byte(triangle)))
	stdout, stderr, code := h.Simdrop("jobs", "--json")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, %q", code, stderr)
	}
	var raw []map[string]any
	if err := json.Unmarshal([]byte(stdout), &raw); err != nil || len(raw) != 1 {
		t.Fatalf("%v in %s", err, stdout)
	}
	for _, key := range []string{
		"id", "path", "watch", "provider", "type", "state", "reason", "error", "hint", "remote_id", "remote_status", "stage", "progress",
		"attempts", "next_attempt", "credits", "key", "bundle", "bytes", "result", "created", "updated",
	} {
		if _, ok := raw[0][key]; !ok {
			t.Errorf("the job object has no %q", key)
		}
	}
	var j control.Job
	if err := json.Unmarshal([]byte(strings.Trim(strings.TrimSpace(stdout), "[]")), &j); err != nil || j.State != "done" || j.Progress != 100 {
		t.Errorf("%+v, %v", j, err)
	}
	if code := proc.Stop(); code != 0 {
		t.Errorf("stopped with exit code %d", code)
	}
}

func TestRunWithoutConfiguration(t *testing.T) {
	cmd := exec.Command(e2e.Binary(t), "run")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "simdrop: hint: ") || !strings.Contains(string(out), "config init") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestTryOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "try")
	cmd := exec.Command(e2e.Binary(t), "try", "--once", dir)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var usd []byte
	results, _ := filepath.Glob(filepath.Join(dir, "*.simready"))
	for _, r := range results {
		s := e2e.Whole(t, r)
		b, err := os.ReadFile(filepath.Join(r, filepath.FromSlash(s.Main)))
		if err != nil {
			t.Error(err)
		}
		usd = append(usd, b...)
	}
	for _, api := range []string{"PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsCollisionAPI", "PhysicsMaterialAPI"} {
		if !strings.Contains(string(usd), api) {
			t.Errorf("no USD with %s in %v", api, results)
		}
	}
}

// triangle is a whole OBJ.
const triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"

// TestTroubleIsSaid has a provider that is not there, and one that refuses the key.
func TestTroubleIsSaid(t *testing.T) {
	p := rigydtest.Start(t)
	tests := map[string]struct {
		provider      string
		state, reason string
		error, hint   string
	}{
		"server not there": {e2e.Rigyd("http://127.0.0.1:1/api", "rgyd_test_x", ""), "queued", "", "refused", "base_url"},
		"wrong key":        {e2e.Rigyd(p.URL, "rgyd_test_wrong", ""), "held", "key", "401", "api_key"},
		"no key":           {e2e.Rigyd(p.URL, "", ""), "held", "key", "no API key", "api_key"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			h := e2e.NewHome(t, "rigyd", tc.provider)
			c := h.Start().Ready()
			path := h.Write("chair.obj", []byte(triangle))
			j := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == tc.state && j.Error != "" })
			if j.Reason != tc.reason || !strings.Contains(j.Error, tc.error) || !strings.Contains(j.Hint, tc.hint) {
				t.Errorf("reason %q, error %q, hint %q", j.Reason, j.Error, j.Hint)
			}
			if strings.Contains(h.Log(), "rgyd_test_") {
				t.Error("the key is in the log")
			}
		})
	}
}
