package result

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// shop is a folder of sources with the root above it.
type shop struct {
	t    testing.TB
	root string
	dir  string
	job  int
}

func newShop(t testing.TB) *shop {
	t.Helper()
	return shopIn(t, t.TempDir())
}

func shopIn(t testing.TB, root string) *shop {
	t.Helper()
	dir := filepath.Join(root, "models")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &shop{t: t, root: root, dir: dir}
}

func (s *shop) request(name string, f forge) Request {
	s.job++
	return Request{
		Archive: f.write(s.t), JobID: "job-" + string(rune('a'+s.job%26)), Name: name, Dir: s.dir, Root: s.root, Format: "usd",
		Sidecar: Sidecar{Source: FileInfo{Path: name, Size: 3, SHA256: digest([]byte("src"))}, Key: "k", Provider: "rigyd",
			Completed: time.Unix(0, 0).UTC(), Report: json.RawMessage(`{"ok":true}`)},
	}
}

func (s *shop) publish(req Request) (string, error) {
	s.t.Helper()
	p, err := Prepare(s.t.Context(), req)
	if err != nil {
		return "", err
	}
	return p.Commit(s.t.Context())
}

func (s *shop) mustPublish(req Request) string {
	s.t.Helper()
	path, err := s.publish(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return path
}

// tree lists all files below dir as slash paths.
func tree(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t testing.TB, elements ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPublish(t *testing.T) {
	s := newShop(t)
	os.WriteFile(filepath.Join(s.dir, "chair.obj"), []byte("src"), 0o644)
	path := s.mustPublish(s.request("chair.obj", delivered("first")))
	if path != filepath.Join(s.dir, "chair.simready") {
		t.Fatalf("published as %s", path)
	}
	if got := tree(t, path); !slices.Equal(got, []string{"chair.usda", "simready.json", "textures/wood.png"}) {
		t.Errorf("files %q", got)
	}
	if got := read(t, path, "chair.usda"); got != "#usda 1.0\n# first" {
		t.Errorf("main layer %q", got)
	}
	side, err := ReadSidecar(path)
	if err != nil {
		t.Fatal(err)
	}
	if side.Schema != 1 || side.Main != "chair.usda" || len(side.Files) != 2 || side.Source.Path != "chair.obj" || string(side.Report) == "" {
		t.Errorf("sidecar %+v", side)
	}
	if problems, err := Verify(path); err != nil || len(problems) != 0 {
		t.Errorf("verify: %v, %v", problems, err)
	}
	if left := tree(t, filepath.Join(s.root, stateFolder)); len(left) != 0 {
		t.Errorf("left in the state folder: %q", left)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]fs.FileMode{".": 0o755, "textures": 0o755, "chair.usda": 0o644, sidecarName: 0o644} {
			if info, err := os.Stat(filepath.Join(path, name)); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, want)
			}
		}
	}
}

func TestStagingIsPrivateAndRepeatable(t *testing.T) {
	s := newShop(t)
	req := s.request("chair.obj", delivered("x"))
	p, err := Prepare(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(p.Target().Staging, "left over"), nil, 0o644)
	if info, _ := os.Stat(p.Target().Staging); runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("staging has mode %v", info.Mode())
	}
	again, err := Prepare(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if again.Target() != p.Target() {
		t.Errorf("the same job gave %+v and %+v", p.Target(), again.Target())
	}
	if slices.Contains(tree(t, p.Target().Staging), "left over") {
		t.Error("what an earlier attempt left is still there")
	}
	if err := again.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.Target().Staging); !errors.Is(err, fs.ErrNotExist) {
		t.Error("staging is still there")
	}
}

func TestNamesOfResults(t *testing.T) {
	s := newShop(t)
	if got := s.mustPublish(s.request("chair.fbx", delivered("fbx"))); filepath.Base(got) != "chair.simready" {
		t.Errorf("first: %s", got)
	}
	second := s.mustPublish(s.request("chair.obj", delivered("obj")))
	if filepath.Base(second) != "chair.obj.simready" {
		t.Errorf("second: %s", second)
	}
	if _, err := os.Stat(filepath.Join(second, "chair.usda")); err != nil {
		t.Error(err)
	}
	// Each goes on under the name it has, also when the other is gone.
	os.RemoveAll(filepath.Join(s.dir, "chair.simready"))
	if got := s.mustPublish(s.request("chair.obj", delivered("obj 2"))); got != second {
		t.Errorf("third: %s", got)
	}
}

func TestNothingForeignIsTouched(t *testing.T) {
	for name, occupy := range map[string]func(path string) error{
		"folder": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), os.WriteFile(filepath.Join(path, "mine.usd"), nil, 0o644))
		},
		"empty folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"file":         func(path string) error { return os.WriteFile(path, []byte("mine"), 0o644) },
		"link":         func(path string) error { return os.Symlink(".", path) },
		"foreign sidecar": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), os.WriteFile(filepath.Join(path, sidecarName), []byte(`{"schema":1}`), 0o644))
		},
	} {
		s := newShop(t)
		if err := occupy(filepath.Join(s.dir, "chair.simready")); err != nil {
			t.Log(name, err)
			continue
		}
		if got := s.mustPublish(s.request("chair.obj", delivered("x"))); filepath.Base(got) != "chair.obj.simready" {
			t.Errorf("%s: published as %s", name, got)
		}
		os.RemoveAll(filepath.Join(s.dir, "chair.obj.simready"))
		occupy(filepath.Join(s.dir, "chair.obj.simready"))
		if _, err := s.publish(s.request("chair.obj", delivered("x"))); !errors.Is(err, ErrTaken) {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}

func TestReplace(t *testing.T) {
	s := newShop(t)
	path := s.mustPublish(s.request("chair.obj", delivered("first")))
	os.WriteFile(filepath.Join(path, ".DS_Store"), []byte("clutter"), 0o644)
	if got := s.mustPublish(s.request("chair.obj", delivered("second"))); got != path {
		t.Fatalf("replaced as %s", got)
	}
	if got := read(t, path, "chair.usda"); got != "#usda 1.0\n# second" {
		t.Errorf("main layer %q", got)
	}
	if got := tree(t, s.root); len(got) != 3 {
		t.Errorf("files %q, want those of the new result alone", got)
	}
}

func TestKeepVersions(t *testing.T) {
	s := newShop(t)
	for _, text := range []string{"1", "2", "3", "4"} {
		req := s.request("chair.obj", delivered(text))
		req.KeepVersions = 2
		s.mustPublish(req)
	}
	versions, err := filepath.Glob(filepath.Join(s.dir, versionsFolder, "chair.simready", "*"))
	if err != nil || len(versions) != 2 {
		t.Fatalf("versions %q, %v", versions, err)
	}
	slices.Sort(versions)
	for i, want := range []string{"2", "3"} {
		if got := read(t, versions[i], "chair.usda"); !strings.HasSuffix(got, want) {
			t.Errorf("%s holds %q, want %s", versions[i], got, want)
		}
	}
}

func TestEditedIsNotTouched(t *testing.T) {
	for name, edit := range map[string]func(dir string) error{
		"changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "chair.usda"), []byte("#usda 1.0\n# FIRST"), 0o644)
		},
		"added":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "textures", "mine.png"), nil, 0o644) },
		"removed": func(dir string) error { return os.Remove(filepath.Join(dir, "textures", "wood.png")) },
		"replaced": func(dir string) error {
			path := filepath.Join(dir, "chair.usda")
			return errors.Join(os.Rename(path, path+".bak"), os.Symlink("chair.usda.bak", path))
		},
	} {
		s := newShop(t)
		path := s.mustPublish(s.request("chair.obj", delivered("first")))
		if err := edit(path); err != nil {
			t.Log(name, err)
			continue
		}
		before := tree(t, s.root)
		if _, err := s.publish(s.request("chair.obj", delivered("second"))); !errors.Is(err, ErrEdited) {
			t.Errorf("%s: %v", name, err)
		}
		if after := tree(t, s.root); !slices.Equal(before, after) {
			t.Errorf("%s: %q became %q", name, before, after)
		}
	}
}

func TestEditedBetweenPrepareAndCommit(t *testing.T) {
	s := newShop(t)
	path := s.mustPublish(s.request("chair.obj", delivered("first")))
	p, err := Prepare(t.Context(), s.request("chair.obj", delivered("second")))
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(path, "note.txt"), []byte("mine"), 0o644)
	if _, err := p.Commit(t.Context()); !errors.Is(err, ErrEdited) {
		t.Errorf("got %v", err)
	}
	if got := read(t, path, "chair.usda"); got != "#usda 1.0\n# first" {
		t.Errorf("the edited result became %q", got)
	}
}

func TestTakenBetweenPrepareAndCommit(t *testing.T) {
	s := newShop(t)
	p, err := Prepare(t.Context(), s.request("chair.obj", delivered("x")))
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(s.dir, "chair.simready")
	os.Mkdir(mine, 0o755)
	if _, err := p.Commit(t.Context()); !errors.Is(err, ErrTaken) {
		t.Errorf("got %v", err)
	}
	if got := tree(t, mine); len(got) != 0 {
		t.Errorf("wrote %q into a folder that is not ours", got)
	}
}

func TestCommitTwiceIsOnce(t *testing.T) {
	s := newShop(t)
	p, err := Prepare(t.Context(), s.request("chair.obj", delivered("x")))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := p.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMirrorMakesFoldersButNoRoot(t *testing.T) {
	s := newShop(t)
	req := s.request("chair.obj", delivered("x"))
	req.Dir = filepath.Join(s.root, "a", "b")
	if got := s.mustPublish(req); got != filepath.Join(req.Dir, "chair.simready") {
		t.Errorf("published as %s", got)
	}
	req.Root = filepath.Join(s.root, "gone")
	req.Dir = filepath.Join(req.Root, "a")
	if _, err := s.publish(req); err == nil {
		t.Error("made a root that was not there")
	}
	if _, err := os.Stat(req.Root); !errors.Is(err, fs.ErrNotExist) {
		t.Error("made a root that was not there")
	}
}

func TestCopyOfAPublishedResult(t *testing.T) {
	s := newShop(t)
	first := s.mustPublish(s.request("chair.obj", delivered("x")))
	req := s.request("stool.obj", forge{})
	req.Archive, req.From = "", first
	second := s.mustPublish(req)
	if got := tree(t, second); !slices.Equal(got, []string{"simready.json", "stool.usda", "textures/wood.png"}) {
		t.Errorf("files %q", got)
	}
	if problems, err := Verify(second); err != nil || len(problems) != 0 {
		t.Errorf("verify: %v, %v", problems, err)
	}
	// An edited result is no source for a copy, nor is one that is gone.
	for _, edit := range []func() error{
		func() error { return os.WriteFile(filepath.Join(first, "chair.usda"), []byte("#usda 1.0\n# y"), 0o644) },
		func() error { return os.WriteFile(filepath.Join(first, "chair.usda"), []byte("#usda"), 0o644) },
		func() error { return os.Remove(filepath.Join(first, "chair.usda")) },
		func() error { return os.RemoveAll(first) },
	} {
		if err := edit(); err != nil {
			t.Fatal(err)
		}
		req = s.request("bench.obj", forge{})
		req.Archive, req.From = "", first
		if _, err := s.publish(req); !errors.Is(err, ErrNoCopy) || errors.Is(err, ErrEdited) {
			t.Errorf("copy of an edited result: %v", err)
		}
	}
}

func TestLoneFileAndExtras(t *testing.T) {
	s := newShop(t)
	file := filepath.Join(t.TempDir(), "download.part")
	os.WriteFile(file, []byte("glTF"), 0o600)
	req := s.request("chair.obj", forge{})
	req.Archive, req.File, req.FileExt = "", file, ".GLB"
	req.Extra = []Extra{{Place: "sim/video.mp4", Path: file}}
	path := s.mustPublish(req)
	if got := tree(t, path); !slices.Equal(got, []string{"chair.glb", "sim/video.mp4", "simready.json"}) {
		t.Errorf("files %q", got)
	}
}

func TestPrepareStopsWithItsContext(t *testing.T) {
	s := newShop(t)
	stop := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := Prepare(ctx, s.request("chair.obj", delivered("x"))); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if left := tree(t, s.root); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}
