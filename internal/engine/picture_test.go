package engine_test

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"

	"simdrop/internal/engine"
)

func TestThumbnailLiesWhereSimReadyWantsIt(t *testing.T) {
	w := &memory{}
	if _, err := engine.ConvertScene(context.Background(), engine.Input{Filename: "cube.obj"}, texturedCube(t), w); err != nil {
		t.Fatal(err)
	}
	f := w.files["usd/cube/.thumbs/256x256/cube.usd.png"]
	if f == nil {
		t.Fatalf("no thumbnail in %v", w.names)
	}
	img, err := png.Decode(bytes.NewReader(f.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if s := img.Bounds().Size(); s.X != 256 || s.Y != 256 {
		t.Errorf("%v pixels", s)
	}
}

func TestTriangleTarget(t *testing.T) {
	f := writeGLB(t, 40) // 6240 triangles
	for _, c := range []struct {
		target int
		said   string
	}{
		{1000, "reduced 6240 triangles to 1000, asked for 1000"},
		{10000, "asked for 10000, kept all 6240"},
	} {
		w := &memory{}
		in := engine.Input{Path: f, Filename: "ball.glb", Options: engine.Options{TargetTriangles: c.target}}
		out, err := engine.Convert(context.Background(), in, w)
		if err != nil {
			t.Fatal(err)
		}
		s := checkPackage(t, out, w)
		if !strings.Contains(string(out.Report), c.said) || strings.Contains(strings.Join(s.NotDone, " "), "triangle") {
			t.Errorf("target %d: the report does not say %q: %s", c.target, c.said, out.Report)
		}
		if s.MassBasis != "closed" {
			t.Errorf("target %d: the ball is no longer closed: %s", c.target, s.MassBasis)
		}
		if !strings.Contains(string(out.InputStats), `"triangles":6240`) {
			t.Errorf("input statistics are not those of the file: %s", out.InputStats)
		}
	}
}

func TestTriangleTargetThatCannotBeReached(t *testing.T) {
	in := engine.Input{Filename: "cube.obj", Options: engine.Options{TargetTriangles: 5}}
	out, err := engine.ConvertScene(context.Background(), in, texturedCube(t), &memory{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out.Report), "target_triangle_count: 5 asked for, 8 reached: ") {
		t.Errorf("the report does not say why: %s", out.Report)
	}
}
