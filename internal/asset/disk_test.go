package asset

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// drop writes files below a new root and returns it.
func drop(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(root, filepath.FromSlash(name)), []byte(text))
	}
	return root
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no links here: %v", err)
	}
}

func inspect(t *testing.T, root, primary string) *Asset {
	t.Helper()
	a, err := Inspect(t.Context(), root, filepath.Join(root, filepath.FromSlash(primary)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func placesOf(a *Asset) []string {
	var out []string
	for _, m := range a.Members {
		out = append(out, m.Place)
	}
	return out
}

func TestLinks(t *testing.T) {
	top := drop(t, map[string]string{
		"outside/secret.mtl":  "map_Kd secret.png\n",
		"outside/deep/in.mtl": "newmtl a\n",
		"root/chair.obj":      "mtllib file.mtl\nmtllib dir/in.mtl\nmtllib abs.mtl\nmtllib rel.mtl\nmtllib here/in2.mtl\nmtllib loop.mtl\nv 0 0 0\n",
		"root/shared/in2.mtl": "newmtl a\n",
		"root/shared/in3.mtl": "newmtl a\n",
	})
	root := filepath.Join(top, "root")
	symlink(t, filepath.Join(top, "outside", "secret.mtl"), filepath.Join(root, "file.mtl"))
	symlink(t, filepath.Join("..", "outside", "deep"), filepath.Join(root, "dir"))
	symlink(t, filepath.Join(root, "shared", "in3.mtl"), filepath.Join(root, "abs.mtl"))
	symlink(t, filepath.Join("shared", "in3.mtl"), filepath.Join(root, "rel.mtl"))
	symlink(t, filepath.Join(root, "shared"), filepath.Join(root, "here"))
	symlink(t, "loop.mtl", filepath.Join(root, "loop.mtl"))
	a := inspect(t, root, "chair.obj")
	if want := []string{"chair.obj", "abs.mtl", "here/in2.mtl", "rel.mtl"}; !slices.Equal(placesOf(a), want) {
		t.Errorf("members %q, want %q", placesOf(a), want)
	}
	if want := []string{"dir/in.mtl", "file.mtl", "loop.mtl"}; !slices.Equal(a.Missing, want) {
		t.Errorf("missing %q, want %q", a.Missing, want)
	}
	for _, r := range a.Refs[:2] {
		if r.Note != errOutside.Error() {
			t.Errorf("%s: note %q", r.Raw, r.Note)
		}
	}
	for _, name := range []string{"model.obj", "up/model.obj"} {
		write(t, filepath.Join(top, "outside", "model.obj"), []byte("v 0 0 0\n"))
		if name == "model.obj" {
			symlink(t, filepath.Join(top, "outside", "model.obj"), filepath.Join(root, "model.obj"))
		} else {
			symlink(t, filepath.Join(top, "outside"), filepath.Join(root, "up"))
		}
		_, err := Inspect(t.Context(), root, filepath.Join(root, name))
		if e, ok := errors.AsType[*InvalidError](err); !ok || !strings.Contains(e.Reason, "watched folder") {
			t.Errorf("primary %s through a link: %v", name, err)
		}
	}
}

// TestRootIsLink watches a folder by way of a link.
func TestRootIsLink(t *testing.T) {
	top := drop(t, map[string]string{"real/chair.obj": "mtllib a.mtl\nv 0 0 0\n", "real/a.mtl": "newmtl a\n"})
	symlink(t, "real", filepath.Join(top, "link"))
	if a := inspect(t, filepath.Join(top, "link"), "chair.obj"); len(a.Members) != 2 {
		t.Errorf("members %q", placesOf(a))
	}
}

func TestInspectErrors(t *testing.T) {
	root := drop(t, map[string]string{"folder.glb/x": "", "empty.obj": "", "notes.txt": "x", "ok.obj": "v 0 0 0\n"})
	tests := []struct {
		name string
		ok   func(error) bool
	}{
		{"gone.obj", func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		{"no/such/folder.png", func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		{"folder.glb", isInvalid("folder")},
		{"empty.obj", isInvalid("empty")},
		{"notes.txt", isInvalid("no name of an asset")},
		{"../ok.obj", func(err error) bool { return err != nil && strings.Contains(err.Error(), "does not lie below") }},
	}
	for _, tt := range tests {
		a, err := Inspect(t.Context(), root, filepath.Join(root, tt.name))
		if a != nil || !tt.ok(err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Inspect(ctx, root, filepath.Join(root, "ok.obj")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		return
	}
	if err := os.Chmod(filepath.Join(root, "ok.obj"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(t.Context(), root, filepath.Join(root, "ok.obj")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("not readable: %v", err)
	}
}

func isInvalid(part string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*InvalidError](err)
		return ok && e.Path != "" && strings.Contains(e.Reason, part)
	}
}

// TestUnicodeForms writes names decomposed, as macOS did, and refers to them
// composed, and the other way round.
func TestUnicodeForms(t *testing.T) {
	root := drop(t, map[string]string{
		"chair.obj":      "mtllib a.mtl\nv 0 0 0\n",
		"a.mtl":          "map_Kd caf\u00e9.png\nmap_Ks Cafe\u0301 Two.png\nmap_Kd \xe9t\xe9.png\n",
		"cafe\u0301.png": "-", "caf\u00e9 two.png": "-", "\u00e9t\u00e9.png": "-",
	})
	a := inspect(t, root, "chair.obj")
	if len(a.Missing) > 0 || len(a.Members) != 5 {
		t.Fatalf("members %q, missing %q", placesOf(a), a.Missing)
	}
	for _, r := range a.Refs[1:] {
		if r.How != Unicode {
			t.Errorf("%q: %s, want %s", r.Raw, r.How, Unicode)
		}
	}
}

// TestUTF16 finds and rewrites references in a UTF-16 library.
func TestUTF16(t *testing.T) {
	wide := func(s string, big bool) string {
		l := &lineReader{wide: 2, big: big}
		return l.encode("\uFEFF" + s)
	}
	for _, big := range []bool{false, true} {
		root := drop(t, map[string]string{
			"chair.obj":  wide("# \U0001F600\r\nmtllib Möbel.MTL\r\nv 0 0 0\r\n", big),
			"möbel.mtl":  wide("newmtl a\nmap_Kd x.png\n", big),
			"maps/x.png": "-",
		})
		a := inspect(t, root, "chair.obj")
		if len(a.Members) != 3 || len(a.Missing) > 0 {
			t.Fatalf("members %q, missing %q", placesOf(a), a.Missing)
		}
		for i, want := range map[int]string{0: "# \U0001F600\r\nmtllib möbel.mtl\r\nv 0 0 0\r\n", 2: "newmtl a\nmap_Kd maps/x.png\n"} {
			if got := edited(t, a.Members[i]); got != wide(want, big) {
				t.Errorf("%s: %q", a.Members[i].Place, decodeText([]byte(got)))
			}
		}
	}
}

// edited is a member's content in the bundle.
func edited(t *testing.T, m Member) string {
	t.Helper()
	data, err := os.ReadFile(m.Path)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	at := int64(0)
	for _, e := range m.Edits {
		if e.Offset < at || e.Offset+e.Length > int64(len(data)) {
			t.Fatalf("edits overlap: %+v", m.Edits)
		}
		out = append(append(out, data[at:e.Offset]...), e.Text...)
		at = e.Offset + e.Length
	}
	return string(append(out, data[at:]...))
}
