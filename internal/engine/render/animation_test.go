package render_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"testing"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/render"
)

func TestAnimationShowsTheMovement(t *testing.T) {
	p := boxProp(t, geom.Vec{1, 1, 1})
	var poses []geom.Affine
	for i := range 4 {
		poses = append(poses, geom.Affine{L: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, T: geom.Vec{0, 0, float64(3-i) / 2}})
	}
	poses = append(poses, poses[3]) // it lies still
	b, err := render.Animation(context.Background(), p, poses)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != 5 || g.Delay[0] != render.FrameTime || g.Config.Width != render.AnimationSize || g.LoopCount != 0 {
		t.Fatalf("%d frames, delays %v, %+v", len(g.Image), g.Delay, g.Config)
	}
	screen := image.NewRGBA(image.Rect(0, 0, 320, 320))
	last := -1
	for i, f := range g.Image {
		draw.Draw(screen, f.Bounds(), f, f.Bounds().Min, draw.Src)
		top := firstRed(screen)
		if i < 4 && top <= last || top < 0 {
			t.Errorf("frame %d: the box begins at line %d, before at %d", i, top, last)
		}
		last = top
	}
	if s := g.Image[4].Bounds().Size(); s.X*s.Y > 1 {
		t.Errorf("a frame in which nothing moves has %v pixels", s)
	}
	again, _ := render.Animation(context.Background(), p, poses)
	if !bytes.Equal(b, again) {
		t.Error("the second one differs")
	}
}

func firstRed(img *image.RGBA) int {
	for y := range 320 {
		for x := range 320 {
			if c := img.At(x, y).(color.RGBA); int(c.R) > int(c.G)+40 {
				return y
			}
		}
	}
	return -1
}
