package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/crash"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// A simulation costs what the documentation says, nothing, once, and is seen in the
// list of jobs; a command waits for it as well.
func TestSimulationMode(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t, rigydtest.Took(20*time.Millisecond))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	more(t, h, "    convert: {simulate: demo}\n")
	c := h.Start().Ready()
	path := h.Write("chair.obj", []byte(triangle))
	sim := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.Simulates != "" && j.State == control.Done })
	if sim.Scene != "demo" || sim.Credits != 0 {
		t.Errorf("%+v", sim)
	}
	h.Write("b/chair.obj", []byte(triangle))
	out, errs, code := h.Simdrop("convert", filepath.Join(h.Watch, "b"))
	result := filepath.Join(h.Watch, "b", "chair.simready")
	if code != 0 || out != result+"\n" || !strings.Contains(errs, "chair.obj (demo simulation): done") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	if s := e2e.Whole(t, result); len(s.Simulations) != 1 {
		t.Errorf("simulations %+v", s.Simulations)
	}
	if out, _, _ := h.Simdrop("jobs"); !strings.Contains(out, "chair.obj (demo simulation)") {
		t.Errorf("jobs says %q", out)
	}
	l := p.Ledger()
	if len(l) != 2 || l.Total() != 1 || l[1].Type != rigydserver.TypeSimulate {
		t.Errorf("accepted: %+v", l)
	}
}

// simulationPoints are passed once by a conversion, and for the second time by its
// simulation; the exchange only by that.
var simulationPoints = []crash.Name{
	crash.Posting, crash.Answered, crash.Publish("exchange"), // the default run
	crash.Stored("done"), crash.Claimed, crash.Stored("converting"), crash.Fetched, crash.Staged, crash.Aimed,
	crash.Publish("retire"), crash.Published,
}

// crashInSimulation kills the daemon in the middle of a simulation. In the end the
// result has it, and it was accepted once.
func crashInSimulation(t *testing.T, program string, point crash.Name) {
	p := rigydtest.Start(t, rigydtest.Took(20*time.Millisecond))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
	more(t, h, "    convert: {simulate: drop}\n")
	h.Program = program
	passage := 2
	if point == crash.Publish("exchange") || point == crash.Stored("done") {
		passage = 1
	}
	h.Env = []string{fmt.Sprintf("SIMDROP_CRASH=%s:%d", point, passage)}
	proc := h.Start()
	path := h.Write("chair.obj", []byte(triangle))
	if how := proc.How(); how != "signal: killed" {
		t.Fatalf("the daemon ended by itself: %s\n%s", how, h.Log())
	}
	h.Env = nil
	again := h.Start()
	c := again.Ready()
	sim := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.Simulates != "" && j.State == control.Done })
	s := e2e.Whole(t, filepath.Join(h.Watch, "chair.simready"))
	if len(s.Simulations) != 1 || s.Simulations[0].RemoteID != sim.RemoteID {
		t.Errorf("simulations %+v, want %s", s.Simulations, sim.RemoteID)
	}
	if _, err := os.Stat(filepath.Join(h.Watch, "chair.simready", "sim", "drop.log")); err != nil {
		t.Error(err)
	}
	l := p.Ledger()
	if twice := l.Twice(); len(l) != 2 || len(twice) > 0 || l[1].Type != rigydserver.TypeSimulate {
		t.Errorf("accepted: %+v", l)
	}
	if code := again.Stop(); code != 0 {
		t.Errorf("stopped with exit code %d", code)
	}
	if left, err := os.ReadDir(filepath.Join(h.State, "spool")); err != nil || len(left) != 0 {
		t.Errorf("the spool still holds %v (%v)", left, err)
	}
}

// more adds lines to the configuration of the watched folder, which comes last in it.
func more(t *testing.T, h *e2e.Home, lines string) {
	t.Helper()
	f, err := os.OpenFile(h.Config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(lines); err != nil {
		t.Fatal(err)
	}
}
