package drop_test

import (
	"archive/zip"
	"bytes"
	"context"
	"testing"

	"simdrop/internal/engine/drop"
)

const tetra = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"

const model = `<mujoco model="t"><asset><material name="m" rgba="1 0 0 1" specular="0.5" shininess="0.5"/>` +
	`<mesh name="a" file="a.obj"/></asset><worldbody><body name="t">` +
	`<inertial pos="0.25 0.25 0.25" mass="2" diaginertia="1 1 1" quat="1 0 0 0"/>` +
	`<geom class="visual" mesh="a" material="m"/><geom class="collision" mesh="a"/></body></worldbody></mujoco>`

const layer = "#usda 1.0\n    float physics:dynamicFriction = 0.25\n    float physics:restitution = 0.5\n    float physics:restitution = 0.25\n"

func pack(t testing.TB, xml, mesh, usd string) *zip.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range [][2]string{{"mjcf/t/t.xml", xml}, {"mjcf/t/meshes/a.obj", mesh}, {"usd/t/t.usd", usd}} {
		f, err := z.Create(e[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReadsWhatThePackageSays(t *testing.T) {
	p, err := drop.Read(context.Background(), pack(t, model, tetra, layer))
	if err != nil {
		t.Fatal(err)
	}
	s := p.Substances[0]
	if p.Body.Mass != 2 || p.Body.Centre[2] != 0.25 || s.Dynamic != 0.25 || s.Restitution != 0.375 || len(p.Meshes) != 1 || len(p.Colliders) != 1 || p.Surfaces[0].BaseColor != [3]float64{1, 0, 0} {
		t.Errorf("%+v %+v", p, s)
	}
}

// FuzzRead reads damaged packages: it may refuse them, and what it takes falls.
func FuzzRead(f *testing.F) {
	f.Add(model, tetra, layer)
	f.Add("<mujoco>", "", "")
	f.Fuzz(func(t *testing.T, xml, mesh, usd string) {
		p, err := drop.Read(context.Background(), pack(t, xml, mesh, usd))
		if err != nil {
			return
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // the first steps are enough
		_, _ = drop.Simulate(ctx, p, drop.Options{})
	})
}
