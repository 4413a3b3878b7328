package daemon

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOwnOutputs(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("copy/simready.json", `{"schema":1,"main":"chair.usd","files":[{"path":"chair.usd","size":5},{"path":"mjcf/chair.obj","size":3},{"path":"edited.usd","size":1}]}`)
	write("bad/simready.json", `{"schema":`)
	tests := map[string]bool{
		write("copy/chair.usd", "#usda"):      true,
		write("copy/mjcf/chair.obj", "v 0"):   true,
		write("copy/edited.usd", "longer"):    false,
		write("copy/mine.usd", "#usda"):       false,
		write("copy/deep/chair.usd", "#usda"): false,
		write("bad/chair.usd", "#usda"):       false,
		write("chair.usd", "#usda"):           false,
		filepath.Join(root, "copy"):           false,
	}
	var o outputs
	for path, want := range tests {
		if got := o.own(root, path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if o.own(filepath.Join(root, "copy", "mjcf"), filepath.Join(root, "copy", "mjcf", "chair.obj")) {
		t.Error("a sidecar outside the watched folder counts")
	}
}
