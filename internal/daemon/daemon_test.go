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

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
	"simdrop/internal/dashboard"
	"simdrop/internal/result"
	"simdrop/internal/rigydserver"
)

func (r *rig) paid(n int) {
	r.t.Helper()
	if l := r.provider.Ledger(); len(l) != n {
		r.t.Errorf("the provider accepted %d submissions, want %d: %+v", len(l), n, l)
	}
}

func TestDropBecomesResult(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", texturedOBJ)
	r.write("chair.mtl", chairMTL)
	r.write("wood.png", png)
	j := r.until(path, "done")
	if want := []string{"chair.mtl", "chair.obj", "wood.png"}; !slices.Equal(j.Bundle, want) {
		t.Errorf("bundle is %v, want %v", j.Bundle, want)
	}
	s := readSidecar(t, j.Result)
	if s.Source.Path != "chair.obj" || len(s.Companions) != 2 || s.Credits != 1 || s.RemoteID != j.RemoteID {
		t.Errorf("sidecar: %+v", s)
	}
	if _, err := os.Stat(filepath.Join(j.Result, s.Main)); err != nil || s.Main != "chair.usd" {
		t.Errorf("main layer %q: %v", s.Main, err)
	}
	r.paid(1)
}

func TestLocalEngine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Watch[0].Provider = config.Local
	r.start()
	path := r.write("chair.obj", plainOBJ)
	j := r.until(path, "done")
	usd, err := os.ReadFile(filepath.Join(j.Result, "chair.usd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range []string{"PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsCollisionAPI", "PhysicsMaterialAPI"} {
		if !strings.Contains(string(usd), api) {
			t.Errorf("the layer has no %s", api)
		}
	}
	if s := readSidecar(t, j.Result); s.Credits != 0 || s.Type != config.Local {
		t.Errorf("sidecar: %+v", s)
	}
	r.paid(0)
}

func TestMissingCompanionHoldsAndItsArrivalReleases(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", texturedOBJ)
	r.write("chair.mtl", chairMTL)
	j := r.until(path, "held")
	if j.Reason != "companions" || !strings.Contains(j.Error, "wood.png") || j.Hint == "" {
		t.Errorf("held as %q: %q, %q", j.Reason, j.Error, j.Hint)
	}
	r.write("wood.png", png)
	if done := r.until(path, "done"); done.ID != j.ID {
		t.Errorf("job %s came of it, want %s to go on", done.ID, j.ID)
	}
	r.paid(1)
}

func TestRemovedTextureOfAConvertedAssetAsksForNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	r.write("chair.mtl", chairMTL)
	texture := r.write("wood.png", png)
	path := r.write("chair.obj", texturedOBJ)
	r.until(path, "done")
	if err := os.Remove(texture); err != nil {
		t.Fatal(err)
	}
	// By the time these companions are given up, the first asset's would be too.
	for _, name := range []string{"table.obj", "stool.obj", "bench.obj"} {
		r.until(r.write(name, "mtllib none.mtl\n"+plainOBJ), "held")
	}
	jobs, err := r.daemon.Jobs(context.Background(), "", 0)
	if err != nil || len(jobs) != 4 {
		t.Errorf("%d jobs (%v), want 4", len(jobs), err)
	}
	r.paid(1)
}

func TestReleaseSendsWithoutTheMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", texturedOBJ)
	j := r.until(path, "held")
	if _, err := r.daemon.Release(context.Background(), j.ID); err != nil {
		t.Fatal(err)
	}
	r.until(path, "done")
	r.paid(1)
}

func TestBadFilesStopNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	bad := map[string]string{
		"empty.glb":  "",
		"cut.glb":    "glTF\x02\x00\x00\x00\x00\x10\x00\x00cut",
		"other.gltf": `["JSON", "that", "is", "not", "glTF"]`,
	}
	for name, content := range bad {
		r.write(name, content)
	}
	if err := os.Mkdir(filepath.Join(r.dir, "folder.glb"), 0o755); err != nil {
		t.Fatal(err)
	}
	good := r.write("good.obj", plainOBJ)
	failed := map[string]bool{}
	done := false
	r.seen("three failures and a success", func(j control.Job) bool {
		done = done || j.Path == good && j.State == "done"
		if j.State == "failed" {
			if j.Error == "" || j.Hint == "" {
				t.Errorf("%s failed with %q and the hint %q", j.Path, j.Error, j.Hint)
			}
			failed[filepath.Base(j.Path)] = true
		}
		return done && len(failed) == len(bad)
	})
	r.paid(1)

	// Mended, it is taken.
	r.until(r.write("empty.glb", plainGLB()), "done")
	r.paid(2)
}

func TestExistingFiles(t *testing.T) {
	tests := map[string]struct {
		existing string
		state    string
		reason   string
	}{
		"hold":    {"hold", "held", "existing"},
		"convert": {"convert", "done", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.cfg.Watch[0].Existing = tc.existing
			path := r.write("old.obj", plainOBJ)
			r.start()
			if j := r.until(path, tc.state); j.Reason != tc.reason {
				t.Errorf("reason %q, want %q", j.Reason, tc.reason)
			}
			r.until(r.write("new.obj", "# new\n"+plainOBJ), "done")
		})
	}
	t.Run("skip", func(t *testing.T) {
		r := newRig(t)
		r.cfg.Watch[0].Existing = "skip"
		old := r.write("old.obj", plainOBJ)
		r.start()
		r.until(r.write("new.obj", "# new\n"+plainOBJ), "done")
		r.stop()
		r.start() // not the first run any more: what was skipped stays so
		r.until(r.write("newer.obj", "# newer\n"+plainOBJ), "done")
		jobs, err := r.daemon.Jobs(context.Background(), "", 0)
		if err != nil || len(jobs) != 2 {
			t.Errorf("%d jobs (%v), want 2", len(jobs), err)
		}
		r.until(r.write(filepath.Base(old), "# saved again\n"+plainOBJ), "done")
	})
}

func TestRestartGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.provider.Hold()
	r.start()
	path := r.write("chair.obj", plainOBJ)
	j := r.until(path, "converting")
	r.stop()
	r.start()
	r.provider.Release()
	if done := r.until(path, "done"); done.ID != j.ID || done.RemoteID != j.RemoteID {
		t.Errorf("job %s %s became %s %s", j.ID, j.RemoteID, done.ID, done.RemoteID)
	}
	r.paid(1)
}

func TestSavedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	path := r.write("chair.obj", plainOBJ)
	first := r.until(path, "done")

	// Without a change of content nothing happens but that the new state is known.
	r.write("chair.obj", plainOBJ)
	r.until(r.write("other.obj", "# other\n"+plainOBJ), "done")
	jobs, err := r.daemon.Jobs(context.Background(), "", 0)
	if err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs after saving the same again (%v), want 2", len(jobs), err)
	}
	r.paid(2)

	r.write("chair.obj", "# better\n"+plainOBJ)
	second := r.until(path, "done")
	if second.ID == first.ID || second.Result != first.Result {
		t.Errorf("job %s with result %s, want a new job that replaces %s", second.ID, second.Result, first.Result)
	}
	r.paid(3)
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	r.start()
	if err := r.daemon.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	path := r.write("chair.obj", plainOBJ)
	if j := r.until(path, "held"); j.Reason != "paused" || j.Hint == "" {
		t.Errorf("held as %q with the hint %q", j.Reason, j.Hint)
	}
	r.paid(0)
	if err := r.daemon.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	r.until(path, "done")
}

func TestNoKeySendsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.cfg.Providers[config.Rigyd]
	p.APIKey = ""
	r.cfg.Providers[config.Rigyd] = p
	r.start()
	j := r.until(r.write("chair.obj", plainOBJ), "held")
	if j.Reason != "key" || !strings.Contains(j.Error, "no API key") || j.Hint == "" {
		t.Errorf("held as %q: %q, %q", j.Reason, j.Error, j.Hint)
	}
	if n := r.provider.Faults.Requests(rigydserver.OpSubmit); n != 0 {
		t.Errorf("%d submissions without a key", n)
	}
}

func TestConvertOutsideWatchedFolders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	dir := t.TempDir()
	path := filepath.Join(dir, "chair.obj")
	if err := os.WriteFile(path, []byte(plainOBJ), 0o644); err != nil {
		t.Fatal(err)
	}
	jobs, err := r.daemon.Convert(context.Background(), []string{dir})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	if j := r.until(path, "done"); j.Result != filepath.Join(dir, "chair.simready") || j.Watch != "" {
		t.Errorf("%+v", j)
	}
}

func TestSecondDaemonOnOneStateFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	d, err := daemon.New(daemon.Options{Config: &r.cfg, Version: "test", Logger: discard})
	if err == nil {
		d.Close()
		t.Fatal("a second daemon opened the state folder of the first")
	}
}

func TestCancelAndRetry(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	r.provider.Hold()
	r.start()
	path := r.write("chair.obj", plainOBJ)
	j := r.until(path, "converting")
	if _, err := r.daemon.Retry(ctx, j.ID); !errors.Is(err, dashboard.ErrConflict) {
		t.Errorf("retry of a running job: %v, want ErrConflict", err)
	}
	if _, err := r.daemon.Cancel(ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	r.until(path, "cancelled")
	r.provider.Release()
	if _, err := r.daemon.Retry(ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	r.until(path, "done")
	r.paid(1)
	if _, err := r.daemon.Cancel(ctx, "77"); !errors.Is(err, dashboard.ErrNotFound) {
		t.Errorf("cancel of an unknown job: %v, want ErrNotFound", err)
	}
}

func readSidecar(t *testing.T, dir string) result.Sidecar {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "simready.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s result.Sidecar
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}
