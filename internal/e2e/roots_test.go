package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// A root that is away is offline: nothing is submitted, nothing is made in its
// place, a result waits in the spool. When it is back, all goes on by itself.
func TestRootAwayAndBack(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	p.Hold()
	chair := h.Write("chair.obj", object("chair"))
	e2e.Until(t, c, "converting", chair)

	away := filepath.Join(h.Dir, "away")
	rename(t, h.Watch, away)
	w := untilRoot(t, c, h.Watch, "offline")
	if w.Problem == "" || w.Hint == "" {
		t.Errorf("it is not said what is wrong: %+v", w)
	}
	out, _, code := h.Simdrop("status")
	if code != 0 || !strings.Contains(out, "offline: "+h.Watch) || !strings.Contains(out, w.Problem+": "+w.Hint) {
		t.Errorf("exit %d: %s", code, out)
	}
	if says := explain(t, c, chair); !strings.Contains(says, "offline") {
		t.Errorf("explain says %q", says)
	}
	if out, _, code := h.Simdrop("doctor"); code != 1 || !strings.Contains(out, "fail     folder "+h.Watch) {
		t.Errorf("doctor: exit %d: %s", code, out)
	}
	if _, errs, code := h.Simdrop("root", "confirm", h.Watch); code != 1 || !strings.Contains(errs, "missing") || !strings.Contains(errs, "simdrop: hint: ") {
		t.Errorf("a folder that is not there: exit %d: %s", code, errs)
	}
	write(t, filepath.Join(away, "table.obj"), object("table"))
	p.Release()
	e2e.UntilThat(t, c, chair, func(j control.Job) bool { return j.State == "fetching" && j.Error != "" })
	if _, err := os.Stat(h.Watch); err == nil {
		t.Error("a missing root was made")
	}
	paid(t, p, object("chair"))

	rename(t, away, h.Watch)
	untilRoot(t, c, h.Watch, "watching")
	table := filepath.Join(h.Watch, "table.obj")
	until(t, "both", func() bool { return done(t, c, chair) && done(t, c, table) })
	paid(t, p, object("chair"), object("table"))
	if n := len(jobsOf(t, c, chair)); n != 1 {
		t.Errorf("%d jobs for one asset", n)
	}
	if _, errs, code := h.Simdrop("root", "confirm", h.Watch); code != 0 || !strings.Contains(errs, "nothing needs confirming") {
		t.Errorf("nothing to confirm: exit %d: %s", code, errs)
	}
	if _, errs, code := h.Simdrop("root", "takeover", h.Watch); code != 0 || !strings.Contains(errs, "nothing to take over") {
		t.Errorf("nothing to take over: exit %d: %s", code, errs)
	}
	if _, errs, code := h.Simdrop("root", "confirm", h.Dir); code != 1 || !strings.Contains(errs, "no watched folder") {
		t.Errorf("no watched folder: exit %d: %s", code, errs)
	}
}

func done(t *testing.T, c *control.Client, path string) bool {
	jobs := jobsOf(t, c, path)
	return len(jobs) > 0 && jobs[0].State == "done"
}

// One root that is missing at the start stops nobody, and is watched when it comes.
func TestMissingRootStopsNobody(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	missing := filepath.Join(h.Dir, "share")
	watching(t, h, p, [2]string{missing, "existing: convert"}, [2]string{h.Watch, "existing: convert"})
	c := h.Start().Ready()
	w := untilRoot(t, c, missing, "offline")
	if !strings.Contains(w.Problem, "missing") {
		t.Errorf("%+v", w)
	}
	e2e.Until(t, c, "done", h.Write("chair.obj", object("chair")))
	listings(t, c, h.Watch, 1)
	if _, err := os.Stat(missing); err == nil {
		t.Fatal("the missing root was made")
	}
	table := write(t, filepath.Join(missing, "table.obj"), object("table"))
	until(t, "the root that came late", func() bool { return done(t, c, table) })
	paid(t, p, object("chair"), object("table"))
}

// Of two daemons on one root the second is on standby and submits nothing, until
// it is told to take over; then the first is.
func TestTwoDaemonsOnOneRoot(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t)
	one, two := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, "")), e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	root := one.Watch
	watching(t, two, p, [2]string{root, "existing: convert"})
	c1 := one.Start().Ready()
	untilRoot(t, c1, root, "watching")
	c2 := two.Start().Ready()
	w := untilRoot(t, c2, root, "standby")
	if !strings.Contains(w.Problem, "owns the folder") || !strings.Contains(w.Hint, "simdrop root takeover "+root) {
		t.Errorf("%+v", w)
	}
	chair := one.Write("chair.obj", object("chair"))
	e2e.Until(t, c1, "done", chair)
	if jobs, err := c2.Jobs(t.Context(), "", 0); err != nil || len(jobs) != 0 {
		t.Errorf("the second has jobs: %+v, %v", jobs, err)
	}
	if says := explain(t, c2, chair); !strings.Contains(says, "standby") {
		t.Errorf("explain says %q", says)
	}

	if _, errs, code := two.Simdrop("root", "takeover", root); code != 0 || !strings.Contains(errs, "taken over") {
		t.Fatalf("exit %d: %s", code, errs)
	}
	untilRoot(t, c2, root, "watching")
	untilRoot(t, c1, root, "standby")
	table := one.Write("table.obj", object("table"))
	until(t, "the new owner's job", func() bool { return done(t, c2, table) })
	if len(jobsOf(t, c1, table)) != 0 {
		t.Error("the old owner takes drops")
	}
	// What the first had paid for is adopted by the second, not paid again.
	until(t, "peace", func() bool { return done(t, c2, chair) || len(jobsOf(t, c2, chair)) == 0 })
	paid(t, p, object("chair"), object("table"))
}
