package render_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/render"
	"simdrop/internal/engine/scene"
)

func picture(t *testing.T, p *prop.Prop) image.Image {
	t.Helper()
	b, err := render.Thumbnail(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, 256, 256) {
		t.Fatalf("%v", img.Bounds())
	}
	return img
}

// reds is the box of what is clearly red.
func reds(img image.Image) image.Rectangle {
	var r image.Rectangle
	for y := range 256 {
		for x := range 256 {
			if c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); int(c.R) > int(c.G)+40 {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

func TestAssetFillsTheMiddle(t *testing.T) {
	for _, size := range []geom.Vec{{1, 1, 1}, {0.001, 0.001, 0.002}, {400, 1, 1}, {1, 1, 30}, {3, 3, 0.01}} {
		r := reds(picture(t, boxProp(t, size)))
		if long := max(r.Dx(), r.Dy()); long < 185 || long > 215 {
			t.Errorf("box %v is %v in the picture", size, r)
		}
		if x, y := r.Min.X+r.Max.X, r.Min.Y+r.Max.Y; math.Abs(float64(x-256)) > 12 || math.Abs(float64(y-256)) > 12 {
			t.Errorf("box %v lies at %v, not in the middle", size, r)
		}
	}
}

func TestShadowFallsOnTheGround(t *testing.T) {
	img := picture(t, boxProp(t, geom.Vec{1, 1, 1}))
	light := func(x, y int) int { c := color.GrayModel.Convert(img.At(x, y)).(color.Gray); return int(c.Y) }
	r := reds(img)
	if lit, dark := light(8, r.Max.Y-20), light(r.Max.X+4, r.Max.Y-40); dark >= lit-15 {
		t.Errorf("the ground right of the box is %d, away from it %d", dark, lit)
	}
}

func TestSidesDifferInLight(t *testing.T) {
	img := picture(t, boxProp(t, geom.Vec{1, 1, 1}))
	r := reds(img)
	red := func(x, y int) int { return int(color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA).R) }
	top, front, side := red(128, r.Min.Y+15), red(r.Min.X+40, 140), red(r.Max.X-15, 140)
	if !(top > front+5 && front > side+5) {
		t.Errorf("top %d, front %d, side %d: want them darker in that order", top, front, side)
	}
}

// TestTextureStandsUpright: v counts from below, and the front faces −y.
func TestTextureStandsUpright(t *testing.T) {
	tex := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	for i, c := range []color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {0, 0, 0, 0}} {
		tex.SetNRGBA(i%2, i/2, c) // red green over blue, and a hole
	}
	var data bytes.Buffer
	if err := png.Encode(&data, tex); err != nil {
		t.Fatal(err)
	}
	m := scene.NewMaterial("card")
	m.BaseColorTex = &scene.Texture{WrapS: scene.Clamp, WrapT: scene.Clamp}
	m.AlphaMode = scene.Mask
	card := scene.Part{Transform: scene.Identity, Points: []float32{0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1}, UVs: []float32{0, 0, 1, 0, 1, 1, 0, 1}, Indices: []uint32{0, 1, 2, 0, 2, 3}}
	p, err := prop.Build(context.Background(), &scene.Scene{Up: scene.Z, MetersPerUnit: 1, Parts: []scene.Part{card}, Materials: []scene.Material{m}, Images: []scene.Image{{Data: data.Bytes()}}}, "card", "card.glb")
	if err != nil {
		t.Fatal(err)
	}
	img := picture(t, p)
	at := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA) }
	if c := at(85, 85); c.R < 2*c.G || c.R < 2*c.B {
		t.Errorf("upper left %v, want red", c)
	}
	if c := at(170, 90); c.G < 2*c.R || c.G < 2*c.B {
		t.Errorf("upper right %v, want green", c)
	}
	if c := at(85, 160); c.B < 2*c.R || c.B < 2*c.G {
		t.Errorf("lower left %v, want blue", c)
	}
	if c := at(170, 170); max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 20 {
		t.Errorf("lower right %v, want the backdrop through the hole", c)
	}
}

// TestFineTextureIsSeenAsItsAverage: of a chequerboard whose squares are far smaller
// than a pixel nothing but grey is seen.
func TestFineTextureIsSeenAsItsAverage(t *testing.T) {
	const n = 512
	tex := image.NewGray(image.Rect(0, 0, n, n))
	for i := range tex.Pix {
		tex.Pix[i] = byte(255 * ((i + i/n) % 2))
	}
	var data bytes.Buffer
	if err := png.Encode(&data, tex); err != nil {
		t.Fatal(err)
	}
	m := scene.NewMaterial("card")
	m.BaseColorTex = &scene.Texture{}
	card := scene.Part{Transform: scene.Identity, Points: []float32{0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1}, UVs: []float32{0, 0, 7.3, 0, 7.3, 7.3, 0, 7.3}, Indices: []uint32{0, 1, 2, 0, 2, 3}}
	p, err := prop.Build(context.Background(), &scene.Scene{Up: scene.Z, MetersPerUnit: 1, Parts: []scene.Part{card}, Materials: []scene.Material{m}, Images: []scene.Image{{Data: data.Bytes()}}}, "card", "card.glb")
	if err != nil {
		t.Fatal(err)
	}
	img := picture(t, p)
	lo, hi := 255, 0
	for y := 100; y < 156; y++ {
		for x := 100; x < 156; x++ {
			c := int(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
			lo, hi = min(lo, c), max(hi, c)
		}
	}
	if hi-lo > 12 {
		t.Errorf("the card is between %d and %d, want one grey", lo, hi)
	}
}

func TestGlassShowsWhatIsBehind(t *testing.T) {
	p := boxProp(t, geom.Vec{1, 1, 1})
	solid := reds(picture(t, p))
	p.Surfaces[0].AlphaMode, p.Surfaces[0].Opacity = scene.Blend, 0.1
	if r := reds(picture(t, p)); r.Dx() >= solid.Dx() {
		t.Errorf("a box of 10 %% opacity is as red as a solid one: %v", r)
	}
}

// TestGlareIsWhite: no strength of light, however a file overdoes it, is more than white.
func TestGlareIsWhite(t *testing.T) {
	for _, strength := range []float64{50, 1e30, math.MaxFloat64, math.Inf(1)} {
		p := boxProp(t, geom.Vec{1, 1, 1})
		p.Surfaces[0].Emissive = [3]float64{strength, strength, strength}
		if c := color.GrayModel.Convert(picture(t, p).At(128, 128)).(color.Gray); c.Y < 250 {
			t.Errorf("strength %g is seen as %d", strength, c.Y)
		}
	}
}

func TestEqualPropsGiveEqualPictures(t *testing.T) {
	a, err := render.Thumbnail(context.Background(), boxProp(t, geom.Vec{1, 2, 3}))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := render.Thumbnail(context.Background(), boxProp(t, geom.Vec{1, 2, 3}))
	if !bytes.Equal(a, b) {
		t.Error("the pictures differ")
	}
}

func TestThumbnailIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := render.Thumbnail(ctx, boxProp(t, geom.Vec{1, 1, 1})); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
