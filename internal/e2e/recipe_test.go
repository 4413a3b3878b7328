package e2e_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// An artist says in a folder how its assets are to be converted. A recipe with a
// mistake holds what is dropped there, says so, and lets it go when it is mended.
func TestFolderRecipe(t *testing.T) {
	t.Parallel()
	p := rigydtest.Start(t, rigydtest.Took(20*time.Millisecond))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()

	h.Write("props/.simdrop.yml", []byte("convert:\n  target_triangle_count: 5000\nignore: [\"*_wip.obj\"]\n"))
	wip := h.Write("props/chair_wip.obj", []byte("# wip\n"+triangle))
	chair := h.Write("props/chair.obj", []byte("# chair\n"+triangle))
	table := h.Write("table.obj", []byte("# table\n"+triangle))
	jobs := e2e.Until(t, c, control.Done, chair, table)
	if s := e2e.Whole(t, jobs[chair].Result); s.Options["target_triangle_count"] != "5000" {
		t.Errorf("options in the recipe's folder: %v", s.Options)
	}
	if s := e2e.Whole(t, jobs[table].Result); s.Options["target_triangle_count"] != "" {
		t.Errorf("options outside of it: %v", s.Options)
	}
	if out, _, _ := h.Simdrop("explain", wip); !strings.Contains(out, "*_wip.obj of props/.simdrop.yml") {
		t.Errorf("explain says %q", out)
	}

	recipe := h.Write("sets/.simdrop.yml", []byte("convert:\n  target_triangle_cuont: 5000\n"))
	note := filepath.Join(filepath.Dir(recipe), ".simdrop.yml.error.txt")
	lamp := h.Write("sets/lamp.obj", []byte("# lamp\n"+triangle))
	explained := func() string { out, _, _ := h.Simdrop("explain", lamp); return out }
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(explained(), "line 2: unknown key: did you mean target_triangle_count?"); <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("explain says %q", explained())
		}
	}
	if text, err := os.ReadFile(note); err != nil || !strings.Contains(string(text), "did you mean target_triangle_count?") {
		t.Errorf("note %q, %v", text, err)
	}
	if out, _, _ := h.Simdrop("status"); !strings.Contains(out, "sets/.simdrop.yml") {
		t.Errorf("status says %q", out)
	}
	if l := p.Ledger(); len(l) != 2 {
		t.Errorf("the provider accepted %d submissions, want 2: %+v", len(l), l)
	}
	h.Write("sets/.simdrop.yml", []byte("convert:\n  target_triangle_count: 6000\n"))
	if s := e2e.Whole(t, e2e.Until(t, c, control.Done, lamp)[lamp].Result); s.Options["target_triangle_count"] != "6000" {
		t.Errorf("options after mending: %v", s.Options)
	}
	if _, err := os.Stat(note); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note is still there: %v", err)
	}
	if l := p.Ledger(); len(l) != 3 {
		t.Errorf("the provider accepted %d submissions, want 3: %+v", len(l), l)
	}
}
