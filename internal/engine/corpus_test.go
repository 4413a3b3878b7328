package engine_test

import (
	"archive/zip"
	"bytes"
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

	"simdrop/internal/engine"
)

// corpusAsset is an entry of the corpus' list.
type corpusAsset struct{ ID, Dir, Primary, Format string }

func corpusAssets(t *testing.T) (root string, list []corpusAsset) {
	t.Helper()
	root = corpus(t)
	raw, err := os.ReadFile(filepath.Join(root, "corpus.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Assets []corpusAsset }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return root, all.Assets
}

// uploaded is the asset as it would be sent: alone, or as a ZIP of its folder with
// nothing in it that could be taken for another primary.
func uploaded(t *testing.T, root string, a corpusAsset) string {
	t.Helper()
	primary := filepath.Join(root, filepath.FromSlash(a.Primary))
	if a.Format != "gltf" && a.Format != "obj" {
		return primary
	}
	dir := filepath.Join(root, filepath.FromSlash(a.Dir))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		companion := slices.Contains([]string{".mtl", ".mat", ".bin", ".png", ".jpg", ".jpeg", ".webp"}, strings.ToLower(filepath.Ext(path)))
		if err != nil || d.IsDir() || path != primary && !companion {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w, err := z.Create(filepath.ToSlash(name))
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(primary), filepath.Ext(primary))+".zip")
	if err := os.WriteFile(f, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWholeCorpus sends every asset of the corpus, as it would be uploaded, through
// Convert twice, on one processor and on several: it is refused with a
// reason, or gives equal bytes in equal order.
func TestWholeCorpus(t *testing.T) {
	root, list := corpusAssets(t)
	converted := map[string]int{}
	for _, a := range list {
		t.Run(a.ID, func(t *testing.T) {
			in := uploaded(t, root, a)
			first, out, err := convertOn(1, in)
			if refused, ok := errors.AsType[*engine.InputError](err); ok {
				understandable(t, refused.Reason)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			converted[a.Format]++
			checkPackage(t, out, first)
			for _, procs := range []int{8} {
				again, other, err := convertOn(procs, in)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(out.Report, other.Report) || !slices.Equal(first.names, again.names) {
					t.Errorf("on %d processors the report or the files differ", procs)
				}
				for _, n := range first.names {
					if !bytes.Equal(first.files[n].Bytes(), again.files[n].Bytes()) {
						t.Errorf("on %d processors %s differs", procs, n)
					}
				}
			}
		})
	}
	t.Logf("converted, by format: %v", converted)
	for _, format := range []string{"glb", "gltf", "obj", "stl", "ply", "zip"} {
		if converted[format] == 0 {
			t.Errorf("no %s was converted", format)
		}
	}
}

func convertOn(procs int, file string) (*memory, engine.Output, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	w := &memory{}
	out, err := engine.Convert(context.Background(), engine.Input{Path: file, Filename: filepath.Base(file)}, w)
	return w, out, err
}

// understandable wants a sentence: no path of ours, no words of the inside.
func understandable(t *testing.T, reason string) {
	t.Helper()
	t.Log("refused: ", reason)
	if len(reason) < 20 || len(reason) > 500 || strings.ContainsAny(reason, "\n{") {
		t.Errorf("not a sentence: %q", reason)
	}
	for _, word := range []string{"panic", "runtime", "goroutine", "nil", "unexpected EOF", "0x", os.TempDir()} {
		if strings.Contains(reason, word) {
			t.Errorf("%q speaks of %q", reason, word)
		}
	}
}
