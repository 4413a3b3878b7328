package load

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"simdrop/internal/engine/scene"
)

const (
	triangle = "v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\n"
	textured = "mtllib a.mtl\nusemtl wood\nvt 0 0\n" + "v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1/1 2/1 3/1\n"
	library  = "newmtl wood\nmap_Kd Tex/Wood.PNG\n"
	png      = "\x89PNG\r\n\x1a\n"
)

// open writes data to a file and opens it under a name.
func open(t *testing.T, filename string, data []byte, limits Limits) (*scene.Scene, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), path, filename, limits)
}

// pack makes a ZIP of pairs of name and content.
func pack(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(pairs[i+1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func refused(t *testing.T, name string, err error, want string) {
	t.Helper()
	e, ok := errors.AsType[*scene.InputError](err)
	if !ok || !strings.Contains(e.Reason, want) {
		t.Errorf("%s: got %v, want an input error with %q", name, err, want)
	}
}

func TestOpenByExtension(t *testing.T) {
	if _, err := open(t, `C:\models\Chair.OBJ`, []byte(triangle), Limits{}); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"a.usd": "Unsupported format: .usd.", "a.USDZ": "Unsupported format: .usdz.", "a.blend": "Unsupported format: .blend.",
		"a": "no extension", "a.zip": "not a ZIP file",
	} {
		_, err := open(t, name, []byte(triangle), Limits{})
		refused(t, name, err, want)
		if name != "a.zip" {
			refused(t, name, err, "reads .glb, .gltf, .obj, .stl and .ply")
		}
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "gone"), "a.obj", Limits{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestFBXWithoutAssimp(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := open(t, "a.fbx", []byte("x"), Limits{})
	refused(t, "a.fbx", err, "FBX needs a cloud provider, or assimp installed")
}

// TestBareFileStandsAlone: what lies beside an upload is not its companion.
func TestBareFileStandsAlone(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"a.obj": textured, "a.mtl": library, "Tex/Wood.PNG": png} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), filepath.Join(dir, "a.obj"), "a.obj", Limits{})
	if err != nil || len(s.Images) != 0 || len(s.Warnings) != 1 || s.Warnings[0] != "material library a.mtl is missing" {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = OpenFS(t.Context(), os.DirFS(dir), "a.obj", Limits{})
	if err != nil || len(s.Images) != 1 {
		t.Errorf("with its folder: %+v, %v", s, err)
	}
}

func TestCompanionsByOtherNames(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"exact":     {"m/a.obj": {Data: []byte(textured)}, "m/a.mtl": {Data: []byte(library)}, "m/Tex/Wood.PNG": {Data: []byte(png)}},
		"case":      {"m/a.obj": {Data: []byte(textured)}, "m/A.MTL": {Data: []byte(library)}, "m/tex/wood.png": {Data: []byte(png)}},
		"elsewhere": {"m/a.obj": {Data: []byte(textured)}, "mtl/a.mtl": {Data: []byte(library)}, "pictures/wood.png": {Data: []byte(png)}},
		"windows": {"m/a.obj": {Data: []byte(textured)}, "m/a.mtl": {Data: []byte(strings.Replace(library, "Tex/", `C:\Users\me\Tex\`, 1))},
			"m/Tex/Wood.PNG": {Data: []byte(png)}},
		"accents": {"m/a.obj": {Data: []byte(textured)}, "m/a.mtl": {Data: []byte("newmtl wood\nmap_Kd hölz.png")},
			"m/ho\u0308lz.png": {Data: []byte(png)}},
		"above": {"m/a.obj": {Data: []byte(textured)}, "m/a.mtl": {Data: []byte("newmtl wood\nmap_Kd ../t/wood.png")},
			"t/wood.png": {Data: []byte(png)}},
	} {
		s, err := OpenFS(t.Context(), files, "m/a.obj", Limits{})
		if err != nil || len(s.Images) != 1 || len(s.Warnings) != 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	two := fstest.MapFS{"a.obj": {Data: []byte(textured)}, "x/a.mtl": {Data: []byte(library)}, "y/a.mtl": {Data: []byte(library)}}
	s, err := OpenFS(t.Context(), two, "a.obj", Limits{})
	if err != nil || len(s.Warnings) != 1 {
		t.Errorf("two files of that name: %+v, %v", s, err)
	}
}

func TestZip(t *testing.T) {
	for name, data := range map[string][]byte{
		"plain":  pack(t, "a.obj", textured, "a.mtl", library, "Tex/Wood.PNG", png),
		"folder": pack(t, "set/a.obj", textured, "set/a.mtl", library, "set/Tex/Wood.PNG", png, "set/", ""),
		"junk": pack(t, "a.obj", textured, "a.mtl", library, "Tex/Wood.PNG", png,
			"__MACOSX/._a.obj", "x", "._b.obj", "x", ".DS_Store", "x", "notes.txt", "x"),
		"backslashes": pack(t, `set\a.obj`, textured, `set\a.mtl`, library, `set\Tex\Wood.PNG`, png),
	} {
		s, err := open(t, "set.zip", data, Limits{})
		if err != nil || len(s.Images) != 1 || len(s.Warnings) != 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestZipRefusals(t *testing.T) {
	link := func() []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		h := &zip.FileHeader{Name: "a.obj"}
		h.SetMode(fs.ModeSymlink | 0o777)
		f, _ := w.CreateHeader(h)
		f.Write([]byte("/etc/passwd"))
		w.Close()
		return b.Bytes()
	}()
	good := pack(t, "a.obj", strings.Repeat(triangle, 100))
	flipped := bytes.Clone(good)
	flipped[45] ^= 0xff
	encrypted := bytes.Clone(good)
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	for name, c := range map[string]struct {
		data   []byte
		limits Limits
		want   string
	}{
		"none":        {pack(t, "a.txt", "x"), Limits{}, "holds no 3D asset"},
		"two":         {pack(t, "b.obj", triangle, "a.stl", "x"), Limits{}, "holds 2 assets (a.stl, b.obj)"},
		"usd":         {pack(t, "a.usda", "x"), Limits{}, "Unsupported format: .usda."},
		"climbs":      {pack(t, "../a.obj", triangle), Limits{}, "outside its own folder"},
		"climbs back": {pack(t, `x\..\..\a.obj`, triangle), Limits{}, "outside its own folder"},
		"absolute":    {pack(t, "/a.obj", triangle), Limits{}, "outside its own folder"},
		"drive":       {pack(t, "c:a.obj", triangle), Limits{}, "outside its own folder"},
		"twice":       {pack(t, "a.obj", triangle, "x/../a.obj", triangle), Limits{}, "holds a.obj twice"},
		"link":        {link, Limits{}, "a link or a device"},
		"entries":     {pack(t, "a.obj", triangle, "b", "", "c", ""), Limits{ZipEntries: 2}, "3 entries"},
		"bomb":        {pack(t, "a.obj", triangle, "b", strings.Repeat("\x00", 65<<20)), Limits{}, "ZIP bomb"},
		"too much":    {pack(t, "a.obj", triangle), Limits{PrimaryBytes: 10, CompanionBytes: 10}, "unpacks to more"},
		"companions": {pack(t, "a.obj", textured, "a.mtl", library+strings.Repeat("#", 100)), Limits{CompanionBytes: 50},
			"companions are too large"},
		"cut":       {good[:len(good)/2], Limits{}, "not a ZIP file, or is damaged"},
		"encrypted": {encrypted, Limits{}, "is encrypted"},
		"flipped":   {flipped, Limits{}, "damaged"},
	} {
		_, err := open(t, "x.zip", c.data, c.limits)
		refused(t, name, err, c.want)
	}
}

func FuzzZip(f *testing.F) {
	f.Add(pack(f, "a.obj", textured, "a.mtl", library, "Tex/Wood.PNG", png))
	f.Add(pack(f, "__MACOSX/._a", "x", "b.stl", "solid", "c.gltf", "{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{PrimaryBytes: 1 << 20, CompanionBytes: 1 << 20, Triangles: 10_000, Vertices: 10_000}.WithDefaults()
		_, err := openZip(t.Context(), bytes.NewReader(data), int64(len(data)), "x.zip", limits)
		if _, ok := errors.AsType[*scene.InputError](err); err != nil && !ok {
			t.Fatal(err)
		}
	})
}
