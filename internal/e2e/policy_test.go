package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// What was there before the first run is treated as configured, also after
// restarts; what came while the daemon was down is a drop like any other.
func TestExisting(t *testing.T) {
	for _, rule := range []string{"hold", "convert", "skip"} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			p := rigydtest.Start(t)
			h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
			watching(t, h, p, [2]string{h.Watch, "existing: " + rule})
			old := h.Write("old.obj", object("old"))
			proc := h.Start()
			c := proc.Ready()
			listings(t, c, h.Watch, 1)
			fresh := h.Write("new.obj", object("new"))
			e2e.Until(t, c, "done", fresh)
			submitted := [][]byte{object("new")}
			switch rule {
			case "hold":
				if j := e2e.Until(t, c, "held", old)[old]; j.Reason != "existing" || !strings.Contains(j.Hint, "release") {
					t.Errorf("%+v", j)
				}
			case "convert":
				e2e.Until(t, c, "done", old)
				submitted = append(submitted, object("old"))
			case "skip":
				if jobs := jobsOf(t, c, old); len(jobs) != 0 {
					t.Errorf("%+v", jobs)
				}
			}
			proc.Stop()

			down := h.Write("down.obj", object("down"))
			proc = h.Start()
			c = proc.Ready()
			e2e.Until(t, c, "done", down)
			listings(t, c, h.Watch, 2)
			paid(t, p, append(submitted, object("down"))...)
			if n := len(jobsOf(t, c, old)); rule == "skip" && n != 0 || rule != "skip" && n != 1 {
				t.Errorf("%d jobs for what was there", n)
			}
			if rule == "hold" {
				if out, errs, code := h.Simdrop("release", "--reason", "existing"); code != 0 {
					t.Error(out, errs)
				}
				e2e.Until(t, c, "done", old)
				paid(t, p, append(submitted, object("down"), object("old"))...)
			}
		})
	}
}

// A drop that is taken back within the undo window costs nothing.
func TestUndoWindow(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	const window = 4 * time.Second
	watching(t, h, p, [2]string{h.Watch, "undo_window: " + window.String()})
	c := h.Start().Ready()
	listings(t, c, h.Watch, 0)
	began := time.Now()
	kept, undone := h.Write("kept.obj", object("kept")), h.Write("undone.obj", object("undone"))
	until(t, "the undo window", func() bool { return strings.Contains(explain(t, c, undone), "undo") })
	if err := os.Remove(undone); err != nil {
		t.Fatal(err)
	}
	e2e.Until(t, c, "done", kept)
	if at := p.Ledger()[0].Time; at.Before(began.Add(window)) {
		t.Errorf("submitted after %s", at.Sub(began))
	}
	listings(t, c, h.Watch, 3)
	paid(t, p, object("kept"))
	if jobs := jobsOf(t, c, undone); len(jobs) != 0 {
		t.Errorf("%+v", jobs)
	}
}

// Of an asset that is saved again before it was sent, only the last state is sent.
func TestSavedAgainWhileQueued(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	if err := c.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := h.Write("chair.obj", object("first"))
	first := e2e.UntilThat(t, c, path, func(control.Job) bool { return true })
	h.Write("chair.obj", object("second"))
	second := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.ID != first.ID })
	if j, err := c.Job(t.Context(), first.ID); err != nil || j.State != "cancelled" || !strings.Contains(j.Error, "superseded by job "+second.ID) {
		t.Errorf("%+v, %v", j, err)
	}
	if err := c.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	j := e2e.Until(t, c, "done", path)[path]
	if s := e2e.Whole(t, j.Result); s.Source.SHA256 != hashOf(object("second")) {
		t.Errorf("the result is of another state: %+v", s.Source)
	}
	paid(t, p, object("second"))
}

// An asset that is saved again while it is converted has its first result placed,
// then the new state becomes a job: one remote job at a time for a path.
func TestSavedAgainWhileConverting(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	p.Hold()
	path := h.Write("chair.obj", object("first"))
	first := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == "converting" })
	h.Write("chair.obj", object("second"))
	second := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.ID != first.ID })
	listings(t, c, h.Watch, 2)
	paid(t, p, object("first"))
	p.Release()
	e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.ID == second.ID && j.State == "done" })
	if j, err := c.Job(t.Context(), first.ID); err != nil || j.State != "done" {
		t.Errorf("the first job: %+v, %v", j, err)
	}
	if s := e2e.Whole(t, filepath.Join(h.Watch, "chair.simready")); s.Source.SHA256 != hashOf(object("second")) {
		t.Errorf("the result is of another state: %+v", s.Source)
	}
	paid(t, p, object("first"), object("second"))
}

// Results are never drops: not beside the source, not copied elsewhere.
func TestResultsAreNoDrops(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	proc := h.Start()
	c := proc.Ready()
	chair := h.Write("chair.obj", object("chair"))
	j := e2e.Until(t, c, "done", chair)[chair]
	if err := os.CopyFS(filepath.Join(h.Watch, "delivery", "chair.simready"), os.DirFS(j.Result)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(h.Watch, "plain", "name"), os.DirFS(j.Result)); err != nil {
		t.Fatal(err)
	}
	listings(t, c, h.Watch, 3)
	proc.Stop()
	c = h.Start().Ready()
	listings(t, c, h.Watch, 2)
	fence := h.Write("table.obj", object("table"))
	e2e.Until(t, c, "done", fence)
	paid(t, p, object("chair"), object("table"))
	if jobs, err := c.Jobs(t.Context(), "", 0); err != nil || len(jobs) != 2 {
		t.Errorf("%+v, %v", jobs, err)
	}
}

func TestLinksThatLoop(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	chair := h.Write("set/chair.obj", object("chair"))
	for link, to := range map[string]string{"set/up": "..", "set/self": ".", "round": "set", "out": h.Dir} {
		if err := os.Symlink(to, filepath.Join(h.Watch, link)); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	c := h.Start().Ready()
	e2e.Until(t, c, "done", chair)
	late := h.Write("set/table.obj", object("table"))
	e2e.Until(t, c, "done", late)
	listings(t, c, h.Watch, 2)
	paid(t, p, object("chair"), object("table"))
	if jobs, err := c.Jobs(t.Context(), "", 0); err != nil || len(jobs) != 2 {
		t.Errorf("%+v, %v", jobs, err)
	}
}

// Names that differ in case or in Unicode form only are two assets where the file
// system says so, with two results.
func TestNamesAlike(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	names := []string{"caf\u00e9.obj", "cafe\u0301.obj", "Chair.obj", "chair.obj"}
	for _, name := range names {
		h.Write(name, object(name))
	}
	if found, _ := os.ReadDir(h.Watch); len(found) != len(names) {
		t.Skip("this file system takes such names for one")
	}
	c := h.Start().Ready()
	var paths []string
	var contents [][]byte
	for _, name := range names {
		paths, contents = append(paths, filepath.Join(h.Watch, name)), append(contents, object(name))
	}
	results := map[string]bool{}
	for _, j := range e2e.Until(t, c, "done", paths...) {
		s := e2e.Whole(t, j.Result)
		if s.Source.SHA256 != hashOf(object(filepath.Base(j.Path))) {
			t.Errorf("%s has the result of another: %+v", j.Path, s.Source)
		}
		results[j.Result] = true
	}
	if len(results) != len(names) {
		t.Errorf("results: %v", results)
	}
	paid(t, p, contents...)
}
