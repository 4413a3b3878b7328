package result

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestMoveNewNeverReplaces(t *testing.T) {
	for name, occupy := range map[string]func(path string) error{
		"file": func(path string) error { return os.WriteFile(path, []byte("mine"), 0o644) },
		"folder": func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), os.WriteFile(filepath.Join(path, "mine"), nil, 0o644))
		},
		"empty": func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		for way, move := range moves {
			dir := t.TempDir()
			from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
			if err := errors.Join(os.Mkdir(from, 0o755), os.WriteFile(filepath.Join(from, "new"), nil, 0o644), occupy(to)); err != nil {
				t.Fatal(err)
			}
			if err := move(from, to); !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s onto a %s: %v", way, name, err)
			}
			if _, err := os.Stat(filepath.Join(to, "new")); err == nil {
				t.Errorf("%s replaced a %s", way, name)
			}
			os.RemoveAll(to)
			if err := move(from, to); err != nil {
				t.Errorf("%s to a free name: %v", way, err)
			}
			if _, err := os.Stat(filepath.Join(to, "new")); err != nil {
				t.Errorf("%s: %v", way, err)
			}
			if err := move(filepath.Join(dir, "gone"), filepath.Join(dir, "x")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s of nothing: %v", way, err)
			}
		}
	}
}
