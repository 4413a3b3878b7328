package engine_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/gif"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/engine"
	"simdrop/internal/engine/scene"
)

// archive packs what a conversion wrote, as the server does.
func archive(t testing.TB, w *memory) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, n := range w.names {
		f, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(w.files[n].Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "package.zip")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func simulated(t *testing.T, file, name, scene string) *memory {
	t.Helper()
	w := &memory{}
	if err := engine.Simulate(context.Background(), engine.Simulation{Package: file, Name: name, Scene: scene}, w); err != nil {
		t.Fatal(err)
	}
	return w
}

func checkSimulation(t *testing.T, w *memory, name, scene string) {
	t.Helper()
	log, anim := w.files["sim/"+name+"_"+scene+".log"], w.files["sim/"+name+"_"+scene+".gif"]
	if len(w.names) != 2 || log == nil || anim == nil {
		t.Fatalf("wrote %v", w.names)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Fatalf("not JSON: %s", l)
		}
	}
	if end := lines[len(lines)-1]; !strings.Contains(end, `"type":"end"`) {
		t.Errorf("the log ends with %s", end)
	} else {
		t.Log(end)
	}
	if demo := strings.Contains(lines[0], "demo is played as drop"); demo != (scene == "demo") {
		t.Errorf("%s starts with %s", scene, lines[0])
	}
	g, err := gif.DecodeAll(bytes.NewReader(anim.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(g.Image); n < 5 || n > 60 || g.Config.Width > 320 || g.Config.Height > 320 {
		t.Errorf("%d frames of %d×%d", n, g.Config.Width, g.Config.Height)
	}
}

func TestSimulate(t *testing.T) {
	cube := &memory{}
	if _, err := engine.ConvertScene(context.Background(), engine.Input{Filename: "cube.obj"}, texturedCube(t), cube); err != nil {
		t.Fatal(err)
	}
	file := archive(t, cube)
	for _, scene := range []string{"drop", "demo"} {
		w := simulated(t, file, "cube", scene)
		checkSimulation(t, w, "cube", scene)
		if log := w.files["sim/cube_"+scene+".log"].String(); !strings.Contains(log, `"mass_kg":5.2`) || !strings.Contains(log, `"friction":0.4,"restitution":0.3`) || !strings.Contains(log, `"came_to_rest":true`) {
			t.Errorf("not the package's mass, friction and restitution, or no rest: %s", log)
		}
		again := simulated(t, file, "cube", scene)
		for _, n := range w.names {
			if !bytes.Equal(w.files[n].Bytes(), again.files[n].Bytes()) {
				t.Errorf("%s differs the second time", n)
			}
		}
	}
}

func TestSimulationOfWhatIsNoPackage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "gone.zip")
	err := engine.Simulate(context.Background(), engine.Simulation{Package: missing, Name: "x", Scene: "drop"}, &memory{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	empty := archive(t, &memory{})
	if err := engine.Simulate(context.Background(), engine.Simulation{Package: empty, Name: "x", Scene: "drop"}, &memory{}); err == nil || !strings.Contains(err.Error(), "no MuJoCo model") {
		t.Errorf("%v", err)
	}
	cube := &memory{}
	if _, err := engine.ConvertScene(context.Background(), engine.Input{Filename: "cube.obj"}, &scene.Scene{MetersPerUnit: 1, Parts: texturedCube(t).Parts}, cube); err != nil {
		t.Fatal(err)
	}
	x := cube.files["mjcf/cube/cube.xml"]
	bad := strings.Replace(x.String(), `diaginertia="`, `diaginertia="-`, 1)
	x.Reset()
	x.WriteString(bad)
	if err := engine.Simulate(context.Background(), engine.Simulation{Package: archive(t, cube), Name: "x", Scene: "drop"}, &memory{}); err == nil {
		t.Error("a body without mass was dropped")
	}
}
