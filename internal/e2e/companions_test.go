package e2e_test

import (
	"bytes"
	"image"
	"image/png"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
)

// picture is a whole PNG.
var picture = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

const (
	room  = "#usda 1.0\n(\n    subLayers = [@./layers/_base.usda@, @layers/chair.usda@]\n)\n"
	layer = "#usda 1.0\n\ndef Xform \"chair\"\n{\n}\n"
	chair = "mtllib chair.mtl\nusemtl wood\n" + triangle
	wood  = "newmtl wood\nmap_Kd wood.png\n"
)

// TestLayerBeforeItsOwner drops layers first, and the stage that refers to them
// when they are queued as assets of their own.
func TestLayerBeforeItsOwner(t *testing.T) {
	t.Parallel()
	var got receipts
	p := got.start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	if _, stderr, code := h.Simdrop("pause"); code != 0 {
		t.Fatal(stderr)
	}
	base, part := h.Write("layers/_base.usda", []byte(layer)), h.Write("layers/chair.usda", []byte(layer+"\n"))
	for _, path := range []string{base, part} {
		e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == control.Queued || j.State == control.Held })
	}
	stage := h.Write("room.usda", []byte(room))
	for path, j := range e2e.Until(t, c, control.Cancelled, base, part) {
		if !strings.Contains(j.Error, "part of "+stage) {
			t.Errorf("%s: %q does not say why", path, j.Error)
		}
	}
	if _, stderr, code := h.Simdrop("resume"); code != 0 {
		t.Fatal(stderr)
	}
	j := e2e.Until(t, c, control.Done, stage)[stage]
	sent, _ := got.of(j)
	if places := slices.Sorted(maps.Keys(sent.files)); !slices.Equal(places, []string{"layers/_base.usda", "layers/chair.usda", "room.usda"}) {
		t.Errorf("received %q", places)
	}
	if n := len(p.Ledger()); n != 1 {
		t.Errorf("%d submissions for one asset", n)
	}
	e, err := c.Explain(t.Context(), base)
	if err != nil || !strings.Contains(e.Verdict, "companion of "+stage) {
		t.Errorf("the layer is explained as %q, %v", e.Verdict, err)
	}
}

// TestTwoAssetsOneTexture drops two assets that refer to the same files.
func TestTwoAssetsOneTexture(t *testing.T) {
	t.Parallel()
	var got receipts
	p := got.start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	left, right := h.Write("left.obj", []byte(chair)), h.Write("right.obj", []byte(chair+"# right\n"))
	h.Write("chair.mtl", []byte(wood))
	h.Write("wood.png", picture)
	for path, j := range e2e.Until(t, c, control.Done, left, right) {
		sent, _ := got.of(j)
		want := []string{"chair.mtl", filepath.Base(path), "wood.png"}
		if places := slices.Sorted(maps.Keys(sent.files)); !slices.Equal(places, want) {
			t.Errorf("%s: received %q", path, places)
		}
	}
	if n := len(p.Ledger()); n != 2 {
		t.Errorf("%d submissions for two assets", n)
	}
}

// TestMissingTextureIsHelped has a texture that lies where no rule looks: the job
// waits and says where it is, and goes on when it comes to its place.
func TestMissingTextureIsHelped(t *testing.T) {
	t.Parallel()
	var got receipts
	p := got.start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	h.Write("tex/Wood.PNG", picture)
	path := h.Write("models/chair.obj", []byte(chair))
	h.Write("models/chair.mtl", []byte(wood))
	j := e2e.Until(t, c, control.Held, path)[path]
	if want := "1 of 2 files it refers to is missing: wood.png; there is ../tex/Wood.PNG"; j.Error != want || j.Reason != "companions" {
		t.Errorf("%s: %q, want %q", j.Reason, j.Error, want)
	}
	stdout, stderr, code := h.Simdrop("explain", path)
	for _, want := range []string{
		"job " + j.ID + ": held (companions): 1 of 2 files",
		"bundle: chair.obj and 1 companion, 1 missing\n",
		"chair.obj:1 ", "as written\n",
		"chair.mtl:2 ", "no such file: ../tex/Wood.PNG is there\n",
		"missing: wood.png\n",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("explain (%d) lacks %q:\n%s%s", code, want, stdout, stderr)
		}
	}
	h.Write("models/wood.png", picture)
	j = e2e.Until(t, c, control.Done, path)[path]
	if sent, _ := got.of(j); len(sent.files) != 3 {
		t.Errorf("received %v", sent.files)
	}
}
