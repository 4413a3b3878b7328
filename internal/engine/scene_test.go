package engine_test

import (
	"bytes"
	"context"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/engine"
	"simdrop/internal/engine/scene"
)

var update = flag.Bool("update", false, "write the golden files anew")

func picture(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	img.Set(0, 0, color.NRGBA{255, 0, 0, 255})
	img.Set(1, 1, color.NRGBA{0, 0, 255, 128})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// texturedCube is a cube of 20 cm, split by material as an OBJ would be, with
// every texture a surface can have.
func texturedCube(t testing.TB) *scene.Scene {
	t.Helper()
	p := scene.Part{Name: "Würfel 1", Transform: scene.Identity}
	for _, q := range [6][4]int{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		n := uint32(len(p.Points) / 3)
		for k, c := range q {
			p.Points = append(p.Points, float32(c&1)*20, float32(c>>1&1)*20, float32(c>>2&1)*20)
			p.UVs = append(p.UVs, float32(k&1), float32(k>>1))
		}
		p.Indices = append(p.Indices, n, n+1, n+2, n, n+2, n+3)
	}
	side := p
	p.Indices, side.Indices = p.Indices[:18], side.Indices[18:]
	side.Name, side.Material = "", 1
	tex := &scene.Texture{WrapS: scene.Repeat, WrapT: scene.Clamp}
	turned := &scene.Texture{HasTransform: true, Scale: [2]float64{2, 2}, Rotate: 30, Translate: [2]float64{0.5, 0}}
	return &scene.Scene{
		Up: scene.Y, MetersPerUnit: 0.01, UnitsAssumed: true, Parts: []scene.Part{p, side},
		Materials: []scene.Material{
			{
				Name: "Oak wood", BaseColor: [3]float64{1, 0.5, 0.25}, Opacity: 0.5, Metallic: 0.1, Roughness: 0.8,
				NormalScale: 1, Occlusion: 0.5, AlphaMode: scene.Mask, AlphaCutoff: 0.25, DoubleSided: true,
				Emissive: [3]float64{1, 1, 1}, BaseColorTex: turned, NormalTex: tex, MetalRoughTex: tex, OcclusionTex: tex, EmissiveTex: tex,
			},
			{Name: "Oak wood", BaseColor: [3]float64{0.2, 0.2, 0.2}, Opacity: 1, Roughness: 0.5, NormalScale: 1, Occlusion: 1},
		},
		Images: []scene.Image{{Name: "Würfel.png", Data: picture(t)}},
	}
}

func TestGoldenCube(t *testing.T) {
	w := &memory{}
	in := engine.Input{Filename: "Würfel_sd-k7q2m4x9ab0.obj"}
	out, err := engine.ConvertScene(context.Background(), in, texturedCube(t), w)
	if err != nil {
		t.Fatal(err)
	}
	s := checkPackage(t, out, w)
	if math.Abs(s.Mass-5.2) > 1e-6 || s.MassBasis != "closed" {
		t.Errorf("%g kg (%s), want 8 dm³ of wood", s.Mass, s.MassBasis)
	}
	for _, n := range w.names {
		if strings.Contains(w.files[n].String(), "_sd-") {
			t.Errorf("the token shows in %s", n)
		}
	}
	for name, file := range map[string]string{"usd/wurfel/wurfel.usd": "cube.usda", "mjcf/wurfel/wurfel.xml": "cube.xml"} {
		golden := filepath.Join("testdata", file)
		if w.files[name] == nil {
			t.Fatalf("no %s in %v", name, w.names)
		}
		got := w.files[name].Bytes()
		if *update {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
			t.Errorf("%s differs from %s; go test -update writes it anew, after a look at it", name, golden)
		}
	}
}

type panics struct{}

func (panics) Create(string) (io.Writer, error) { panic("out of paper") }

func TestAPanicIsAnError(t *testing.T) {
	_, err := engine.ConvertScene(context.Background(), engine.Input{Filename: "a.glb"}, texturedCube(t), panics{})
	if err == nil || !strings.Contains(err.Error(), "internal fault") || !strings.Contains(err.Error(), "out of paper") {
		t.Errorf("%v", err)
	}
}

func TestWhatWasNotAppliedIsSaid(t *testing.T) {
	in := engine.Input{Filename: "a.glb", Options: engine.Options{Echo: map[string]string{"threshold": "0.05", "llm_provider": "x"}}}
	out, err := engine.ConvertScene(context.Background(), in, texturedCube(t), &memory{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"threshold":"0.05"`, `"llm_provider":"x"`, `"local engine, not Rigyd"`} {
		if !bytes.Contains(out.Report, []byte(want)) {
			t.Errorf("the report does not hold %s", want)
		}
	}
}

func TestUnitsAreTheUsersWhereTheFileDoesNotSay(t *testing.T) {
	f := filepath.Join(t.TempDir(), "plate.obj")
	obj := "v 0 0 0\nv 1000 0 0\nv 0 500 0\nv 0 0 250\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
	if err := os.WriteFile(f, []byte(obj), 0o600); err != nil {
		t.Fatal(err)
	}
	for unit, want := range map[string]float64{"": 1000, "mm": 1, "cm": 10, "m": 1000, "in": 25.4} {
		w := &memory{}
		out, err := engine.Convert(context.Background(), engine.Input{Path: f, Filename: "plate.obj", Options: engine.Options{Units: unit}}, w)
		if err != nil {
			t.Fatal(err)
		}
		if s := checkPackage(t, out, w); math.Abs(s.SizeM[0]-want) > 1e-9*want {
			t.Errorf("%q: %g m, want %g", unit, s.SizeM[0], want)
		}
	}
	if _, err := engine.Convert(context.Background(), engine.Input{Path: f, Filename: "plate.obj", Options: engine.Options{Units: "ell"}}, &memory{}); err == nil {
		t.Error("an unknown unit was taken")
	}
}

// FuzzConvert converts small random scenes: soups, shells, flats, specks, wrong
// indices and transforms. Whatever comes out must pass its own checker.
func FuzzConvert(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*13))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind uint8) {
		sc := randomScene(rand.New(rand.NewPCG(seed, uint64(kind))), kind)
		w := &memory{}
		out, err := engine.ConvertScene(context.Background(), engine.Input{Filename: "x.glb"}, sc, w)
		if err != nil {
			if strings.Contains(err.Error(), "internal fault") {
				t.Fatal(err)
			}
			return
		}
		checkPackage(t, out, w)
	})
}

func randomScene(rng *rand.Rand, kind uint8) *scene.Scene {
	sc := &scene.Scene{Up: scene.Axis(kind & 1), MetersPerUnit: math.Pow(10, float64(rng.IntN(9)-4))}
	for range 1 + rng.IntN(4) {
		p := scene.Part{Transform: scene.Identity, Material: rng.IntN(3) - 1, Group: rng.IntN(2), Name: string(rune('a' + rng.IntN(30)))}
		n := 1 + rng.IntN(12)
		for i := range 3 * n {
			v := rng.NormFloat64()
			if kind&2 != 0 {
				v = math.Round(v)
			}
			if kind&4 != 0 && i%3 == 0 {
				v = 0
			}
			if kind&8 != 0 && rng.IntN(40) == 0 {
				v = math.NaN()
			}
			p.Points = append(p.Points, float32(v))
			p.Normals = append(p.Normals, float32(rng.NormFloat64()))
			p.Colors = append(p.Colors, rng.Float32())
		}
		if kind&16 != 0 {
			p.Normals = nil
		}
		if kind&32 != 0 {
			p.Colors = nil
		}
		for range 3 * rng.IntN(20) {
			i := rng.IntN(n)
			if kind&64 != 0 && rng.IntN(50) == 0 {
				i = 1 << 30
			}
			p.Indices = append(p.Indices, uint32(i))
		}
		if kind&128 != 0 {
			for i := range 16 {
				p.Transform[i] = rng.NormFloat64()
			}
		}
		sc.Parts = append(sc.Parts, p)
	}
	sc.Materials = []scene.Material{{Name: "steel", Opacity: 1}}
	return sc
}
