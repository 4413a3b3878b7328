package companions

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/asset"
	"simdrop/internal/bundle"
)

// parcel is an upload, unpacked elsewhere.
type parcel struct {
	name    string
	dir     string
	primary string   // slash path below dir
	files   []string // slash paths below dir
}

func (p parcel) path() string { return filepath.Join(p.dir, filepath.FromSlash(p.primary)) }

// send makes the upload of an asset the way a job does, and unpacks it.
func send(t *testing.T, name, root, primary string) parcel {
	t.Helper()
	a, err := asset.Inspect(t.Context(), root, filepath.Join(root, filepath.FromSlash(primary)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(a.Missing) > 0 {
		t.Fatalf("%s: %q is missing", name, a.Missing)
	}
	b, err := bundle.Freeze(t.Context(), a, filepath.Join(t.TempDir(), "frozen"))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	up := b.Upload(bundle.Token(name), "0")
	p := parcel{name: name, dir: t.TempDir(), primary: b.Primary}
	sent := filepath.Join(t.TempDir(), up.Filename)
	body, err := up.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	write(t, sent, body)
	if len(b.Files) == 1 && !isArchive(b.Primary) {
		f, err := os.Open(sent)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		write(t, filepath.Join(p.dir, filepath.FromSlash(b.Primary)), f)
		p.files = []string{b.Primary}
		return p
	}
	p.files = unpack(t, sent, p.dir)
	if isArchive(b.Primary) {
		p.primary = openedFirst(p.files)
	}
	if !slices.Contains(p.files, p.primary) {
		t.Fatalf("%s: no %q in %q", name, p.primary, p.files)
	}
	return p
}

// isArchive tells whether an asset is an archive itself: USDZ is one too.
func isArchive(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".zip" || ext == ".usdz"
}

// openedFirst is the model in an archive that was dropped as such: in a USDZ the
// first file, by its specification.
func openedFirst(files []string) string {
	for _, f := range files {
		if _, kind, ok := asset.FormatOf(f); ok && kind == asset.Models && !strings.HasPrefix(f, "__MACOSX/") {
			return f
		}
	}
	return ""
}

func unpack(t *testing.T, archive, dir string) (files []string) {
	t.Helper()
	zr, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer zr.Close()
	for _, f := range zr.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(f.Name) {
			t.Fatalf("%s leads out of the archive", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), r)
		r.Close()
		files = append(files, f.Name)
	}
	return files
}

func write(t *testing.T, name string, r io.Reader) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, r); err != nil {
		t.Fatal(err)
	}
}

// corpus lists the real assets that have all their files.
func corpus(t *testing.T) (dir string, assets []struct{ ID, Dir, Primary, Expected string }) {
	t.Helper()
	dir = os.Getenv("SIMDROP_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "corpus")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "corpus.json"))
	if err != nil {
		t.Logf("no corpus of real assets: %v", err)
		return dir, nil
	}
	var doc struct {
		Assets []struct{ ID, Dir, Primary, Expected string }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		t.Fatal(err)
	}
	for _, a := range doc.Assets {
		if a.Expected == "ok" && !refused[a.ID] && judgeable(a.Primary) {
			assets = append(assets, a)
		}
	}
	return dir, assets
}

// refused are assets that the corpus leaves to us, and that we do not take.
var refused = map[string]bool{"zip-two-primaries": true}

func judgeable(name string) bool { return judgeOf(name) != nil || isArchive(name) }

// parcels are all uploads to judge: of the real assets, and of made ones.
func parcels(t *testing.T) (all []parcel) {
	t.Helper()
	dir, assets := corpus(t)
	for _, a := range assets {
		root := filepath.Join(dir, a.Dir)
		all = append(all, send(t, a.ID, root, strings.TrimPrefix(a.Primary, a.Dir+"/")))
	}
	for _, m := range made(t, dir) {
		all = append(all, send(t, m.name, m.root, m.primary))
	}
	return slices.DeleteFunc(all, func(p parcel) bool { return judgeOf(p.primary) == nil })
}
