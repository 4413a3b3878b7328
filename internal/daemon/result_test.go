package daemon_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/engine"
	"simdrop/internal/result"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// newRigWith is newRig with another provider.
func newRigWith(t *testing.T, opts ...rigydtest.Option) *rig {
	r := newRig(t)
	r.provider = rigydtest.Start(t, opts...)
	p := r.cfg.Providers[config.Rigyd]
	p.BaseURL, p.APIKey = r.provider.URL, config.Secret(r.provider.Key)
	r.cfg.Providers[config.Rigyd] = p
	return r
}

// whole fails the test unless the folder holds a result as its sidecar has it.
func whole(t *testing.T, dir string) result.Sidecar {
	t.Helper()
	problems, err := result.Verify(dir)
	if err != nil || len(problems) > 0 {
		t.Errorf("%s: %v %v", dir, problems, err)
	}
	return readSidecar(t, dir)
}

func holds(t *testing.T, path, content string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != content {
		t.Errorf("%s holds %q, %v", path, b, err)
	}
}

func TestFormats(t *testing.T) {
	for _, provider := range []string{config.Rigyd, config.Local} {
		for format, want := range map[string]struct {
			main      string
			usd, mjcf bool
		}{
			"usd":  {"chair.usd", true, false},
			"mjcf": {"mjcf/chair.xml", false, true},
			"all":  {"chair.usd", true, true},
		} {
			t.Run(provider+"/"+format, func(t *testing.T) {
				r := newRig(t)
				r.cfg.Watch[0].Provider, r.cfg.Watch[0].Convert.Format = provider, format
				r.start()
				j := r.until(r.write("chair.obj", plainOBJ), "done")
				s := whole(t, j.Result)
				usd, mjcf := false, false
				for _, f := range s.Files {
					usd = usd || strings.HasSuffix(f.Path, ".usd")
					mjcf = mjcf || strings.HasPrefix(f.Path, "mjcf/") && strings.HasSuffix(f.Path, ".xml")
				}
				if s.Main != want.main || usd != want.usd || mjcf != want.mjcf || s.Options["format"] != format || j.Note != "" {
					t.Errorf("main %q of %v, note %q", s.Main, s.Files, j.Note)
				}
			})
		}
	}
}

// An asset without MJCF: who wanted everything gets the USD and a note, who wanted
// MJCF alone is told what to do, and does not pay for it again.
func TestNoMJCF(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		r := newRigWith(t, rigydtest.WithFaults(rigydserver.Fault{
			Kind: rigydserver.Answer, Op: rigydserver.OpResult, Status: 404, Text: "MJCF package is not available for this conversion", Times: 1, Name: "none",
		}))
		r.cfg.Watch[0].Convert.Format = "all"
		r.start()
		j := r.until(r.write("chair.obj", plainOBJ), "done")
		if s := whole(t, j.Result); len(s.Notes) != 1 || !strings.Contains(j.Note, "MJCF") || s.Main != "chair.usd" {
			t.Errorf("note %q, notes %q, main %q", j.Note, s.Notes, s.Main)
		}
		if r.provider.Faults.Fired("none") == 0 {
			t.Error("the provider was not asked for all")
		}
	})
	t.Run("mjcf", func(t *testing.T) {
		r := newRigWith(t, rigydtest.With(func(o *rigydserver.Options) {
			o.Convert = func(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
				out, err := rigydtest.Convert(ctx, in, w)
				out.HasMJCF = false
				return out, err
			}
		}))
		r.cfg.Watch[0].Convert.Format = "mjcf"
		r.start()
		j := r.until(r.write("chair.obj", plainOBJ), "failed")
		if !strings.Contains(j.Error, "MJCF") || !strings.Contains(j.Hint, "convert.format") {
			t.Errorf("failed with %q, hint %q", j.Error, j.Hint)
		}
		r.stop()
		r.cfg.Watch[0].Convert.Format = "usd" // as the hint says
		r.start()
		if _, err := r.daemon.Retry(context.Background(), j.ID); err != nil {
			t.Fatal(err)
		}
		if j = r.until(j.Path, "done"); whole(t, j.Result).Main != "chair.usd" {
			t.Error("no USD")
		}
		r.paid(1)
	})
}

// What was fetched for one folder as USD is no copy for one that wants everything.
func TestCopyHasTheFormatThatIsWanted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := r.cfg.Watch[0]
	other.Path, other.Convert.Format = t.TempDir(), "all"
	r.cfg.Watch = append(r.cfg.Watch, other)
	r.start()
	r.until(r.write("chair.obj", plainOBJ), "done")
	path := filepath.Join(other.Path, "chair.obj")
	if err := os.WriteFile(path, []byte(plainOBJ), 0o644); err != nil {
		t.Fatal(err)
	}
	j := r.until(path, "done")
	if _, err := os.Stat(filepath.Join(j.Result, "mjcf", "chair.xml")); err != nil || j.Note != "" {
		t.Errorf("%v, note %q", err, j.Note)
	}
	r.paid(1)
}

func TestNameConflicts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mine := r.write("stool.simready/mine.txt", "mine") // a person's folder, without a sidecar
	r.start()
	obj := r.until(r.write("chair.obj", plainOBJ), "done")
	glb := r.until(r.write("chair.glb", plainGLB()), "done")
	stool := r.until(r.write("stool.obj", "# stool\n"+plainOBJ), "done")
	for j, want := range map[*control.Job]string{&obj: "chair.simready", &glb: "chair.glb.simready", &stool: "stool.obj.simready"} {
		if filepath.Base(j.Result) != want {
			t.Errorf("the result of %s is %s, want %s", j.Path, j.Result, want)
		}
		whole(t, j.Result)
	}
	holds(t, mine, "mine")
	// Saved again, each replaces its own.
	obj2 := r.until(r.write("chair.obj", "# better\n"+plainOBJ), "done")
	if obj2.Result != obj.Result {
		t.Errorf("the new result is %s, want %s", obj2.Result, obj.Result)
	}
	whole(t, glb.Result)
	r.paid(4)
}

func TestMirrorAndVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	root := t.TempDir()
	r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: root, KeepVersions: 2}
	r.start()
	var j control.Job
	for _, text := range []string{"1", "2", "3", "4"} {
		j = r.until(r.write("props/chair.obj", "# "+text+"\n"+plainOBJ), "done")
	}
	if want := filepath.Join(root, "props", "chair.simready"); j.Result != want {
		t.Errorf("the result is %s, want %s", j.Result, want)
	}
	whole(t, j.Result)
	kept, err := filepath.Glob(filepath.Join(root, "props", ".simready-versions", "chair.simready", "*"))
	if err != nil || len(kept) != 2 {
		t.Errorf("kept %v, %v", kept, err)
	}
	for _, k := range kept {
		whole(t, k)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "props", "chair.simready")); err == nil {
		t.Error("there is a result beside the source too")
	}
	r.paid(4)
}

// A result that a person changed, or put a file into, stays as it is; the new one
// is delivered when the folder is moved away and the job released. It was paid once.
func TestEditedResultIsReleased(t *testing.T) {
	edits := map[string]struct{ name, content string }{
		"a file is changed": {"chair.usd", "mine"},
		"a file is added":   {"lamp.obj", plainOBJ}, // nor is it taken for a drop
		"in a subfolder":    {"textures/mine.png", png},
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.start()
			path := r.write("chair.obj", plainOBJ)
			first := r.until(path, "done")
			edited := r.write("chair.simready/"+edit.name, edit.content)
			r.write("chair.obj", "# better\n"+plainOBJ)
			j := r.until(path, "held")
			if j.Reason != "edited" || !strings.Contains(j.Error, edit.name) || j.Hint == "" {
				t.Errorf("held as %q: %q, %q", j.Reason, j.Error, j.Hint)
			}
			holds(t, edited, edit.content)
			aside := filepath.Join(r.dir, "mine")
			if err := os.Rename(first.Result, aside); err != nil {
				t.Fatal(err)
			}
			if _, err := r.daemon.Release(context.Background(), j.ID); err != nil {
				t.Fatal(err)
			}
			done := r.until(path, "done")
			if done.Result != first.Result || whole(t, done.Result).Key == first.Key {
				t.Errorf("the result is %s", done.Result)
			}
			holds(t, filepath.Join(aside, filepath.FromSlash(edit.name)), edit.content)
			if n := r.provider.Ledger(); len(n) > 3 { // the file that lies in no result any more may be an asset now
				t.Errorf("%d submissions", len(n))
			}
		})
	}
}
