package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/engine"
	"simdrop/internal/engine/load"
	"simdrop/internal/engine/scene"
)

// memory is a Writer that keeps the package.
type memory struct {
	names []string
	files map[string]*bytes.Buffer
}

func (m *memory) Create(name string) (io.Writer, error) {
	if m.files == nil {
		m.files = map[string]*bytes.Buffer{}
	}
	if m.files[name] != nil {
		return nil, errors.New("created twice: " + name)
	}
	m.names = append(m.names, name)
	m.files[name] = &bytes.Buffer{}
	return m.files[name], nil
}

// corpus returns the folder of real assets, and skips the test where there is none.
func corpus(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("SIMDROP_CORPUS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no module root above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus of real assets; set SIMDROP_CORPUS")
	}
	return dir
}

type summary struct {
	Summary      string
	Requirements []struct{ ID, State, Why string }
	Beyond       []struct{ ID, State, Why string } `json:"beyond_profile"`
	Mass         float64                           `json:"mass_kg"`
	MassBasis    string                            `json:"mass_basis"`
	Confidence   string
	Colliders    int
	SizeM        [3]float64 `json:"size_m"`
	Implausible  string     `json:"size_implausible"`
	Warnings     []string
	NotDone      []string `json:"not_done"`
}

// assets are the corpus files the engine reads, with those it must refuse.
func TestConvertsTheCorpus(t *testing.T) {
	root := corpus(t)
	seen := 0
	for _, pattern := range []string{"*/*.glb", "*/*.gltf", "*/*.obj", "*/*.stl", "*/*.ply"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name := filepath.Base(filepath.Dir(f)) + "/" + filepath.Base(f)
			t.Run(name, func(t *testing.T) {
				sc, err := load.OpenFS(context.Background(), os.DirFS(filepath.Dir(f)), filepath.Base(f), load.Limits{})
				if refused, ok := errors.AsType[*scene.InputError](err); ok {
					t.Logf("refused: %s", refused.Reason)
					return
				}
				w := &memory{}
				out, err := engine.ConvertScene(context.Background(), engine.Input{Filename: filepath.Base(f)}, sc, w)
				if err != nil {
					t.Fatal(err)
				}
				seen++
				checkPackage(t, out, w)
			})
		}
	}
	if seen == 0 {
		t.Error("nothing was converted")
	}
}

// checkPackage wants every required requirement but NP.005, whose layout is
// Rigyd's, and every rule beyond the profile.
func checkPackage(t *testing.T, out engine.Output, w *memory) summary {
	t.Helper()
	var s summary
	if err := json.Unmarshal(out.Report, &s); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s\nsize %v mass %g %s %s colliders %d %v", s.Summary, s.SizeM, s.Mass, s.MassBasis, s.Confidence, s.Colliders, s.Warnings)
	if len(s.Requirements) != 34 {
		t.Errorf("%d required requirements, want 34", len(s.Requirements))
	}
	for _, r := range append(s.Requirements, s.Beyond...) {
		if want := map[bool]string{true: "fail", false: "pass"}[r.ID == "NP.005"]; r.State != want {
			t.Errorf("%s: %s (%s), want %s", r.ID, r.State, r.Why, want)
		}
	}
	main := "usd/" + out.Name + "/" + out.Name + ".usd"
	if f := w.files[main]; f == nil || !strings.HasPrefix(f.String(), "#usda 1.0\n") {
		t.Errorf("no %s in %v", main, w.names)
	}
	if w.files["mjcf/"+out.Name+"/"+out.Name+".xml"] == nil {
		t.Errorf("no MuJoCo model in %v", w.names)
	}
	return s
}
