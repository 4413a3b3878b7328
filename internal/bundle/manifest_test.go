package bundle

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadWantsWhatWasFrozen(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	for name, spoil := range map[string]func(manifest, file string) error{
		"file cut":     func(_, file string) error { return os.Truncate(file, 1) },
		"file missing": func(_, file string) error { return os.Remove(file) },
		"not JSON":     func(m, _ string) error { return os.WriteFile(m, []byte("frozen"), 0o600) },
		"empty":        func(m, _ string) error { return os.WriteFile(m, nil, 0o600) },
		"null":         func(m, _ string) error { return os.WriteFile(m, []byte("null"), 0o600) },
		"future":       replaceIn(`"schema": 1`, `"schema": 2`),
		"climbing":     replaceIn(`"chair.mtl"`, `"../chair.mtl"`),
		"primary":      replaceIn(`"primary": "chair.obj"`, `"primary": "chair.fbx"`),
		"hash":         replaceIn(`"sha256": "`, `"sha256": "zz`),
		"size":         replaceIn(`"size": 2`, `"size": -2`),
	} {
		b := freezeIn(t, chair(t))
		if err := spoil(filepath.Join(b.Dir, manifestName), b.Path(b.Files[0])); err != nil {
			t.Fatal(name, err)
		}
		if _, err := Load(b.Dir); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func replaceIn(old, new string) func(manifest, file string) error {
	return func(path, _ string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !strings.Contains(string(data), old) {
			return errors.New("the manifest has no " + old)
		}
		return os.WriteFile(path, []byte(strings.Replace(string(data), old, new, 1)), 0o600)
	}
}

func FuzzLoad(f *testing.F) {
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	f.Add([]byte(`{"schema":1,"primary":"a","files":[{"place":"a","size":0,"sha256":"` + sum + `","source_sha256":"` + sum + `"}]}`))
	f.Add([]byte(`{"schema":1,"primary":"../a","files":[{"place":"../a","size":-1}]}`))
	f.Add([]byte(`{"schema":1,"Bundle":null}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, manifestName), data, 0o600)
		os.Mkdir(filepath.Join(dir, filesDir), 0o700)
		os.WriteFile(filepath.Join(dir, filesDir, "a"), nil, 0o600)
		b, err := Load(dir)
		if err != nil {
			return
		}
		for _, file := range b.Files {
			if !strings.HasPrefix(b.Path(file), filepath.Join(dir, filesDir)+string(filepath.Separator)) {
				t.Errorf("%q lies outside", b.Path(file))
			}
		}
		if _, ok := b.File(b.Primary); !ok {
			t.Error("no primary")
		}
	})
}
