package assimp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"simdrop/internal/engine/scene"
)

// binaryProperty is a property as binary FBX writes it.
func binaryProperty(name, kind string, value any) []byte {
	var b []byte
	for _, s := range []string{name, kind, "Number", ""} {
		b = append(binary.LittleEndian.AppendUint32(append(b, 'S'), uint32(len(s))), s...)
	}
	switch v := value.(type) {
	case int32:
		b = binary.LittleEndian.AppendUint32(append(b, 'I'), uint32(v))
	case float64:
		b = binary.LittleEndian.AppendUint64(append(b, 'D'), math.Float64bits(v))
	}
	return b
}

func TestSettings(t *testing.T) {
	bin := append(binaryProperty("OriginalUnitScaleFactor", "double", 7.0), binaryProperty("UnitScaleFactor", "double", 2.54)...)
	bin = append(bin, binaryProperty("UpAxis", "int", int32(2))...)
	for name, c := range map[string]struct {
		data string
		want settings
	}{
		"text":    {string(probeFBX), settings{50, 2, 1}},
		"binary":  {string(bin), settings{2.54, 2, 1}},
		"old":     {`Property: "UnitScaleFactor", "double", "",1` + "\n" + `Property: "UpAxisSign", "int", "",-1`, settings{1, -1, -1}},
		"none":    {"", settings{0, -1, 1}},
		"cut":     {string(bin[:len(bin)-2]), settings{2.54, -1, 1}},
		"absurd":  {`P: "UnitScaleFactor", "double", "Number", "",-5`, settings{0, -1, 1}},
		"no comm": {`"UnitScaleFactor" 5`, settings{0, -1, 1}},
	} {
		if got := readSettings([]byte(c.data)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add(probeFBX)
	f.Add(binaryProperty("UpAxis", "int", int32(1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s := readSettings(data); s.centimeters < 0 || s.up > 2 {
			t.Fatalf("%+v", s)
		}
	})
}

func TestFrame(t *testing.T) {
	for name, c := range map[string]struct {
		file   settings
		tool   habits
		meters float64
		up     scene.Axis
	}{
		"centimetres":           {settings{1, 1, 1}, habits{}, 0.01, scene.Y},
		"inches, z up":          {settings{2.54, 2, 1}, habits{}, 0.0254, scene.Z},
		"turned by the tool":    {settings{100, 2, 1}, habits{rotates: true}, 1, scene.Y},
		"scaled to centimetres": {settings{100, 1, 1}, habits{scales: toCentimeters}, 0.01, scene.Y},
		"scaled to metres":      {settings{2.54, 1, 1}, habits{scales: toMeters}, 1, scene.Y},
		"not stated":            {settings{0, -1, 1}, habits{}, 0.01, scene.Y},
	} {
		s := new(scene.Scene)
		frame(s, c.file, c.tool)
		if math.Abs(s.MetersPerUnit-c.meters) > 1e-12 || s.Up != c.up || s.UnitsAssumed != (c.file.centimeters == 0) || s.UpAssumed != (c.file.up < 0) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestJudge(t *testing.T) {
	part := func(m [16]float64) *scene.Scene {
		return &scene.Scene{Parts: []scene.Part{{Transform: m, Points: []float32{1, 0, 0, 0, 2, 0, 0, 0, 4}}}}
	}
	for name, c := range map[string]struct {
		m    [16]float64
		want habits
		fail bool
	}{
		"as it is":    {scene.Identity, habits{}, false},
		"in cm":       {[16]float64{50, 0, 0, 0, 0, 50, 0, 0, 0, 0, 50, 0, 0, 0, 0, 1}, habits{scales: toCentimeters}, false},
		"m, turned":   {[16]float64{0.5, 0, 0, 0, 0, 0, -0.5, 0, 0, 0.5, 0, 0, 0, 0, 0, 1}, habits{scales: toMeters, rotates: true}, false},
		"otherwise":   {[16]float64{3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1}, habits{}, true},
		"on its side": {[16]float64{0, 0, 1, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 1}, habits{}, true},
	} {
		got, err := judge(part(c.m))
		if (err != nil) != c.fail || !c.fail && got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// fake makes a command of a shell script.
func fake(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for assimp is a shell script")
	}
	path := filepath.Join(t.TempDir(), "assimp")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func source() scene.Source {
	return scene.Source{Name: "x.fbx", Size: int64(len(probeFBX)), Reader: bytes.NewReader(probeFBX)}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"says no":        {"echo first; echo 'cannot open file' >&2; exit 3", "cannot open file"},
		"writes nothing": {"exit 0", "assimp cannot read"},
		"writes rubbish": {`echo rubbish > "$3"`, "JSON cannot be read"},
		"crashes":        {"kill -SEGV $$", "signal"},
	} {
		_, err := Read(t.Context(), fake(t, c.script), source())
		e, ok := errors.AsType[*scene.InputError](err)
		if !ok || !strings.Contains(e.Reason, c.want) {
			t.Errorf("%s: %v, want an input error with %q", name, err, c.want)
		}
	}
}

// TestRealProbe reads the probe with the installed assimp: 50 cm a unit, Z up.
func TestRealProbe(t *testing.T) {
	tool := Find()
	if tool == "" {
		t.Skip("assimp is not installed")
	}
	s, err := Read(t.Context(), tool, source())
	if err != nil {
		t.Fatal(err)
	}
	h, err := judge(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.MetersPerUnit * h.scaled(probeUnit); math.Abs(got-0.5) > 1e-9 {
		t.Errorf("%g m a unit, want 0.5", got)
	}
	if up := map[bool]scene.Axis{true: scene.Y, false: scene.Z}[h.rotates]; s.Up != up || s.UnitsAssumed || s.UpAssumed {
		t.Errorf("frame %+v", s)
	}
}
