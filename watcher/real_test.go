package watcher

import (
	"context"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/asset"
)

// settleAll watches a folder under a fake clock with the real readers, for as
// long as a script does things and then until nothing settles any more.
func settleAll(t *testing.T, root string, kinds []asset.Kind, script func()) (drops []Drop, w *Watcher) {
	t.Helper()
	w, err := New(Options{Root: root, Kinds: kinds, Recursive: true, Detect: Poll, PollInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	go func() {
		for d := range w.Drops() {
			drops = append(drops, d)
		}
	}()
	<-w.Ready()
	script()
	<-time.After(10 * time.Minute)
	synctest.Wait()
	stuck := make(chan []string, 1)
	w.send(func(l *loop) {
		var list []string
		for p, c := range l.settler.cands {
			for _, g := range c.gates {
				if g.Verdict != Pass {
					list = append(list, p+": "+g.Name+": "+g.Why)
					break
				}
			}
		}
		stuck <- list
	})
	for _, s := range <-stuck {
		t.Error("still settling: ", s)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	synctest.Wait()
	return drops, w
}

// Four pictures of one object that come one after the other are one drop; a
// fifth that shows something else is another.
func TestImageSetIsOneDrop(t *testing.T) {
	root := t.TempDir()
	draw := func(name string) {
		f, err := os.Create(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		drops, _ := settleAll(t, root, []asset.Kind{asset.Images}, func() {
			for _, name := range []string{"chair_left.png", "chair_back.png", "chair_front.png", "chair_right.png", "table.png"} {
				draw(name)
				<-time.After(4 * time.Second)
			}
		})
		members := map[string]int{}
		for _, d := range drops {
			if d.Outcome != Ready {
				t.Error(d.Path, d.Outcome, d.Err)
			}
			members[filepath.Base(d.Path)] = len(d.Asset.Members)
		}
		if len(drops) != 2 || members["chair_front.png"] != 4 || members["table.png"] != 1 {
			t.Fatal(members)
		}
	})
}

// The whole corpus as one drop: every primary that no other asset owns is
// reported exactly once, as its reader judges it.
func TestCorpusSettles(t *testing.T) {
	corpus := corpusFolder(t)
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(corpus)); err != nil {
		t.Fatal(err)
	}
	filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(p, 0o755) // the corpus may be read-only
		}
		return nil
	})
	want := map[string]Outcome{}
	var owners asset.Owners
	filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !asset.Accepted(p, models) || d.Name()[0] == '.' {
			return err
		}
		a, err := asset.Inspect(context.Background(), root, p)
		switch {
		case err != nil:
			want[p] = Broken
			return nil
		case len(a.Missing) > 0:
			want[p] = Missing
		default:
			want[p] = Ready
		}
		owners.Put(a)
		for _, m := range a.Members {
			if v, err := m.Whole(); err == nil && v.State == asset.NotWhole {
				want[p] = Broken
			}
		}
		return nil
	})
	for p := range want {
		if _, owned := owners.OwnedBy(p); owned {
			delete(want, p)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		drops, w := settleAll(t, root, models, func() {})
		for _, d := range drops {
			out, ok := want[d.Path]
			switch {
			case !ok:
				t.Errorf("%s: %v, reported twice or a companion", d.Path, d.Outcome)
			case out != d.Outcome:
				t.Errorf("%s: %v (%v), want %v", d.Path, d.Outcome, d.Err, out)
			}
			delete(want, d.Path)
		}
		for p, out := range want {
			t.Errorf("%s: not reported, want %v: %s", p, out, w.Explain(t.Context(), p).Verdict)
		}
		t.Logf("%d drops", len(drops))
	})
}

func corpusFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SIMDROP_CORPUS")
	if dir == "" {
		top, err := os.Getwd()
		for err == nil {
			if _, missing := os.Stat(filepath.Join(top, "go.mod")); missing == nil {
				break
			}
			if filepath.Dir(top) == top {
				break
			}
			top = filepath.Dir(top)
		}
		dir = filepath.Join(top, "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "corpus.json")); err != nil {
		t.Skip("no corpus of real assets: ", err)
	}
	return dir
}
