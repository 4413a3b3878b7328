package daemon_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/config"
)

// leave makes a folder as a crash leaves it.
func leave(t *testing.T, root, folder, name string) string {
	t.Helper()
	dir := filepath.Join(root, ".simdrop", folder, name)
	if err := os.MkdirAll(filepath.Join(dir, "textures"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func gone(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	t.Errorf("%s is still there", path)
}

// At its start, and when a root comes back, a daemon removes what its own ended
// jobs left in watched folders and mirrors, and nothing of another daemon's.
func TestSweepAtStart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mirror := filepath.Join(t.TempDir(), "share")
	if err := os.Mkdir(mirror, 0o755); err != nil {
		t.Fatal(err)
	}
	r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: mirror}
	r.start()
	r.stop()
	raw, err := os.ReadFile(filepath.Join(r.cfg.StateDir, "instance.id"))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSpace(string(raw)) + "-77"
	var mine, theirs []string
	for _, root := range []string{r.dir, mirror} {
		for _, folder := range []string{"staging", "trash"} {
			mine = append(mine, leave(t, root, folder, own))
			theirs = append(theirs, leave(t, root, folder, "SOMEBODYELSE-77"))
		}
	}
	r.start()
	for _, path := range mine {
		gone(t, path)
	}
	away := mirror + "-away"
	if err := os.Rename(mirror, away); err != nil {
		t.Fatal(err)
	}
	left := leave(t, away, "staging", own)
	for n := 0; n < 2; n++ { // one look that sees it gone
		<-time.After(3 * time.Second)
	}
	if err := os.Rename(away, mirror); err != nil {
		t.Fatal(err)
	}
	gone(t, filepath.Join(mirror, ".simdrop", "staging", filepath.Base(left)))
	for _, path := range theirs {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// Two daemons count their jobs alike and put results below one root: neither takes
// the other's staging folder for its own.
func TestTwoDaemonsOneMirror(t *testing.T) {
	t.Parallel()
	mirror := t.TempDir()
	one, two := newRig(t), newRig(t)
	for i, r := range []*rig{one, two} {
		r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: mirror}
		r.provider.Hold()
		r.start()
		r.write([]string{"one", "two"}[i]+".obj", plainOBJ)
	}
	for i, r := range []*rig{one, two} {
		r.until(filepath.Join(r.dir, []string{"one", "two"}[i]+".obj"), "converting")
	}
	one.provider.Release()
	two.provider.Release()
	a := one.until(filepath.Join(one.dir, "one.obj"), "done")
	b := two.until(filepath.Join(two.dir, "two.obj"), "done")
	if a.ID != b.ID {
		t.Errorf("jobs %s and %s: the test wants equal ones", a.ID, b.ID)
	}
	whole(t, a.Result)
	whole(t, b.Result)
}
