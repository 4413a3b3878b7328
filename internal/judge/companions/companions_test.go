package companions

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// byJudge asks each judge once for all its files.
func byJudge(t *testing.T, all []parcel, check func(t *testing.T, p parcel, r report)) {
	t.Helper()
	kinds := map[string][]string{
		"assimp": {".obj", ".fbx", ".OBJ", ".FBX"}, "gltf-validator": {".gltf", ".glb"}, "tinyusdz": {".usd", ".usda", ".usdc"},
	}
	for judge, exts := range kinds {
		t.Run(judge, func(t *testing.T) {
			var mine []parcel
			var files []string
			for _, p := range all {
				if unread[p.name] == "" && slices.Contains(exts, filepath.Ext(p.primary)) {
					mine = append(mine, p)
					files = append(files, p.path())
				}
			}
			if len(mine) == 0 {
				t.Fatal("nothing to judge")
			}
			for i, r := range judgeOf(mine[0].primary)(t, files) {
				check(t, mine[i], r)
			}
			t.Logf("%d judged", len(mine))
		})
	}
}

// needJudges skips a test when nobody is there to judge.
func needJudges(t *testing.T) {
	t.Helper()
	_, noNode := os.Stat("node_modules")
	if _, noAssimp := exec.LookPath("assimp"); noNode != nil && noAssimp != nil {
		t.Skip("no judge is installed: run npm ci in internal/judge/companions, or apt-get install assimp-utils")
	}
}

// TestNothingIsMissing has the judges load every upload.
func TestNothingIsMissing(t *testing.T) {
	needJudges(t)
	byJudge(t, parcels(t), func(t *testing.T, p parcel, r report) {
		if r.Broken != "" || len(r.Missing) > 0 {
			t.Errorf("%s: missing %q in %q; %s", p.name, r.Missing, p.files, r.Broken)
		}
	})
}

// unread are assets that the judge of their format cannot read, and why.
var unread = map[string]string{
	"obj-utf16":              "assimp takes an OBJ for text of single bytes",
	"obj UTF-16, wrong case": "assimp takes an OBJ for text of single bytes",
}

// unseen are companions whose loss a judge does not notice, and why.
var unseen = map[string]string{
	"obj-spider: wal69ar_small.jpg":           "assimp drops materials that no face uses",
	"gltf1-materials-common: BoxTextured.bin": "the validator does not follow glTF 1.0", "gltf1-materials-common: CesiumLogoFlat.png": "the same",
	"usda tiles: tex/wood.1001.png": "a set of tiles is whole with any number of them", "usda tiles: tex/wood.1002.png": "the same",
}

// TestJudgesSeeALoss takes one companion at a time out of every upload.
func TestJudgesSeeALoss(t *testing.T) {
	needJudges(t)
	var less []parcel
	for _, p := range parcels(t) {
		taken := map[string]bool{} // one picture of a folder stands for the others
		for _, gone := range p.files {
			kind := path.Dir(gone) + path.Ext(gone)
			if gone == p.primary || unseen[p.name+": "+gone] != "" || unread[p.name] != "" || taken[kind] {
				continue
			}
			taken[kind] = strings.HasSuffix(kind, ".png") || strings.HasSuffix(kind, ".jpg")
			q := parcel{name: p.name + " without " + gone, dir: t.TempDir(), primary: p.primary}
			for _, f := range p.files {
				if f == gone {
					continue
				}
				to := filepath.Join(q.dir, filepath.FromSlash(f))
				if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Link(filepath.Join(p.dir, filepath.FromSlash(f)), to); err != nil {
					t.Fatal(err)
				}
				q.files = append(q.files, f)
			}
			less = append(less, q)
		}
	}
	byJudge(t, less, func(t *testing.T, p parcel, r report) {
		if r.Broken == "" && len(r.Missing) == 0 {
			t.Errorf("%s: the judge misses nothing", p.name)
		}
	})
}
