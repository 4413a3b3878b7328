package asset

import (
	"encoding/json"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusAsset is what the corpus says about one real asset.
type corpusAsset struct {
	ID         string            `json:"id"`
	Dir        string            `json:"dir"`
	Primary    string            `json:"primary"`
	Companions []string          `json:"companions"`
	Optional   map[string]string `json:"optional"`
	Missing    []string          `json:"missing"`
	Expected   string            `json:"expected"`
}

// corpusDir finds the corpus of real assets, which is not part of the module.
func corpusDir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("SIMDROP_CORPUS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no go.mod above the test")
		}
	}
	corpus := filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(filepath.Join(corpus, "corpus.json")); err != nil {
		tb.Skipf("no corpus of real assets at %s; $SIMDROP_CORPUS names another place", corpus)
	}
	return corpus
}

func readCorpus(tb testing.TB, dir string) []corpusAsset {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "corpus.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var doc struct{ Assets []corpusAsset }
	if err := json.Unmarshal(data, &doc); err != nil {
		tb.Fatal(err)
	}
	if len(doc.Assets) == 0 {
		tb.Fatal("the corpus is empty")
	}
	return doc.Assets
}

// differently are the assets for which the corpus leaves the choice to us.
var differently = map[string]struct {
	companions, missing []string
	invalid             bool
	why                 string
}{
	"obj-mtllib-wrong-extension": {
		companions: []string{"cube_mtllib_after_g.mtl"},
		why:        "a lone material library of the model's own name is meant, whatever its extension says",
	},
	"zip-two-primaries": {invalid: true, why: "which of the two is to be converted cannot be known"},
}

func TestCorpus(t *testing.T) {
	dir := corpusDir(t)
	for _, want := range readCorpus(t, dir) {
		t.Run(want.ID, func(t *testing.T) {
			invalid := want.Expected == "invalid"
			if d, ok := differently[want.ID]; ok {
				want.Companions, want.Missing, invalid = d.companions, d.missing, d.invalid
			}
			root := filepath.Join(dir, want.Dir)
			a, err := Inspect(t.Context(), root, filepath.Join(dir, want.Primary))
			if e, ok := errors.AsType[*InvalidError](err); invalid {
				if !ok {
					t.Fatalf("got %v, want an invalid file", err)
				}
				t.Logf("invalid: %s", e.Reason)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			inDir := func(name string) string {
				rel, err := filepath.Rel(root, name)
				if err != nil {
					t.Fatal(err)
				}
				return filepath.ToSlash(rel)
			}
			var got []string
			for i, m := range a.Members {
				if i > 0 {
					got = append(got, inDir(m.Path))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want.Companions) {
				t.Errorf("companions\n got %q\nwant %q", got, want.Companions)
			}
			var missing []string
			for _, m := range a.Missing {
				if !isAbsolute(m) {
					m = path.Join(path.Dir(inDir(a.Primary)), m)
				}
				missing = append(missing, m)
			}
			if !slices.Equal(missing, want.Missing) && len(missing)+len(want.Missing) > 0 {
				t.Errorf("missing\n got %q\nwant %q", missing, want.Missing)
			}
			for _, m := range a.Members {
				v, err := m.Whole()
				if err != nil || v.State == NotWhole || v.State == Suspicious {
					t.Errorf("%s: %v %s, %v", m.Path, v.State, v.Reason, err)
				}
				if strings.Contains(m.Place, "..") {
					t.Errorf("%s is placed at %s", m.Path, m.Place)
				}
			}
		})
	}
}
