package judges

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scenic is an asset to look at.
type scenic struct {
	Source string  `json:"source"`
	USD    string  `json:"usd"`
	How    string  `json:"how"`
	metres float64 // a unit of the source as three draws it
}

// view is what Chromium saw.
type view struct {
	Error   string
	Said    []string
	Mean    float64 // absolute difference of a channel, of 255
	Covered float64 // the same over the pixels that either side covers
	Overlap float64 // of the silhouettes, 1 when they are one
	Share   float64 // of the picture that is covered
	Sizes   [2][3]float64
}

// viewed draws the assets on both sides. SIMDROP_PICTURES names a folder that
// keeps the pictures.
func viewed(t *testing.T, assets []scenic) []view {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("the pictures need Debian's chromium")
	}
	var out []view
	ask := map[string]any{"browser": browser, "pictures": os.Getenv("SIMDROP_PICTURES"), "assets": assets}
	for _, line := range judge(t, "render.mjs", request(t, ask)) {
		var v view
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// faults says what is wrong with a view: the bar is 4 of 255 on average, and what
// the background would dilute is looked at by itself.
func (v *view) faults(metres float64) (bad []string) {
	if v.Error != "" {
		return []string{v.Error}
	}
	if !(v.Share > 0.02) {
		bad = append(bad, "nothing is seen")
	}
	if !(v.Mean <= 4) || !(v.Covered <= 12) {
		bad = append(bad, "the pictures differ")
	}
	if !(v.Overlap >= 0.99) {
		bad = append(bad, "the silhouettes differ")
	}
	for k := range 3 {
		if !(math.Abs(float64(v.Sizes[0][k]*metres)-v.Sizes[1][k]) <= 1e-4*max(v.Sizes[1][0], v.Sizes[1][1], v.Sizes[1][2])) {
			bad = append(bad, "the sizes differ")
			break
		}
	}
	return bad
}

// TestLooks compares what three draws of a source with what it draws of our layer,
// for one asset and more of each format.
func TestLooks(t *testing.T) {
	t.Parallel()
	root := corpus(t)
	var assets []scenic
	for _, a := range []struct{ file, how string }{
		{"glb-engine/2CylinderEngine.glb", "own"},
		{"gltf-box-textured/BoxTextured.gltf", "own"},
		{"gltf-texture-transform/TextureTransformTest.gltf", "own"},
		{"obj-spider/spider.obj", "colour"},
		{"stl-spider-binary/Spider_binary.stl", "shape"},
		{"obj-fuze/fuze.ply", "shape"},
		{"fbx-spider/spider.fbx", "shape"},
	} {
		f := filepath.Join(root, filepath.FromSlash(a.file))
		i := slices.IndexFunc(samples(t), func(s *sample) bool { return s.name == a.file })
		if _, err := exec.LookPath("assimp"); i < 0 && err != nil && filepath.Ext(f) == ".fbx" {
			continue
		}
		if i < 0 {
			t.Fatalf("%s is not read", a.file)
		}
		s := samples(t)[i]
		metres := 1.0
		if filepath.Ext(f) == ".fbx" {
			metres = 0.01 // three leaves its centimetres
		}
		assets = append(assets, scenic{f, s.usd, a.how, metres})
	}
	for i, v := range viewed(t, assets) {
		name := filepath.Base(assets[i].Source)
		t.Logf("%s: mean %.2f, covered %.2f, overlap %.5f, share %.2f", name, v.Mean, v.Covered, v.Overlap, v.Share)
		if bad := v.faults(assets[i].metres); bad != nil {
			t.Errorf("%s: %s: %+v", name, strings.Join(bad, ", "), v)
		}
	}
}

// TestLooksSeeDamage damages a layer in ways that only the eye notices.
func TestLooksSeeDamage(t *testing.T) {
	t.Parallel()
	f := filepath.Join(corpus(t), "gltf-box-textured", "BoxTextured.gltf")
	s := convert(t, f)
	text, err := os.ReadFile(s.usd)
	if err != nil {
		t.Fatal(err)
	}
	damages := []struct{ name, from, to string }{
		{"none", "", ""},
		{"lost texture", "@./textures/", "@./gone/"},
		{"shifted coordinates", "primvars:st = [", "primvars:st = [(0.5, 0.5), "},
		{"wrong axis", `upAxis = "Z"`, `upAxis = "Y"`},
		{"moved point", "points = [(-0.5", "points = [(-0.7"},
		{"hidden", `def Xform "geometry"`, `def Xform "collision"`},
	}
	var assets []scenic
	for i, d := range damages {
		bad := string(text)
		if d.from != "" {
			if bad = strings.Replace(bad, d.from, d.to, 1); bad == string(text) {
				t.Fatalf("%s: nothing to damage in\n%s", d.name, text)
			}
		}
		// Beside the good one, where its textures are.
		usd := filepath.Join(filepath.Dir(s.usd), fmt.Sprintf("damaged_%d.usd", i))
		if err := os.WriteFile(usd, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		assets = append(assets, scenic{f, usd, "own", 1})
	}
	for i, v := range viewed(t, assets) {
		bad := v.faults(assets[i].metres)
		if sound := bad == nil; sound != (i == 0) {
			t.Errorf("%s: %v: %+v", damages[i].name, bad, v)
		}
		t.Logf("%s: %v", damages[i].name, bad)
	}
}
