package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/result"
)

// Rigyd is the entry of a provider at the base URL, with quick times.
func Rigyd(baseURL, key, more string) string {
	return fmt.Sprintf("  rigyd: {base_url: %q, api_key: %q, poll_interval: 50ms, budget: {approve_above: 0}%s}", baseURL, key, more)
}

// Until waits until the newest job of every path is in the state, through kills
// and restarts of the daemon, and returns them by path.
func Until(t testing.TB, c *control.Client, state string, paths ...string) map[string]control.Job {
	t.Helper()
	deadline := time.Now().Add(patience)
	var jobs []control.Job
	for ; time.Now().Before(deadline); pause() {
		all, err := c.Jobs(t.Context(), "", 0)
		if err != nil {
			continue
		}
		jobs = all
		if found := in(jobs, state, paths); len(found) == len(paths) {
			return found
		}
	}
	t.Fatalf("not all of %d assets are %s: %+v", len(paths), state, jobs)
	return nil
}

// UntilThat waits until the newest job of the path is as wanted.
func UntilThat(t testing.TB, c *control.Client, path string, ok func(control.Job) bool) control.Job {
	t.Helper()
	deadline := time.Now().Add(patience)
	var last control.Job
	for ; time.Now().Before(deadline); pause() {
		all, err := c.Jobs(t.Context(), "", 0)
		if err != nil {
			continue
		}
		for _, j := range all {
			if j.Path != path {
				continue
			}
			if last = j; ok(j) {
				return j
			}
			break
		}
	}
	t.Fatalf("the job for %s is not as wanted: %+v", path, last)
	return last
}

// in returns the newest jobs of the paths that are in the state. Jobs come newest first.
func in(jobs []control.Job, state string, paths []string) map[string]control.Job {
	newest := make(map[string]control.Job)
	for _, j := range jobs {
		if _, seen := newest[j.Path]; !seen {
			newest[j.Path] = j
		}
	}
	found := make(map[string]control.Job)
	for _, p := range paths {
		if j, ok := newest[p]; ok && j.State == state {
			found[p] = j
		}
	}
	return found
}

// Whole fails the test unless the folder holds exactly what its sidecar says.
func Whole(t testing.TB, dir string) result.Sidecar {
	t.Helper()
	s, err := result.ReadSidecar(dir)
	if err != nil {
		t.Error(err)
		return s
	}
	problems, err := result.Verify(dir)
	if err != nil || len(problems) > 0 {
		t.Errorf("%s: %v %v", filepath.Base(dir), problems, err)
	}
	return s
}
