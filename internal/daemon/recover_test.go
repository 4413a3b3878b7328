package daemon_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
	"simdrop/internal/rigydserver"
	"simdrop/queue"
)

// forget removes files from the state folder.
func (r *rig) forget(names ...string) {
	r.t.Helper()
	for _, n := range names {
		if err := os.Remove(filepath.Join(r.cfg.StateDir, n)); err != nil {
			r.t.Fatal(err)
		}
	}
}

// job is the newest job of a path as the API tells it.
func (r *rig) job(path string) control.Job {
	r.t.Helper()
	jobs, err := r.daemon.Jobs(context.Background(), "", 0)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, j := range jobs {
		if j.Path == path {
			return j
		}
	}
	return control.Job{}
}

// all waits for jobs of all paths to be in the state, in any order.
func (r *rig) all(state string, paths ...string) map[string]control.Job {
	r.t.Helper()
	found := make(map[string]control.Job)
	r.seen(strings.Join(paths, ", ")+" "+state, func(j control.Job) bool {
		if j.State == state && slices.Contains(paths, j.Path) {
			found[j.Path] = j
		}
		return len(found) == len(paths)
	})
	return found
}

// releaseAll lets every held job go.
func (r *rig) releaseAll() {
	r.t.Helper()
	jobs, err := r.daemon.Jobs(context.Background(), "held", 0)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, j := range jobs {
		if _, err := r.daemon.Release(context.Background(), j.ID); err != nil {
			r.t.Fatal(err)
		}
	}
}

// TestLostQueueIsRebuilt loses the memory of one asset that is done, of one that
// was accepted and not finished, and of one that was never sent.
func TestLostQueueIsRebuilt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lose     func(r *rig)
		existing string
		hold     bool // what is not done waits for a person
	}{
		"queue gone":                  {func(r *rig) { r.forget("queue.db") }, "convert", true},
		"queue empty, to skip":        {func(r *rig) { r.spoil(0) }, "skip", true},
		"queue cut":                   {func(r *rig) { r.spoil(9000) }, "hold", true},
		"state folder gone, to hold":  {func(r *rig) { r.forget("queue.db", "queue.id") }, "hold", true},
		"state folder gone, converts": {func(r *rig) { r.forget("queue.db", "queue.id") }, "convert", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.cfg.Watch[0].Existing = tc.existing
			r.start()
			done := r.write("done.obj", "# done\n"+texturedOBJ)
			r.write("chair.mtl", chairMTL)
			r.write("wood.png", png)
			first := r.until(done, "done")
			r.provider.Hold()
			running := r.until(r.write("running.obj", "# running\n"+plainOBJ), "converting")
			r.stop()
			unsent := r.write("unsent.obj", "# unsent\n"+plainOBJ)
			tc.lose(r)
			r.provider.Release()
			r.start()
			if tc.hold {
				for _, j := range r.all("held", running.Path, unsent) {
					if j.Reason != "existing" || j.Hint == "" {
						t.Errorf("%s is held as %q with the hint %q", j.Path, j.Reason, j.Hint)
					}
				}
				r.paid(2)
				r.releaseAll()
			}
			if j := r.all("done", running.Path, unsent)[running.Path]; j.RemoteID != running.RemoteID {
				t.Errorf("the running job was %s and is %s", running.RemoteID, j.RemoteID)
			}
			r.paid(3)
			now := r.job(done)
			if now.State != "done" || now.Result != first.Result || now.Key != first.Key || now.RemoteID != first.RemoteID || now.Credits != 1 {
				t.Errorf("the done job came back as %+v, and was %+v", now, first)
			}
			jobs, _ := r.daemon.Jobs(context.Background(), "", 0)
			if len(jobs) != 3 {
				t.Errorf("%d jobs for 3 assets: %+v", len(jobs), jobs)
			}
			// The restored memory is as good as the first: an edit is a new job.
			r.until(r.write("done.obj", "# better\n"+texturedOBJ), "done")
			r.paid(4)
		})
	}
}

// spoil cuts the queue's file.
func (r *rig) spoil(size int64) {
	r.t.Helper()
	if err := os.Truncate(filepath.Join(r.cfg.StateDir, "queue.db"), size); err != nil {
		r.t.Fatal(err)
	}
}

// examineVariable makes this test binary the child that examines a queue.
const examineVariable = "SIMDROP_TEST_EXAMINE"

// inChild examines in this test binary, started again: what is damaged would kill
// this process.
var inChild = queue.InChild("env", examineVariable+"=1", os.Args[0])

func TestMain(m *testing.M) {
	if os.Getenv(examineVariable) != "" {
		if err := json.NewEncoder(os.Stdout).Encode(queue.Examine(os.Args[len(os.Args)-1])); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestResultOfAChangedSourceIsNotItsResult(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.until(path, "done")
	r.stop()
	r.write("chair.obj", "# another chair\n"+plainOBJ)
	r.forget("queue.db")
	r.start()
	r.until(path, "held")
	r.releaseAll()
	r.until(path, "done")
	r.paid(2)
}

func TestResultThatLostFilesIsFetchedAgainForNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", plainOBJ)
	j := r.until(path, "done")
	r.stop()
	if err := os.Remove(filepath.Join(j.Result, "chair.usd")); err != nil {
		t.Fatal(err)
	}
	r.forget("queue.db")
	r.start()
	r.until(path, "held")
	r.releaseAll()
	// What is there was changed by somebody, so it is not replaced.
	r.seen("the new result waits for the changed one", func(j control.Job) bool { return j.State == "held" && j.Reason == "edited" })
	r.paid(1)
}

func TestMirroredResultsAreRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: t.TempDir()}
	r.start()
	path := r.write("props/chair.obj", plainOBJ)
	first := r.until(path, "done")
	if !strings.HasPrefix(first.Result, r.cfg.Watch[0].Result.Root) {
		t.Fatalf("result is %s", first.Result)
	}
	r.stop()
	r.forget("queue.db", "queue.id")
	r.start()
	r.until(r.write("new.obj", "# new\n"+plainOBJ), "done")
	if j := r.job(path); j.State != "done" || j.Result != first.Result {
		t.Errorf("the done job came back as %+v", j)
	}
	r.paid(2)
}

// TestAnotherMachine has a new state folder and a folder full of results.
func TestAnotherMachine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Watch[0].Existing = "convert"
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.until(path, "done")
	r.stop()
	r.cfg.StateDir = t.TempDir()
	if err := os.Remove(filepath.Join(r.dir, ".simdrop", "owner.json")); err != nil { // the first machine is no more
		t.Fatal(err)
	}
	r.start()
	// The same content elsewhere is a copy of what was paid for there.
	r.until(r.write("more/chair.obj", plainOBJ), "done")
	if j := r.job(path); j.State != "done" {
		t.Errorf("the done job came back as %+v", j)
	}
	r.paid(1)
}

// TestLedgerIsRecalled loses the queue: the ledger is rebuilt from the results.
func TestLedgerIsRecalled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.until(path, "done")
	r.until(r.write("copy/chair.obj", plainOBJ), "done")
	r.stop()
	r.forget("queue.db")
	r.start()
	l, err := r.daemon.Ledger(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Entries) != 1 || l.Total != (control.LedgerSum{Recalled: 1, Net: 1}) || l.Entries[0].Kind != "recalled" || l.Days[0].Watch != r.dir {
		t.Errorf("%+v", l)
	}
	r.stop()
	r.start() // once
	if l, err := r.daemon.Ledger(context.Background(), ""); err != nil || len(l.Entries) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
	r.paid(1)
}

// TestFailedGenerationIsNotTakenAgain loses the queue after a failure: the list
// shows the failed job, and the next submission has the next name.
func TestFailedGenerationIsNotTakenAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Watch[0].Existing = "convert"
	r.provider.Faults.Add(rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Text: "no mesh in it", Times: 1})
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.until(path, "failed")
	r.stop()
	r.forget("queue.db", "queue.id")
	r.start()
	r.until(path, "done")
	l := r.provider.Ledger()
	if len(l) != 2 || !strings.HasSuffix(l[0].Token, "0") || !strings.HasSuffix(l[1].Token, "1") {
		t.Errorf("%+v", l)
	}
}

func TestStateFolderInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	began := time.Now()
	d, err := daemon.New(daemon.Options{Config: &r.cfg, Version: "test", Logger: discard})
	if err == nil {
		d.Close()
		t.Fatal("a second daemon opened the state folder of the first")
	}
	e, ok := errors.AsType[*daemon.InUseError](err)
	if !ok || e.PID != os.Getpid() || e.Hint() == "" || !errors.Is(err, queue.ErrLocked) {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestQueueRemovedWhileRunning(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d, err := daemon.New(daemon.Options{Config: &r.cfg, Version: "test", Logger: discard, Probe: inChild})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(t.Context()) }()
	<-d.Ready()
	r.forget("queue.db")
	select {
	case err := <-ended:
		if !errors.Is(err, queue.ErrBroken) {
			t.Errorf("the daemon ended with %v, want ErrBroken", err)
		}
	case <-time.After(patience):
		t.Fatal("not noticed")
	}
}
