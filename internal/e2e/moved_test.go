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

// followed waits until the job of an asset has gone to another path with it, and
// is done there.
func followed(t *testing.T, c *control.Client, id, path string) control.Job {
	t.Helper()
	j := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == "done" })
	if j.ID != id {
		t.Errorf("%s has job %s, want %s, which was its job before", path, j.ID, id)
	}
	e2e.Whole(t, j.Result)
	return j
}

// An asset that is renamed or moved keeps its job, and is not sent again. A result
// that was moved along is left as it is, otherwise it is copied.
func TestMovedIsNotPaidAgain(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	proc := h.Start()
	c := proc.Ready()
	in := func(name string) string { return filepath.Join(h.Watch, filepath.FromSlash(name)) }
	chair := h.Write("a/chair.obj", object("chair"))
	first := e2e.Until(t, c, "done", chair)[chair]

	// Renamed, the result stays behind.
	rename(t, chair, in("a/table.obj"))
	j := followed(t, c, first.ID, in("a/table.obj"))
	if j.Result != in("a/table.simready") || filepath.Base(e2e.Whole(t, j.Result).Main) != "table.usd" {
		t.Errorf("the result is %s with %s", j.Result, e2e.Whole(t, j.Result).Main)
	}
	// Moved, the result stays behind.
	if err := os.Mkdir(in("b"), 0o755); err != nil {
		t.Fatal(err)
	}
	rename(t, in("a/table.obj"), in("b/table.obj"))
	if j := followed(t, c, first.ID, in("b/table.obj")); j.Result != in("b/table.simready") {
		t.Errorf("the result is %s", j.Result)
	}
	// Its folder is moved, with the result in it.
	rename(t, in("b"), in("c"))
	if j := followed(t, c, first.ID, in("c/table.obj")); j.Result != in("c/table.simready") {
		t.Errorf("the result is %s", j.Result)
	}
	// Saved again without a change, under its new name.
	touched := time.Now().Add(time.Hour)
	if err := os.Chtimes(in("c/table.obj"), touched, touched); err != nil {
		t.Fatal(err)
	}
	listings(t, c, h.Watch, 3)
	// Folder and file are renamed while nobody looks.
	proc.Stop()
	rename(t, in("c"), in("d"))
	rename(t, in("d/table.obj"), in("d/desk.obj"))
	c = h.Start().Ready()
	if j := followed(t, c, first.ID, in("d/desk.obj")); j.Result != in("d/desk.simready") {
		t.Errorf("the result is %s", j.Result)
	}
	listings(t, c, h.Watch, 2)
	paid(t, p, object("chair"))
	if jobs, err := c.Jobs(t.Context(), "", 0); err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}

	// The old name is free for another asset; a copy is an asset of its own.
	other := h.Write("d/table.obj", object("another"))
	if j := e2e.Until(t, c, "done", other)[other]; j.ID == first.ID {
		t.Error("another asset has the job of the one that was renamed")
	}
	copied := h.Write("d/stool.obj", object("chair"))
	second := in("d/bench.obj") // all that a renamed file has, and the old name is still there
	if err := os.Link(in("d/desk.obj"), second); err != nil {
		t.Skip("no second name for a file here: ", err)
	}
	for _, path := range []string{copied, second} {
		if j := e2e.Until(t, c, "done", path)[path]; j.ID == first.ID {
			t.Errorf("%s has the job of the original, which is still there", path)
		}
	}
}

// Renamed on the way: before it was sent, its job is replaced; after that, the
// result goes to where the asset is then.
func TestRenamedOnTheWay(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	in := func(name string) string { return filepath.Join(h.Watch, name) }
	if err := c.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	stool := h.Write("stool.obj", object("stool"))
	first := e2e.UntilThat(t, c, stool, func(control.Job) bool { return true })
	rename(t, stool, in("bench.obj"))
	e2e.UntilThat(t, c, in("bench.obj"), func(control.Job) bool { return true })
	if j, err := c.Job(t.Context(), first.ID); err != nil || j.State != "cancelled" || !strings.Contains(j.Error, "renamed to ") {
		t.Errorf("%+v, %v", j, err)
	}
	if err := c.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	e2e.Until(t, c, "done", in("bench.obj"))
	paid(t, p, object("stool"))

	p.Hold()
	chair := h.Write("chair.obj", object("chair"))
	j := e2e.Until(t, c, "converting", chair)[chair]
	rename(t, chair, in("table.obj"))
	e2e.UntilThat(t, c, in("table.obj"), func(now control.Job) bool { return now.ID == j.ID })
	p.Release()
	if done := followed(t, c, j.ID, in("table.obj")); done.Result != in("table.simready") {
		t.Errorf("the result is %s", done.Result)
	}
	if _, err := os.Stat(in("chair.simready")); err == nil {
		t.Error("a result lies at the old name")
	}
	listings(t, c, h.Watch, 2)
	paid(t, p, object("stool"), object("chair"))
}

// An asset with companions that is moved, renamed, and whose folder goes to
// another watched root, keeps its job.
func TestSetMovedToAnotherRoot(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	second := filepath.Join(h.Dir, "second")
	if err := os.Mkdir(second, 0o755); err != nil {
		t.Fatal(err)
	}
	watching(t, h, p, [2]string{h.Watch, "existing: convert"}, [2]string{second, "existing: convert"})
	c := h.Start().Ready()
	h.Write("set/chair.mtl", []byte("newmtl wood\nKd 1 0 0\n"))
	chair := h.Write("set/chair.obj", append([]byte("mtllib chair.mtl\nusemtl wood\n"), object("chair")...))
	j := e2e.Until(t, c, "done", chair)[chair]
	if len(j.Bundle) != 2 {
		t.Fatalf("%+v", j.Bundle)
	}
	rename(t, filepath.Join(h.Watch, "set"), filepath.Join(second, "set"))
	moved := filepath.Join(second, "set", "chair.obj")
	if now := followed(t, c, j.ID, moved); now.Result != filepath.Join(second, "set", "chair.simready") {
		t.Errorf("the result is %s", now.Result)
	}
	rename(t, moved, filepath.Join(second, "set", "armchair.obj"))
	followed(t, c, j.ID, filepath.Join(second, "set", "armchair.obj"))
	listings(t, c, second, 2)
	if n := len(p.Ledger()); n != 1 {
		t.Errorf("%d submissions", n)
	}
}
