package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
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
	return UntilAll(t, c, paths, func(j control.Job) bool { return j.State == state })
}

// UntilAll is Until for jobs that are as wanted. It is patient as long as any job
// moves.
func UntilAll(t testing.TB, c *control.Client, paths []string, ok func(control.Job) bool) map[string]control.Job {
	t.Helper()
	deadline := time.Now().Add(patience)
	var jobs []control.Job
	var latest time.Time
	for ; time.Now().Before(deadline); pause() {
		all, err := c.Jobs(t.Context(), "", 0)
		if err != nil {
			continue
		}
		jobs = all
		found := newest(jobs, paths)
		maps.DeleteFunc(found, func(_ string, j control.Job) bool { return !ok(j) })
		if len(found) == len(paths) {
			return found
		}
		for _, j := range jobs {
			if j.Updated.After(latest) {
				latest, deadline = j.Updated, time.Now().Add(patience)
			}
		}
	}
	for path, j := range newest(jobs, paths) {
		if !ok(j) {
			t.Errorf("%s: %+v", path, j)
		}
	}
	t.Fatalf("not all of %d assets are as wanted; %d jobs", len(paths), len(jobs))
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

// newest returns the newest jobs of the paths. Jobs come newest first.
func newest(jobs []control.Job, paths []string) map[string]control.Job {
	byPath := make(map[string]control.Job)
	for _, j := range slices.Backward(jobs) {
		byPath[j.Path] = j
	}
	maps.DeleteFunc(byPath, func(path string, _ control.Job) bool { return !slices.Contains(paths, path) })
	return byPath
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
