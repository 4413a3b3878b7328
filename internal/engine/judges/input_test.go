package judges

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// flawed are the inputs that the Khronos validator objects to and the engine reads
// all the same, with what is objected to.
var flawed = map[string]string{
	"ClearCoatTest.gltf": "MESH_PRIMITIVE_NO_TANGENT_SPACE", // normal maps of a clear coat, which are left out
}

// TestInputs wants the glTF files that the engine reads to be sound, but for what is
// listed: a reader judged by broken files alone would prove nothing.
func TestInputs(t *testing.T) {
	t.Parallel()
	root := corpus(t)
	var files []string
	for _, ext := range []string{"glb", "gltf"} {
		more, err := filepath.Glob(filepath.Join(root, "*", "*."+ext))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for i, line := range judge(t, "gltf.mjs", files...) {
		var v struct{ Errors []string }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(files[i])
		read := slices.ContainsFunc(samples(t), func(s *sample) bool { return s.name == filepath.Base(filepath.Dir(files[i]))+"/"+name })
		t.Logf("%s: read %v, %v", name, read, v.Errors)
		if got := strings.Join(v.Errors, " "); read && got != flawed[name] {
			t.Errorf("%s: the validator says %q, want %q", name, got, flawed[name])
		}
	}
}
