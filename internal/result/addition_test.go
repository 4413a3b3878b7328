package result

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// simulate adds a simulation to the result in dir.
func (s *shop) simulate(dir, scene, content string, change func(*Addition)) error {
	s.t.Helper()
	s.job++
	log := filepath.Join(s.t.TempDir(), "sim_log")
	if err := os.WriteFile(log, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	a := Addition{
		Dir: dir, Root: s.root, JobID: "sim-" + string(rune('a'+s.job%26)), Key: "k",
		Files:      []Extra{{"sim/" + scene + ".log", log}},
		Simulation: Simulation{Scene: scene, Key: "k " + scene, RemoteID: "r2"},
	}
	if change != nil {
		change(&a)
	}
	p, err := PrepareAddition(s.t.Context(), a)
	if err != nil {
		return err
	}
	_, err = p.Commit(s.t.Context())
	return err
}

func TestSimulationIsAdded(t *testing.T) {
	s := newShop(t)
	dir := s.mustPublish(s.request("chair.obj", with()))
	before := tree(t, dir)
	if err := s.simulate(dir, "drop", "first", nil); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, dir), append(slices.Clone(before), "sim/drop.log"); !equalSets(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	sc, err := ReadSidecar(dir)
	if err != nil || len(sc.Simulations) != 1 || sc.Simulations[0].RemoteID != "r2" || sc.Simulations[0].Completed.IsZero() ||
		strings.Join(sc.Simulations[0].Files, " ") != "sim/drop.log" || sc.Key != "k" || !strings.Contains(string(sc.Report), "true") {
		t.Errorf("%+v, %v", sc, err)
	}
	if problems, err := compare(dir, sc); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	if !HasSimulation(dir, "k drop") || HasSimulation(dir, "k demo") {
		t.Error("the sidecar does not say which simulation is there")
	}
	// Another scene comes beside it, the same again in its place.
	for _, again := range []string{"demo", "drop"} {
		if err := s.simulate(dir, again, "second", nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := tree(t, dir), append(slices.Clone(before), "sim/demo.log", "sim/drop.log"); !equalSets(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := read(t, dir, "sim/drop.log"); got != "second" {
		t.Errorf("sim/drop.log holds %q", got)
	}
	for _, folder := range []string{filepath.Join(s.root, ".simdrop", "staging"), filepath.Join(s.root, ".simdrop", "trash"), filepath.Join(s.dir, ".simready-versions")} {
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("%s holds %v", folder, left)
		}
	}
	// A newer result replaces it whole.
	s.mustPublish(s.request("chair.obj", with()))
	if got := tree(t, dir); !equalSets(got, before) {
		t.Errorf("%v, want %v", got, before)
	}
}

func equalSets(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// What the archive brought under the simulation's name stays.
func TestSimulationFindsItsNameTaken(t *testing.T) {
	s := newShop(t)
	dir := s.mustPublish(s.request("chair.obj", with(entry{name: "sim/DROP.log", body: "from the archive"})))
	if err := s.simulate(dir, "drop", "ours", nil); err != nil {
		t.Fatal(err)
	}
	if a, b := read(t, dir, "sim/DROP.log"), read(t, dir, "sim/drop-2.log"); a != "from the archive" || b != "ours" {
		t.Errorf("%q and %q", a, b)
	}
}

func TestSimulationIsRefused(t *testing.T) {
	s := newShop(t)
	dir := s.mustPublish(s.request("chair.obj", with()))
	if err := s.simulate(dir, "drop", "x", func(a *Addition) { a.Key = "of another version" }); !errors.Is(err, ErrSuperseded) {
		t.Errorf("another result: %v", err)
	}
	if err := s.simulate(filepath.Join(s.dir, "gone.simready"), "drop", "x", nil); !errors.Is(err, ErrSuperseded) {
		t.Errorf("no result: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.simulate(dir, "drop", "x", nil); !errors.Is(err, ErrEdited) {
		t.Errorf("an edited result: %v", err)
	}
	if read(t, dir, "notes.txt") != "mine" {
		t.Error("a person's file was touched")
	}
}

// An equal asset gets a copy of the conversion, and its own simulation is a copy of
// the first one's.
func TestSimulationIsCopied(t *testing.T) {
	s := newShop(t)
	first := s.mustPublish(s.request("chair.obj", with()))
	if err := s.simulate(first, "drop", "fell", nil); err != nil {
		t.Fatal(err)
	}
	req := s.request("stool.obj", with())
	req.Archive, req.From = "", first
	second := s.mustPublish(req)
	if HasSimulation(second, "k drop") || slices.Contains(tree(t, second), "sim/drop.log") {
		t.Error("the copy has a simulation that nobody asked for")
	}
	from := func(dir string) func(*Addition) {
		return func(a *Addition) { a.Files, a.From = nil, dir }
	}
	if err := s.simulate(second, "drop", "", from(first)); err != nil {
		t.Fatal(err)
	}
	if got := read(t, second, "sim/drop.log"); got != "fell" {
		t.Errorf("copied %q", got)
	}
	third := s.request("table.obj", with())
	dir := s.mustPublish(third)
	if err := s.simulate(dir, "demo", "", from(first)); !errors.Is(err, ErrNoCopy) {
		t.Errorf("a copy of what is not there: %v", err)
	}
}
