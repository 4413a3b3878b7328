package daemon_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/dashboard"
)

// waits waits until the file waits at a gate whose reason has the words.
func (r *rig) waits(path, words string) {
	r.t.Helper()
	limit := time.After(patience)
	for {
		x, err := r.daemon.Explain(context.Background(), path)
		if err == nil && strings.Contains(x.Verdict, words) && x.Job == nil {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-limit:
			r.t.Fatalf("%s: %+v, %v; want it to wait for %q", path, x, err, words)
		}
	}
}

// problem is what the status of the watched folder says.
func (r *rig) problem() string {
	return r.daemon.Status(context.Background()).Watch[0].Problem
}

func TestRecipeChangesTheConversion(t *testing.T) {
	r := newRig(t)
	r.write(".simdrop.yml", "convert: {format: all}\n")
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 5000}\nignore: [wip/**]\n")
	r.start()
	lamp := r.write("props/wip/lamp.obj", plainOBJ)
	s := whole(t, r.until(r.write("table.obj", plainOBJ), "done").Result)
	if s.Options["target_triangle_count"] != "" || s.Options["format"] != "all" {
		t.Errorf("options below the root's recipe: %v", s.Options)
	}
	inside := r.write("props/chair/chair.obj", plainOBJ+"# chair\n")
	s = whole(t, r.until(inside, "done").Result)
	if s.Options["target_triangle_count"] != "5000" || s.Options["format"] != "all" {
		t.Errorf("options below two recipes: %v", s.Options)
	}
	if x, err := r.daemon.Explain(context.Background(), lamp); err != nil || !strings.Contains(x.Verdict, "wip/** of props/.simdrop.yml") {
		t.Errorf("%q, %v", x.Verdict, err)
	}
	r.paid(2)
	// Another recipe leaves what is done alone; saved again, it is converted anew.
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 7000}\n")
	r.until(lamp, "done") // it is not ignored any more
	r.write("props/chair/chair.obj", plainOBJ+"# another chair\n")
	if s = whole(t, r.until(inside, "done").Result); s.Options["target_triangle_count"] != "7000" {
		t.Errorf("options after a change: %v", s.Options)
	}
	r.paid(4)
}

func TestRecipeWithMistakes(t *testing.T) {
	r := newRig(t)
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 5}\nhooks: {on_done: rm}\n")
	r.start()
	inside := r.write("props/chair.obj", plainOBJ)
	r.until(r.write("table.obj", plainOBJ+"# table\n"), "done")
	r.waits(inside, "props/.simdrop.yml: convert.target_triangle_count: line 1: want 1000 to 1000000, got 5; hooks: line 2: unknown key")
	note := filepath.Join(r.dir, "props", config.RecipeNote)
	text, err := os.ReadFile(note)
	if err != nil || !strings.Contains(string(text), "convert.target_triangle_count: line 1: want 1000 to 1000000, got 5") || !strings.Contains(string(text), "hooks") {
		t.Errorf("note %q, %v", text, err)
	}
	if p := r.problem(); !strings.Contains(p, "props/.simdrop.yml") {
		t.Errorf("status %q", p)
	}
	if _, err := r.daemon.Convert(context.Background(), []string{inside}); !errors.Is(err, dashboard.ErrConflict) {
		t.Errorf("a command: %v", err)
	}
	r.paid(1)
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 5000}\n")
	if s := whole(t, r.until(inside, "done").Result); s.Options["target_triangle_count"] != "5000" {
		t.Errorf("options %v", s.Options)
	}
	if _, err := os.Stat(note); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note is still there: %v", err)
	}
	if p := r.problem(); p != "" {
		t.Errorf("status %q", p)
	}
	r.paid(2)
}

// Jobs that wait for a person go by the recipe as it is when they are let go, and by
// none that has mistakes.
func TestRecipeForWaitingJobs(t *testing.T) {
	r := newRig(t)
	path := r.write("props/chair.obj", plainOBJ) // there before the first run: held
	r.start()
	j := r.until(path, "held")
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 5000, format: mjcf}\n")
	r.seen("refitted", func(j control.Job) bool { return j.Path == path && j.State == "held" && j.ID != "" })
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 1}\n")
	for r.problem() == "" {
		<-time.After(10 * time.Millisecond)
	}
	if _, err := r.daemon.Release(context.Background(), j.ID); err != nil {
		t.Fatal(err)
	}
	got := r.seen("put off", func(j control.Job) bool { return j.Path == path && strings.Contains(j.Error, "target_triangle_count") })
	if got.State != "queued" || !strings.Contains(got.Hint, "mend the recipe") {
		t.Errorf("%+v", got)
	}
	r.paid(0)
	r.write("props/.simdrop.yml", "convert: {target_triangle_count: 6000}\n")
	if s := whole(t, r.until(path, "done").Result); s.Options["target_triangle_count"] != "6000" || s.Options["format"] != "usd" {
		t.Errorf("options %v", s.Options)
	}
	r.paid(1)
}

// What a recipe is not: a way to other files.
func TestRecipeIsALink(t *testing.T) {
	r := newRig(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(r.dir, ".simdrop.yml")); err != nil {
		t.Skip(err)
	}
	own := filepath.Join(r.dir, config.RecipeNote)
	if err := os.WriteFile(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.waits(r.write("chair.obj", plainOBJ), "not a regular file")
	if text, err := os.ReadFile(own); err != nil || string(text) != "mine" {
		t.Errorf("somebody's own file: %q, %v", text, err)
	}
	if err := os.Remove(filepath.Join(r.dir, ".simdrop.yml")); err != nil {
		t.Fatal(err)
	}
	r.until(filepath.Join(r.dir, "chair.obj"), "done")
}
