// Package judges holds programs that share nothing with the local engine and
// judge what it writes: tinyusdz and a rule table over three's USD parser for the
// layers, MuJoCo for mass and rest, manifold for hulls.
//
// They come from npm and are not part of the product: run "npm ci" in this folder
// once, else these tests are skipped.
package judges

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"simdrop/internal/engine"
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/load"
	"simdrop/internal/engine/mass"
)

// judge runs one of the programs and returns its lines.
func judge(t *testing.T, script string, args ...string) [][]byte {
	t.Helper()
	installed(t)
	cmd := exec.CommandContext(t.Context(), "node", append([]string{script}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	var lines [][]byte
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		lines = append(lines, bytes.Clone(s.Bytes()))
	}
	return lines
}

// installed skips the test where there are no judges.
func installed(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Skip("the judges are not installed: run npm ci in internal/engine/judges")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("the judges need node")
	}
}

func request(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	f := filepath.Join(t.TempDir(), "request.json")
	if err := os.WriteFile(f, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// disk is a Writer into a folder.
type disk struct {
	dir  string
	last *os.File
}

func (d *disk) Create(name string) (io.Writer, error) {
	if err := d.close(); err != nil {
		return nil, err
	}
	f := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(f), 0o700); err != nil {
		return nil, err
	}
	var err error
	d.last, err = os.Create(f)
	return d.last, err
}

func (d *disk) close() error {
	if d.last == nil {
		return nil
	}
	return d.last.Close()
}

// sample is a converted asset with what its report says.
type sample struct {
	name, usd, mjcf, model string     // mjcf is the folder, model the XML's text
	Mass                   float64    `json:"mass_kg"`
	Basis                  string     `json:"mass_basis"`
	SizeM                  [3]float64 `json:"size_m"`
	Implausible            string     `json:"size_implausible"`
	Requirements           []struct{ ID, State, Why string }
}

// scratch holds what is converted for several tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "simdrop-judges-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

func convert(t *testing.T, file string) *sample {
	t.Helper()
	base := filepath.Base(file)
	sc, err := load.OpenFS(t.Context(), os.DirFS(filepath.Dir(file)), base, load.Limits{})
	if err != nil {
		return nil // the readers' tests say why
	}
	dir, err := os.MkdirTemp(scratch, "")
	if err != nil {
		t.Fatal(err)
	}
	w := &disk{dir: dir}
	out, err := engine.ConvertScene(t.Context(), engine.Input{Filename: base}, sc, w)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	s := &sample{
		name: filepath.Base(filepath.Dir(file)) + "/" + base,
		usd:  filepath.Join(w.dir, "usd", out.Name, out.Name+".usd"),
		mjcf: filepath.Join(w.dir, "mjcf", out.Name),
	}
	if err := json.Unmarshal(out.Report, s); err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile(filepath.Join(s.mjcf, out.Name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	s.model = string(model)
	return s
}

// besides is where the corpus of real assets lies when nobody says otherwise.
var besides = filepath.Join("..", "..", "..", "..", "shared", "corpus")

// corpus is its folder; without it the test is skipped.
func corpus(t *testing.T) string {
	t.Helper()
	root := os.Getenv("SIMDROP_CORPUS")
	if root == "" {
		root = besides
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus of real assets; set SIMDROP_CORPUS")
	}
	return root
}

var (
	converting sync.Once
	converted  []*sample
)

// samples are our own asset and the corpus' of each format, where there is one; they
// are converted once for all tests.
func samples(t *testing.T) []*sample {
	t.Helper()
	installed(t)
	converting.Do(func() {
		files := []string{writeWedge(t)}
		root := os.Getenv("SIMDROP_CORPUS")
		if root == "" {
			root = besides
		}
		if testing.Short() {
			root = ""
		}
		for _, ext := range []string{"glb", "gltf", "obj", "stl", "ply", "fbx"} { // fbx where assimp is
			more, err := filepath.Glob(filepath.Join(root, "*", "*."+ext))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, more...)
		}
		for _, f := range files {
			if s := convert(t, f); s != nil {
				converted = append(converted, s)
			}
		}
	})
	if len(converted) == 0 {
		t.Fatal("nothing was converted")
	}
	return converted
}

// wedge is half a box, closed and wound outwards.
const wedge = `v 0 0 0
v 0.4 0 0
v 0.4 0.1 0
v 0 0 0.2
v 0.4 0 0.2
v 0.4 0.1 0.2
f 1 3 2
f 4 5 6
f 1 2 5 4
f 2 3 6 5
f 1 4 6 3
`

func TestHulls(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	var clouds [][]float32
	var full, ours []hull.Hull
	for k := range 12 {
		var pts []float32
		for range 50 + 1000*k {
			v := geom.Vec{rng.NormFloat64(), rng.NormFloat64() * 3, rng.NormFloat64() / 2}
			if k%2 == 1 { // on an ellipsoid
				v, _ = v.Unit()
			}
			pts = append(pts, float32(v[0]), float32(v[1]), float32(v[2]))
		}
		full = append(full, hull.Of(pts, 0, 0.001))
		ours = append(ours, hull.Of(pts, hull.MaxVertices, 0.001))
		clouds = append(clouds, pts)
	}
	for _, h := range ours {
		clouds = append(clouds, h.Points)
	}
	for i, line := range judge(t, "hull.mjs", request(t, clouds)) {
		var v struct{ Volume float64 }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		h := append(full, ours...)[i]
		if got := volume(h); math.Abs(got-v.Volume) > 1e-6*v.Volume {
			t.Errorf("hull %d: %.9g m³, manifold says %.9g", i, got, v.Volume)
		}
	}
	for i := range ours {
		if r := volume(ours[i]) / volume(full[i]); r > 1+1e-9 || r < 0.8 {
			t.Errorf("capped hull %d has %g of the volume", i, r)
		}
	}
}

// TestHullsOfAssets compares the volume of every collider that was written with that
// of the hull which manifold finds around its points.
func TestHullsOfAssets(t *testing.T) {
	t.Parallel()
	var clouds [][]float32
	var ours []hull.Hull
	var names []string
	for _, s := range samples(t) {
		files, err := filepath.Glob(filepath.Join(s.mjcf, "meshes", "*_collision*.obj"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no collider: %v", s.name, err)
		}
		for _, f := range files {
			h := readHull(t, f)
			names, ours, clouds = append(names, s.name+" "+filepath.Base(f)), append(ours, h), append(clouds, h.Points)
		}
	}
	for i, line := range judge(t, "hull.mjs", request(t, clouds)) {
		var v struct{ Volume float64 }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		if got := volume(ours[i]); !(math.Abs(got-v.Volume) <= 1e-5*v.Volume) {
			t.Errorf("%s: %.9g m³, manifold says %.9g", names[i], got, v.Volume)
		}
	}
	t.Logf("%d colliders", len(ours))
}

// readHull reads points and triangles of an OBJ that we wrote.
func readHull(t *testing.T, file string) (h hull.Hull) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var p [3]float32
		var i [3]uint32
		if _, err := fmt.Sscanf(line, "v %g %g %g", &p[0], &p[1], &p[2]); err == nil {
			h.Points = append(h.Points, p[:]...)
		}
		if _, err := fmt.Sscanf(line, "f %d %d %d", &i[0], &i[1], &i[2]); err == nil {
			h.Indices = append(h.Indices, i[0]-1, i[1]-1, i[2]-1)
		}
	}
	return h
}

func volume(h hull.Hull) float64 {
	var m mass.Moments
	for k := 0; k+2 < len(h.Indices); k += 3 {
		i := h.Indices[k : k+3]
		m.Triangle(geom.At(h.Points, int(i[0])), geom.At(h.Points, int(i[1])), geom.At(h.Points, int(i[2])))
	}
	return m.Volume
}
