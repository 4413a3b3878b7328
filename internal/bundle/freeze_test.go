package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"simdrop/internal/asset"
)

// drop writes files below a new folder and returns the asset they are, the first
// one the primary.
func drop(t testing.TB, files ...[2]string) *asset.Asset {
	t.Helper()
	a := &asset.Asset{Root: t.TempDir(), Kind: asset.Models}
	for _, f := range files {
		path := filepath.Join(a.Root, filepath.FromSlash(f[0]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f[1]), 0o644); err != nil {
			t.Fatal(err)
		}
		a.Members = append(a.Members, asset.Member{Path: path, Place: f[0]})
	}
	a.Primary = a.Members[0].Path
	return a
}

func chair(t testing.TB) *asset.Asset {
	return drop(t, [2]string{"chair.obj", "mtllib chair.mtl\nv 0 0 0\n"},
		[2]string{"chair.mtl", "map_Kd textures/wood.png\n"}, [2]string{"textures/wood.png", "\x89PNG wood"})
}

func freezeIn(t testing.TB, a *asset.Asset) *Bundle {
	t.Helper()
	b, err := Freeze(t.Context(), a, filepath.Join(t.TempDir(), "spool", "job"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestFreezeCopiesAndDescribes(t *testing.T) {
	a := chair(t)
	b := freezeIn(t, a)
	if b.Primary != "chair.obj" || len(b.Files) != 3 || b.Files[0].Place != "chair.mtl" {
		t.Fatalf("bundle %+v", b)
	}
	for _, m := range a.Members {
		want, _ := os.ReadFile(m.Path)
		f, ok := b.File(m.Place)
		if !ok {
			t.Fatalf("%s is not in the bundle", m.Place)
		}
		got, err := os.ReadFile(b.Path(f))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: frozen %q, %v; want %q", m.Place, got, err, want)
		}
		sum := hexSum(string(want))
		if f.Size != int64(len(want)) || f.SHA256 != sum || f.CRC32 != crc32.ChecksumIEEE(want) ||
			f.Source != m.Path || f.SourceSize != f.Size || f.SourceSHA256 != sum {
			t.Errorf("%s described as %+v", m.Place, f)
		}
	}
	loaded, err := Load(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Primary != b.Primary || loaded.Files[2] != b.Files[2] || loaded.Dir != b.Dir {
		t.Errorf("loaded %+v, froze %+v", loaded, b)
	}
	if b.Size() != b.Files[0].Size+b.Files[1].Size+b.Files[2].Size {
		t.Errorf("size %d", b.Size())
	}
}

func TestFreezeIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	b := freezeIn(t, chair(t))
	err := filepath.WalkDir(b.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFreezeContinuesOrStartsOver(t *testing.T) {
	a := chair(t)
	b := freezeIn(t, a)

	// A finished freeze is not made again, whatever became of the source.
	os.Remove(a.Primary)
	again, err := Freeze(t.Context(), a, b.Dir)
	if err != nil || again.Files[0] != b.Files[0] {
		t.Fatalf("finished freeze: %+v, %v", again, err)
	}

	// An unfinished one is thrown away with all that lies in it.
	a = chair(t)
	os.Remove(filepath.Join(b.Dir, manifestName))
	os.WriteFile(filepath.Join(b.Dir, filesDir, "left over"), []byte("x"), 0o600)
	if _, err := Freeze(t.Context(), a, b.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(b.Dir, filesDir, "left over")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the unfinished freeze was not removed")
	}

	// One that is finished and damaged is neither trusted nor thrown away.
	os.WriteFile(filepath.Join(b.Dir, manifestName), []byte("{"), 0o600)
	if _, err := Freeze(t.Context(), a, b.Dir); err == nil {
		t.Error("accepted a damaged manifest")
	}
	if _, err := os.Stat(filepath.Join(b.Dir, manifestName)); err != nil {
		t.Error("removed a finished freeze")
	}
}

func TestFreezeRewritesReferencesInTheCopyOnly(t *testing.T) {
	const text = `mtllib C:\art\CHAIR.MTL # map ..\x.png end`
	a := drop(t, [2]string{"chair.obj", text}, [2]string{"chair.mtl", "newmtl m"})
	// Given in any order.
	a.Members[0].Edits = []asset.Edit{
		{Offset: int64(strings.Index(text, `..\x`)), Length: int64(len(`..\x.png`)), Text: "textures/x.png"},
		{Offset: 7, Length: int64(len(`C:\art\CHAIR.MTL`)), Text: "chair.mtl"},
	}
	b := freezeIn(t, a)
	f, _ := b.File("chair.obj")
	const want = "mtllib chair.mtl # map textures/x.png end"
	got, _ := os.ReadFile(b.Path(f))
	if string(got) != want {
		t.Errorf("copy %q, want %q", got, want)
	}
	if f.Size != int64(len(want)) || f.SHA256 != hexSum(want) || f.SourceSize != int64(len(text)) || f.SourceSHA256 != hexSum(text) {
		t.Errorf("described as %+v", f)
	}
	if source, _ := os.ReadFile(a.Primary); string(source) != text {
		t.Errorf("the source became %q", source)
	}
}

func TestFreezeRefusesImpossibleEdits(t *testing.T) {
	for name, edits := range map[string][]asset.Edit{
		"overlapping": {{Offset: 0, Length: 4}, {Offset: 3, Length: 1}},
		"negative":    {{Offset: 2, Length: -1}},
		"before":      {{Offset: -1, Length: 2}},
		"behind":      {{Offset: 5, Length: 500}},
		"overflow":    {{Offset: 5, Length: 1<<63 - 1}},
	} {
		a := drop(t, [2]string{"a.obj", "0123456789"})
		a.Members[0].Edits = edits
		dir := filepath.Join(t.TempDir(), "job")
		_, err := Freeze(t.Context(), a, dir)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		if (name == "behind") != errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// meddler changes the source while it is read: it acts when the first bytes of
// the copy are written.
type meddler struct {
	act func()
	buf bytes.Buffer
}

func (m *meddler) Write(p []byte) (int, error) {
	if m.act != nil {
		m.act()
		m.act = nil
	}
	return m.buf.Write(p)
}

func TestFreezeNoticesChanges(t *testing.T) {
	long := strings.Repeat("v 0 0 0\n", 4*copyBuffer/8)
	for name, change := range map[string]func(path string) error{
		"grown": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString("v 1 1 1\n")
				f.Close()
			}
			return err
		},
		"cut":     func(path string) error { return os.Truncate(path, 8) },
		"touched": func(path string) error { return os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)) },
		"removed": os.Remove,
		"replaced": func(path string) error {
			info, err := os.Stat(path)
			if err == nil {
				err = os.Rename(path, path+".old")
			}
			if err == nil {
				err = os.WriteFile(path, []byte(long), 0o644)
			}
			if err == nil { // what a copier that keeps times leaves behind
				err = os.Chtimes(path, time.Time{}, info.ModTime())
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("Windows keeps others from changing an open file")
			}
			a := drop(t, [2]string{"a.obj", long})
			src, err := openSource(a.Root)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			src.tap = &meddler{act: func() {
				if err := change(a.Primary); err != nil {
					t.Error(err)
				}
			}}
			_, err = src.copy(t.Context(), a.Members[0], filepath.Join(t.TempDir(), "copy"))
			if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), a.Primary) {
				t.Errorf("got %v, want ErrChanged with the path", err)
			}
		})
	}
}

func TestFreezeFailureLeavesNothing(t *testing.T) {
	for name, spoil := range map[string]func(a *asset.Asset){
		"missing member": func(a *asset.Asset) { os.Remove(a.Members[2].Path) },
		"climbing place": func(a *asset.Asset) { a.Members[2].Place = "../wood.png" },
		"same place":     func(a *asset.Asset) { a.Members[2].Place = "chair.mtl" },
		"not UTF-8":      func(a *asset.Asset) { a.Members[2].Place = "w\xffd.png" },
		"folder":         func(a *asset.Asset) { a.Members[2].Path = filepath.Dir(a.Members[2].Path) },
		"no members":     func(a *asset.Asset) { a.Members = nil },
	} {
		a := chair(t)
		spoil(a)
		dir := filepath.Join(t.TempDir(), "job")
		if _, err := Freeze(t.Context(), a, dir); err == nil {
			t.Errorf("%s: frozen", name)
		} else if (name == "missing member") != errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: left %s behind", name, dir)
		}
	}
}

func TestFreezeStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("shutting down")
	cancel(stop)
	dir := filepath.Join(t.TempDir(), "job")
	if _, err := Freeze(ctx, chair(t), dir); !errors.Is(err, stop) {
		t.Errorf("got %v, want the cause", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("left the folder behind")
	}
}

func TestFreezeFollowsLinksInsideTheRootOnly(t *testing.T) {
	a := chair(t)
	link := filepath.Join(a.Root, "wood-link.png")
	if err := os.Symlink(a.Members[2].Path, link); err != nil { // absolute, and inside
		t.Skip("no symbolic links here:", err)
	}
	a.Members[2].Path = link
	b := freezeIn(t, a)
	if f, _ := b.File("textures/wood.png"); f.SHA256 != hexSum("\x89PNG wood") {
		t.Errorf("frozen %+v", f)
	}

	secret := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(secret, []byte("s3cret"), 0o600)
	os.Remove(link)
	os.Symlink(secret, link)
	if _, err := Freeze(t.Context(), a, filepath.Join(t.TempDir(), "job")); err == nil {
		t.Error("read a file outside the root")
	}
}
