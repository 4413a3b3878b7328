package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
)

// asked is a daemon of which only Job is used.
type asked struct {
	jobs map[string]control.Job
	err  error
	n    int
}

func (a *asked) Convert(context.Context, []string) ([]control.Job, error) { return nil, nil }
func (a *asked) changes(context.Context, func(control.Job)) error         { return nil }
func (a *asked) Job(_ context.Context, id string) (j control.Job, err error) {
	a.n++
	return a.jobs[id], a.err
}

func TestFollow(t *testing.T) {
	job := func(id, state string) control.Job { return control.Job{ID: id, State: state} }

	t.Run("told", func(t *testing.T) {
		changed := make(chan control.Job, 4)
		changed <- job("other", control.Failed)
		changed <- job("b", control.Converting)
		changed <- job("b", control.Done)
		jobs := []control.Job{job("a", control.Done), job("b", control.Queued)}
		var seen []string
		if _, err := follow(t.Context(), &asked{}, jobs, changed, func(j control.Job) { seen = append(seen, j.ID+" "+j.State) }); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(seen, ", "); got != "a done, b queued, b converting, b done" || jobs[1].State != control.Done {
			t.Errorf("seen %s, jobs %v", got, jobs)
		}
	})
	t.Run("not told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			from := &asked{jobs: map[string]control.Job{"a": job("a", control.Done)}}
			begin := time.Now()
			if _, err := follow(t.Context(), from, []control.Job{job("a", control.Queued)}, make(chan control.Job), func(control.Job) {}); err != nil {
				t.Fatal(err)
			}
			if from.n != 1 || time.Since(begin) != look {
				t.Errorf("asked %d times in %v", from.n, time.Since(begin))
			}
		})
	})
	t.Run("simulated", func(t *testing.T) {
		done := control.Job{ID: "a", State: control.Done, Simulation: "s"}
		sim := func(state string) control.Job {
			return control.Job{ID: "s", Simulates: "a", Scene: "drop", State: state}
		}
		changed := make(chan control.Job, 4)
		changed <- done
		changed <- sim(control.Queued)
		changed <- sim(control.Failed)
		jobs, err := follow(t.Context(), &asked{jobs: map[string]control.Job{"s": sim(control.Queued)}}, []control.Job{job("a", control.Queued)}, changed, func(control.Job) {})
		if err != nil || len(jobs) != 2 || jobs[1].State != control.Failed {
			t.Errorf("%v, %v", jobs, err)
		}
	})
	t.Run("daemon gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, err := follow(t.Context(), &asked{err: control.ErrNotRunning}, []control.Job{job("a", control.Queued)}, make(chan control.Job), func(control.Job) {})
			if !errors.Is(err, control.ErrNotRunning) {
				t.Error(err)
			}
		})
	})
}

// trigger calls do when text was written to it.
type trigger struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	text string
	do   func()
}

func (tr *trigger) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.buf.Write(b)
	if strings.Contains(tr.buf.String(), tr.text) {
		tr.do()
	}
	return len(b), nil
}

func TestInterruptedConvert(t *testing.T) {
	file := filepath.Join(t.TempDir(), "slow.glb")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &trigger{text: "slow.glb: converting", do: cancel}
	var stdout bytes.Buffer
	nobody := func(string) (string, bool) { return "", false }
	a := &app{stdout: &stdout, stderr: stderr, env: nobody, start: fakes{}}
	cfg, cleanUp, err := throwaway()
	if err != nil {
		t.Fatal(err)
	}
	defer cleanUp()
	cfg.Control.Listen = ""
	d, err := fakes{}.Daemon(daemonOptions{Config: cfg, NoWatch: true})
	if err != nil {
		t.Fatal(err)
	}
	err = a.with(ctx, d, func(ctx context.Context) error { return a.convert(ctx, inside{d}, []string{file}, false) })
	if code := a.report(err); code != exitFailed || stdout.Len() != 0 || !strings.Contains(stderr.buf.String(), "simdrop: error: interrupted; what was submitted") {
		t.Errorf("exit code %d\n%s", code, stderr.buf.String())
	}
}

func TestThrowawayIsGone(t *testing.T) {
	cfg, cleanUp, err := throwaway()
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if p := cfg.Providers["local"]; p.Type != config.Local || len(cfg.Providers) != 1 {
		t.Errorf("providers = %+v", cfg.Providers)
	}
	if err := cleanUp(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(cfg.StateDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
}

func TestOutcome(t *testing.T) {
	for states, want := range map[string]int{
		"": 0, "done": 0, "done done": 0, "failed": 1, "failed cancelled": 1, "done failed": 4, "held": 4, "failed held": 4, "done held": 4, "done cancelled": 4,
	} {
		a := &app{stderr: &bytes.Buffer{}}
		var jobs []control.Job
		for _, s := range strings.Fields(states) {
			jobs = append(jobs, control.Job{State: s, Path: "/a"})
		}
		if got := a.report(a.outcome(jobs)); got != want {
			t.Errorf("%q: %d, want %d", states, got, want)
		}
	}
}
