package result

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var errCrash = errors.New("crash")

// crashAt makes Commit stop before the nth step as if the process had died there,
// and notes the steps it came to.
func (p *Prepared) crashAt(n int, steps *[]string) {
	p.step = func(step string) error {
		*steps = append(*steps, step)
		if len(*steps) > n {
			return errCrash
		}
		return nil
	}
}

// noExchange is exchange on network file systems.
func noExchange(a, b string) error { return errors.ErrUnsupported }

// A crash before any step, with and without an old result, with and without an
// exchange, keeping versions or not: at every moment the name holds a whole
// result, old or new, or, without an exchange, nothing for a moment; and after
// Recover the same request ends with the new result alone.
func TestCrashesBetweenSteps(t *testing.T) {
	for _, replaces := range []bool{false, true} {
		for _, exchanges := range []bool{false, true} {
			for _, keep := range []int{0, 1} {
				name := "replaces=" + strconv.FormatBool(replaces) + " exchanges=" + strconv.FormatBool(exchanges) + " keep=" + strconv.Itoa(keep)
				t.Run(name, func(t *testing.T) {
					for n, done := 0, false; !done; n++ {
						done = crashOnce(t, n, replaces, exchanges, keep)
					}
				})
			}
		}
	}
}

// crashOnce crashes before step n and recovers. It says whether there was no such step.
func crashOnce(t *testing.T, n int, replaces, exchanges bool, keep int) bool {
	s := newShop(t)
	path := filepath.Join(s.dir, "chair.simready")
	if replaces {
		s.mustPublish(s.request("chair.obj", delivered("old")))
	}
	req := s.request("chair.obj", delivered("new"))
	req.KeepVersions = keep
	p, err := Prepare(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if !exchanges {
		p.exchange = noExchange
	}
	var steps []string
	p.crashAt(n, &steps)
	_, err = p.Commit(t.Context())
	if err != nil && !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	crashed := err != nil
	at := strings.Join(steps, ", ")

	state, err := Recover(p.Target())
	if err != nil {
		t.Fatalf("crash at %s: %v", at, err)
	}
	want := Done
	switch text, rerr := os.ReadFile(filepath.Join(path, "chair.usda")); {
	case rerr != nil:
		want = Absent
	case strings.HasSuffix(string(text), "old"):
		want = Old
	}
	if state != want || replaces && state == Absent || !crashed && state != Done {
		t.Errorf("crash at %s: recovered as %v, the folder says %v", at, state, want)
	}
	if again, err := Recover(p.Target()); err != nil || again != state {
		t.Errorf("crash at %s: recovered again as %v, %v", at, again, err)
	}
	if state != Done {
		s.mustPublish(req)
	}
	if err := Sweep(s.root, func(string) bool { return false }); err != nil {
		t.Error(err)
	}
	if problems, err := Verify(path); err != nil || len(problems) != 0 {
		t.Errorf("crash at %s: verify: %v, %v", at, problems, err)
	}
	if text := read(t, path, "chair.usda"); !strings.HasSuffix(text, "new") {
		t.Errorf("crash at %s: the result is %q", at, text)
	}
	files := 3
	if replaces && keep > 0 {
		files = 6
	}
	if got := tree(t, s.root); len(got) != files {
		t.Errorf("crash at %s: %d files in the end, want %d: %q", at, len(got), files, got)
	}
	return !crashed
}

func TestRecoverLeavesForeignFoldersAlone(t *testing.T) {
	s := newShop(t)
	p, err := Prepare(t.Context(), s.request("chair.obj", delivered("x")))
	if err != nil {
		t.Fatal(err)
	}
	if state, err := Recover(p.Target()); state != Absent || err != nil {
		t.Errorf("before: %v, %v", state, err)
	}
	os.Mkdir(p.Target().Path, 0o755)
	if state, err := Recover(p.Target()); state != Foreign || err != nil {
		t.Errorf("a person's folder: %v, %v", state, err)
	}
	os.Remove(p.Target().Path)
	s.mustPublish(s.request("chair.obj", delivered("another job's")))
	if state, err := Recover(p.Target()); state != Foreign || err != nil {
		t.Errorf("another job's result: %v, %v", state, err)
	}
}

// What somebody writes into the old result in the very last moment is kept.
func TestLateEditIsKept(t *testing.T) {
	s := newShop(t)
	path := s.mustPublish(s.request("chair.obj", delivered("old")))
	p, err := Prepare(t.Context(), s.request("chair.obj", delivered("new")))
	if err != nil {
		t.Fatal(err)
	}
	p.step = func(step string) error {
		if step == "exchange" {
			return os.WriteFile(filepath.Join(path, "note.txt"), []byte("mine"), 0o644)
		}
		return nil
	}
	if _, err := p.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, _ := filepath.Glob(filepath.Join(s.dir, versionsFolder, "chair.simready", "*", "note.txt"))
	if len(kept) != 1 || read(t, kept[0]) != "mine" {
		t.Errorf("kept %q", kept)
	}
}

func TestSweepRemovesDeadJobsOnly(t *testing.T) {
	s := newShop(t)
	dead, err := Prepare(t.Context(), s.request("a.obj", delivered("x")))
	if err != nil {
		t.Fatal(err)
	}
	live, err := Prepare(t.Context(), s.request("b.obj", delivered("x")))
	if err != nil {
		t.Fatal(err)
	}
	owner := filepath.Join(s.root, stateFolder, "owner.json")
	os.WriteFile(owner, nil, 0o644)
	if err := Sweep(s.root, func(id string) bool { return id == filepath.Base(live.Target().Staging) }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead.Target().Staging); err == nil {
		t.Error("the dead job's folder is still there")
	}
	if _, err := live.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(owner); err != nil {
		t.Error("swept what is not a job's")
	}
	if err := Sweep(filepath.Join(s.root, "gone"), nil); err != nil {
		t.Error(err)
	}
}

func TestTidyLeavesTheResultAlone(t *testing.T) {
	s := newShop(t)
	s.mustPublish(s.request("chair.obj", delivered("1")))
	s.mustPublish(s.request("chair.obj", delivered("2")))
	live, err := Prepare(t.Context(), s.request("stool.obj", delivered("x")))
	if err != nil {
		t.Fatal(err)
	}
	Tidy(s.root)
	if _, err := live.Commit(t.Context()); err != nil {
		t.Errorf("tidied away a job: %v", err)
	}
	Tidy(s.root)
	if entries, _ := os.ReadDir(s.root); len(entries) != 1 {
		t.Errorf("the root holds %v, want the models alone", entries)
	}
}

func TestFindAndVerify(t *testing.T) {
	s := newShop(t)
	os.WriteFile(filepath.Join(s.dir, "chair.obj"), []byte("src"), 0o644)
	first := s.request("chair.obj", delivered("1"))
	chair := s.mustPublish(first)
	replace := s.request("chair.obj", delivered("2"))
	replace.KeepVersions = 1
	s.mustPublish(replace)
	inside := with(entry{name: "nested.simready/simready.json", body: `{"schema":1}`})
	s.mustPublish(s.request("stool.obj", inside))
	os.MkdirAll(filepath.Join(s.dir, "mine.simready"), 0o755)
	os.MkdirAll(filepath.Join(s.dir, "bad.simready"), 0o755)
	os.WriteFile(filepath.Join(s.dir, "bad.simready", sidecarName), []byte("{"), 0o644)

	var found []string
	err := Find(s.root, func(dir string, side Sidecar, err error) error {
		rel, _ := filepath.Rel(s.dir, dir)
		if err != nil {
			rel += " !"
		} else if side.Key != "k" {
			t.Errorf("%s: sidecar %+v", dir, side)
		}
		found = append(found, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 4 || !strings.HasPrefix(found[0], ".simready-versions/chair.simready/") ||
		!slices.Equal(found[1:], []string{"bad.simready !", "chair.simready", "stool.simready"}) {
		t.Errorf("found %q", found)
	}
	stop := errors.New("enough")
	if err := Find(s.root, func(string, Sidecar, error) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("walk ended with %v", err)
	}

	os.WriteFile(filepath.Join(s.dir, "chair.obj"), []byte("SRC"), 0o644)
	problems, err := Verify(chair)
	if err != nil || len(problems) != 1 || !problems[0].Source {
		t.Errorf("changed source: %v, %v", problems, err)
	}
	os.WriteFile(filepath.Join(chair, "textures", "wood.png"), []byte("mine"), 0o644)
	if problems, _ = Verify(chair); len(problems) != 2 || problems[0].Path != "textures/wood.png" || problems[0].Source {
		t.Errorf("changed file: %v", problems)
	}
}
