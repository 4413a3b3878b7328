package e2e_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// soon are a watched folder's options with short times.
const soon = "provider: rigyd, settle_period: 200ms, rescan_interval: 2s, companions: {wait: 2s}"

// watching makes the home watch these folders, each with options beyond soon.
func watching(t *testing.T, h *e2e.Home, p *rigydtest.Provider, folders ...[2]string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "state_dir: %q\ncontrol: {listen: \"127.0.0.1:0\"}\nproviders:\n%s\nwatch:\n", h.State, e2e.Rigyd(p.URL, p.Key, ""))
	for _, f := range folders {
		fmt.Fprintf(&b, "  - {path: %q, %s, %s}\n", f[0], soon, f[1])
	}
	if err := os.WriteFile(h.Config, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// long bounds waits for what simdrop looks at every half minute only.
const long = 2 * time.Minute

// until looks again and again until ok.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(long); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("waited in vain for ", what)
}

// untilRoot waits until a watched root is in the state.
func untilRoot(t *testing.T, c *control.Client, path, state string) (w control.WatchStatus) {
	t.Helper()
	until(t, path+" to be "+state, func() bool {
		s, err := c.Status(t.Context())
		for _, w = range s.Watch {
			if err == nil && w.Path == path && w.State == state {
				return true
			}
		}
		return false
	})
	return w
}

// listings waits until a root has been listed at least n more times.
func listings(t *testing.T, c *control.Client, path string, n int) {
	t.Helper()
	var last time.Time
	until(t, "listings of "+path, func() bool {
		s, err := c.Status(t.Context())
		for _, w := range s.Watch {
			if err == nil && w.Path == path && w.LastScan != nil && w.LastScan.After(last) {
				last = *w.LastScan
				n--
			}
		}
		return n < 0
	})
}

// jobsOf lists the jobs of a path, newest first.
func jobsOf(t *testing.T, c *control.Client, path string) (of []control.Job) {
	t.Helper()
	jobs, err := c.Jobs(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if j.Path == path {
			of = append(of, j)
		}
	}
	return of
}

// object is a whole OBJ that no other is like.
func object(name string) []byte { return []byte("# " + name + "\n" + triangle) }

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func write(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// paid fails the test unless these contents, and no others, were submitted, each once.
func paid(t *testing.T, p *rigydtest.Provider, contents ...[]byte) {
	t.Helper()
	want := map[string]bool{}
	for _, c := range contents {
		want[hashOf(c)] = true
	}
	for _, e := range p.Ledger() {
		if !want[e.SHA256] {
			t.Errorf("submitted, and should not have been, or not again: %s", e.Filename)
		}
		delete(want, e.SHA256)
	}
	for sum := range want {
		t.Errorf("not submitted: %s", sum)
	}
}

func explain(t *testing.T, c *control.Client, path string) string {
	t.Helper()
	e, err := c.Explain(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return e.Verdict
}
