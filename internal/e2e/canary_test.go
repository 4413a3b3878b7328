package e2e_test

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/mutant"
)

// TestCanaryKey gives the daemon an API key that is easily found again, lets
// everything go wrong in which a key could be said, and looks for it in all that
// leaves the daemon: logs of every level, files, commands, the control API, hooks,
// webhooks, and requests to other hosts.
func TestCanaryKey(t *testing.T) {
	tests := map[string]struct {
		key, configured, log string
		env                  []string
	}{
		"of a known shape": {"rgyd_live_Canary4Canary4Canary4Canary4Canary4Canary4X", "api_key: rgyd_live_Canary4Canary4Canary4Canary4Canary4Canary4X", "{level: debug, format: text}", nil},
		"of no shape":      {"Canary+in-a.Coal~mine", `api_key: "${SIMDROP_TEST_KEY}"`, "{level: debug, format: json}", []string{"SIMDROP_TEST_KEY=Canary+in-a.Coal~mine"}},
	}
	program := e2e.Build(t, "mutants")
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &canary{t: t, key: tc.key, signed: "SignedCanary0123"}
			c.front = newTelltale(t, c.key, c.signed)
			c.home = e2e.NewHome(t, "rigyd", fmt.Sprintf("  rigyd: {base_url: %q, %s, poll_interval: 50ms, ambiguous_wait: 1s, budget: {approve_above: 0}}", c.front.URL, tc.configured))
			c.home.Program, c.home.Env = program, tc.env
			c.configure(tc.log)
			c.run()
		})
	}
}

type canary struct {
	t           *testing.T
	key, signed string
	front       *telltale
	home        *e2e.Home
	client      *control.Client
	seen        int // bytes that were looked through
}

// configure adds what the key could leave by: a log, hooks, a webhook.
func (c *canary) configure(log string) {
	hook := filepath.Join(c.home.Dir, "hook")
	script := "#!/bin/sh\n{ env; echo \"$@\"; cat; } >>" + hook + ".seen\n"
	if err := os.WriteFile(hook, []byte(script), 0o755); err != nil {
		c.t.Fatal(err)
	}
	f, err := os.OpenFile(c.home.Config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintf(f, "log: %s\nhooks: {on_done: %q, on_failed: %q, on_held: %q}\nwebhooks: [{url: %q}]\n", log, hook, hook, hook, c.front.other+"/webhook")
}

func (c *canary) run() {
	proc := c.start("")
	// What ends by itself, for better or worse.
	done, failed := c.drop("plain", "s301", "s307", "s429", "s500", "s503", "garbled"), c.drop("s400", "s413", "s422")
	ambiguous := func(j control.Job) bool { return j.State == control.Done || j.State == control.Failed }
	c.settle(append(done, failed...), ambiguous)
	c.look("after good and bad answers")
	// What waits for a person.
	for _, name := range []string{"s402", "s401"} {
		path := c.drop(name)
		e2e.Until(c.t, c.client, control.Held, path...)
		c.look("while held after " + name)
		if out, errs, code := c.home.Simdrop("resume"); code != 0 {
			c.t.Fatal(out, errs)
		}
		done = append(done, path...)
	}
	c.settle(done, func(j control.Job) bool { return j.State == control.Done })
	c.look("after all was done")
	c.stop(proc)

	proc = c.start(mutant.TellKey)
	path := c.drop("panics")
	j := e2e.UntilThat(c.t, c.client, path[0], func(j control.Job) bool { return j.Error != "" })
	if !strings.Contains(j.Error, "bug in simdrop") {
		c.t.Errorf("no panic, but %q", j.Error)
	}
	c.look("in a panic")
	c.stop(proc)
	c.misplace()
	proc = c.start("")
	for _, j := range e2e.Until(c.t, c.client, control.Done, append(done, path...)...) {
		e2e.Whole(c.t, j.Result)
	}
	c.look("in the end")
	c.stop(proc)
	c.told()
}

func (c *canary) start(m mutant.Name) *e2e.Process {
	c.t.Helper()
	env := c.home.Env
	c.home.Env = append(env[:len(env):len(env)], "SIMDROP_MUTANT="+string(m))
	proc := c.home.Start()
	c.home.Env = env
	c.client = proc.Ready()
	return proc
}

func (c *canary) stop(proc *e2e.Process) {
	c.t.Helper()
	if code := proc.Stop(); code != 0 {
		c.t.Errorf("stopped with exit code %d", code)
	}
	c.look("after the end")
}

func (c *canary) drop(names ...string) (paths []string) {
	for _, name := range names {
		paths = append(paths, c.home.Write(name+".obj", fmt.Appendf(nil, "# %s\n%s", name, triangle)))
	}
	return paths
}

func (c *canary) settle(paths []string, ok func(control.Job) bool) {
	c.t.Helper()
	e2e.UntilAll(c.t, c.client, paths, ok)
}

// look searches all that the daemon and its commands show.
func (c *canary) look(when string) {
	c.t.Helper()
	c.search(when, "the log", []byte(c.home.Log()))
	for _, dir := range []string{c.home.State, c.home.Watch} {
		c.searchFolder(when, dir)
	}
	if seen, err := os.ReadFile(filepath.Join(c.home.Dir, "hook.seen")); err == nil {
		c.search(when, "what a hook was given", seen)
	}
	c.front.mu.Lock()
	elsewhere := strings.ReplaceAll(c.front.elsewhere.String(), c.signed, "") // there it belongs
	c.front.mu.Unlock()
	c.search(when, "requests to another host", []byte(elsewhere))
	first := filepath.Join(c.home.Watch, "plain.obj")
	for _, args := range [][]string{
		{"config", "show"}, {"config", "show", "--json"}, {"config", "check"}, {"config", "check", "--json"}, {"status"}, {"status", "--json"},
		{"jobs"}, {"jobs", "--json"}, {"job", "1"}, {"job", "1", "--json"}, {"explain", first}, {"explain", first, "--json"},
		{"ledger"}, {"ledger", "--json"}, {"ledger", "--csv"}, {"doctor"}, {"doctor", "--json"}, {"verify", c.home.Watch}, {"version"},
	} {
		out, errs, _ := c.home.Simdrop(args...)
		c.search(when, "simdrop "+strings.Join(args, " "), []byte(out+errs))
	}
	for _, path := range []string{"/", "/healthz", "/metrics", "/api/status", "/api/jobs", "/api/jobs/1", "/api/explain?path=" + first, "/api/ledger", "/api/events", "/api/none"} {
		c.search(when, path, c.get(path))
	}
}

// searchFolder searches every byte of every file, and the names.
func (c *canary) searchFolder(when, dir string) {
	c.t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it may go while we look
		}
		c.search(when, path, []byte(path))
		if b, err := os.ReadFile(path); err == nil {
			c.search(when, path, b)
		}
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
}

func (c *canary) search(when, where string, b []byte) {
	c.t.Helper()
	c.seen += len(b)
	for _, secret := range []string{c.key, c.signed} {
		if at := strings.Index(string(b), secret); at >= 0 {
			c.t.Errorf("%s: %s: …%q…", when, where, b[max(0, at-80):min(len(b), at+len(secret)+20)])
		}
	}
}

// get asks the control API, as far as a daemon runs.
func (c *canary) get(path string) []byte {
	addr, err := os.ReadFile(filepath.Join(c.home.State, "control.addr"))
	if err != nil {
		return nil
	}
	token, err := os.ReadFile(filepath.Join(c.home.State, "control.token"))
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+strings.TrimSpace(string(addr))+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	client := &http.Client{Timeout: 10 * time.Second}
	if strings.HasSuffix(path, "/events") {
		client.Timeout = 300 * time.Millisecond // it never ends
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return b
}

// misplace puts the key where none belongs. What is no key by its shape cannot be
// known for one there.
func (c *canary) misplace() {
	c.t.Helper()
	if !strings.HasPrefix(c.key, "rgyd_") {
		return
	}
	text, err := os.ReadFile(c.home.Config)
	if err != nil {
		c.t.Fatal(err)
	}
	config := c.home.Config
	defer func() { c.home.Config = config }()
	for old, wrong := range map[string]string{
		"poll_interval: 50ms":  "poll_interval: " + c.key,
		"ambiguous_wait: 1s":   c.key + ": 1s",
		"provider: rigyd":      "provider: " + c.key,
		"level: debug":         "level: " + c.key,
		"api_key: " + c.key:    "api_key: {" + c.key + ": 1}",
		"approve_above: 0":     "approve_above: [" + c.key,
		"base_url: \"http://":  "base_url: \"http://" + c.key + "@",
		"state_dir: ":          c.key + ": ",
		"settle_period: 200ms": "settle_period: 200ms\n    " + c.key,
	} {
		if !strings.Contains(string(text), old) {
			c.t.Fatalf("no %q in the configuration", old)
		}
		c.home.Config = filepath.Join(c.home.Dir, "wrong.yaml")
		if err := os.WriteFile(c.home.Config, []byte(strings.ReplaceAll(string(text), old, wrong)), 0o600); err != nil {
			c.t.Fatal(err)
		}
		for _, args := range [][]string{{"run"}, {"config", "check"}, {"config", "check", "--json"}, {"config", "show"}, {"doctor"}, {"status"}} {
			out, errs, code := c.home.Simdrop(args...)
			if code == 0 {
				c.t.Errorf("%s: simdrop %v takes it", wrong, args)
			}
			c.search("with "+old+" wrong", "simdrop "+strings.Join(args, " "), []byte(out+errs))
		}
	}
	c.home.Config = config
	for _, args := range [][]string{{"--config", c.key, "status"}, {"job", c.key}, {c.key}, {"explain", c.key}, {"login", c.key}, {"status", "--" + c.key}} {
		out, errs, _ := c.home.Simdrop(args...)
		c.search("as an argument", fmt.Sprint(args), []byte(out+errs))
	}
}

// told checks that the run was one in which the key could have been told.
func (c *canary) told() {
	c.t.Helper()
	f := c.front
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.struck) != len(tellings) {
		c.t.Errorf("%d of %d bad answers were given: %v", len(f.struck), len(tellings), f.struck)
	}
	if f.used == 0 || f.misled < 2 || f.fetched == 0 {
		c.t.Errorf("%d requests with the key, %d downloads misled, %d requests to the other host", f.used, f.misled, f.fetched)
	}
	log := c.home.Log()
	for _, want := range []string{"[redacted]", "with the API key in its address", "DEBUG"} {
		if !strings.Contains(log, want) {
			c.t.Errorf("the log has no %q", want)
		}
	}
	if seen, err := os.ReadFile(filepath.Join(c.home.Dir, "hook.seen")); err != nil || !strings.Contains(string(seen), "plain.obj") {
		c.t.Errorf("no hook was run: %v", err)
	}
	if !strings.Contains(f.elsewhere.String(), "/webhook") {
		c.t.Error("no webhook was sent")
	}
	accepted := f.real.Ledger().Accepted()
	for token, n := range accepted {
		if n != 1 {
			c.t.Errorf("%s was accepted %d times", token, n)
		}
	}
	c.t.Logf("%d requests carried the key, %d reached another host; %d bytes looked through", f.used, f.fetched, c.seen)
}
