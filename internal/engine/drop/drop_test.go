package drop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"simdrop/internal/engine/drop"
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
)

// solid makes a prop of points whose hull is the body.
func solid(t testing.TB, points []float32, indices []uint32) *prop.Prop {
	t.Helper()
	p, err := prop.Build(context.Background(), &scene.Scene{Up: scene.Z, MetersPerUnit: 1, Parts: []scene.Part{
		{Transform: scene.Identity, Points: points, Indices: indices, Material: -1},
	}}, "thing", "thing.obj")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func box(t testing.TB, x, y, z float64) *prop.Prop {
	t.Helper()
	var pts []float32
	for i := range 8 {
		pts = append(pts, float32(x*float64(i&1)), float32(y*float64(i>>1&1)), float32(z*float64(i>>2&1)))
	}
	var ix []uint32
	for _, q := range [6][4]uint32{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		ix = append(ix, q[0], q[1], q[2], q[0], q[2], q[3])
	}
	return solid(t, pts, ix)
}

func simulate(t testing.TB, p *prop.Prop, o drop.Options) *drop.Run {
	t.Helper()
	r, err := drop.Simulate(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(r.States); i++ {
		a, b := &r.States[i-1], &r.States[i]
		if b.Energy > a.Energy+1e-9*math.Abs(r.States[0].Energy) {
			t.Fatalf("at %g s the energy grows from %g to %g J", b.Time, a.Energy, b.Energy)
		}
		if b.Lowest < -1e-3 || b.Energy-b.Energy != 0 {
			t.Fatalf("at %g s: %+v", b.Time, b)
		}
	}
	return r
}

func ptr(f float64) *float64 { return &f }

func TestFreeFall(t *testing.T) {
	r := simulate(t, box(t, 0.1, 0.1, 0.1), drop.Options{Height: 1, Upright: true})
	want := math.Sqrt(2 / drop.Gravity)
	for i := range r.States {
		if s := &r.States[i]; s.Contacts > 0 {
			if math.Abs(s.Time-want) > 2*drop.Step {
				t.Errorf("it met the floor after %g s, want %g", s.Time, want)
			}
			if v := r.States[i-1].Velocity[2]; math.Abs(v+math.Sqrt(2*drop.Gravity)) > 2*drop.Gravity*drop.Step {
				t.Errorf("it met the floor at %g m/s", v)
			}
			return
		}
	}
	t.Error("it never met the floor")
}

func TestBounceHeight(t *testing.T) {
	r := simulate(t, box(t, 0.1, 0.1, 0.1), drop.Options{Height: 1, Upright: true, Restitution: ptr(0.5)})
	top, down := 0.0, false
	for _, s := range r.States {
		down = down || s.Contacts > 0
		if down {
			top = max(top, s.Lowest)
		}
	}
	if math.Abs(top-0.25) > 0.02 {
		t.Errorf("it bounced to %g m, want 0.25", top)
	}
}

func TestSymmetricBodyDoesNotDrift(t *testing.T) {
	r := simulate(t, box(t, 0.1, 0.1, 0.1), drop.Options{Height: 1, Upright: true})
	s := r.Last()
	if !r.Rest || math.Hypot(s.Position[0], s.Position[1]) > 1e-6 || math.Abs(s.Orientation[0]) < 1-1e-9 {
		t.Errorf("rest %v: %+v", r.Rest, s)
	}
}

// TestRestsOnAFace drops a box from many angles: it ends flat, on the floor.
func TestRestsOnAFace(t *testing.T) {
	p := box(t, 0.1, 0.15, 0.2)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		q := [4]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		n := math.Sqrt(q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3])
		for k := range q {
			q[k] /= n
		}
		r := simulate(t, p, drop.Options{Height: 0.3, Turn: q})
		s := r.Last()
		if !r.Rest || math.Abs(s.Lowest) > 1e-3 {
			t.Errorf("from %v: rest %v after %g s, %+v", q, r.Rest, s.Time, s)
			continue
		}
		pose := s.Pose()
		flat := 0.0
		for k := range 3 {
			var axis geom.Vec
			axis[k] = 1
			flat = max(flat, math.Abs(pose.Linear(axis)[2]))
		}
		if flat < 0.9999 {
			t.Errorf("from %v: it rests at an angle, %g", q, flat)
		}
	}
}

func TestFrictionStopsASlide(t *testing.T) {
	for _, mu := range []float64{0.2, 0.5} {
		for _, v := range []float64{1, 2} {
			r := simulate(t, box(t, 0.2, 0.2, 0.05), drop.Options{Height: -1, Upright: true, Velocity: geom.Vec{v, 0, 0}, Friction: ptr(mu)})
			s := r.Last()
			want := v * v / (2 * mu * drop.Gravity)
			if d := s.Position[0]; !r.Rest || math.Abs(d/want-1) > 0.1 || math.Abs(s.Position[1]) > 1e-6 {
				t.Errorf("μ %g, %g m/s: slid %g m, want %g", mu, v, d, want)
			}
		}
	}
}

// TestTumblingKeepsItsMomentum: in the air a spinning body keeps angular momentum,
// and the energy of its spin to the method's order.
func TestTumblingKeepsItsMomentum(t *testing.T) {
	r := simulate(t, box(t, 0.05, 0.1, 0.3), drop.Options{Height: 5, Upright: true, Spin: geom.Vec{0.1, 9, 0.1}})
	a, b := &r.States[0], &r.States[150]
	fall := 0.0
	for range 150 { // what semi-implicit Euler itself loses
		fall += r.Mass * drop.Gravity * drop.Gravity * drop.Step * drop.Step / 2
	}
	if b.Contacts > 0 || math.Abs(a.Energy-b.Energy-fall) > 1e-3*a.Energy {
		t.Errorf("energy %g became %g", a.Energy, b.Energy)
	}
}

// TestOddBodies: whatever falls ends over the floor, with numbers.
func TestOddBodies(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for size := 1e-4; size < 2000; size *= 9 {
		var pts []float32
		for range 30 {
			pts = append(pts, float32(size*rng.NormFloat64()), float32(size*rng.NormFloat64()), float32(0.2*size*rng.NormFloat64()))
		}
		var ix []uint32
		for range 90 {
			ix = append(ix, uint32(rng.IntN(30)))
		}
		r := simulate(t, solid(t, pts, ix), drop.Options{})
		t.Logf("%g m: rest %v after %g s", size, r.Rest, r.Last().Time)
	}
	flat := simulate(t, solid(t, []float32{0, 0, 0, 1, 0, 0, 0, 1, 0}, []uint32{0, 1, 2}), drop.Options{})
	if !flat.Rest {
		t.Error("a sheet does not come to rest")
	}
}

func TestEqualDropsAreEqual(t *testing.T) {
	a := simulate(t, box(t, 0.1, 0.2, 0.3), drop.Options{})
	b := simulate(t, box(t, 0.1, 0.2, 0.3), drop.Options{})
	if !reflect.DeepEqual(a, b) {
		t.Error("the runs differ")
	}
}

func TestLog(t *testing.T) {
	r := simulate(t, box(t, 0.1, 0.2, 0.3), drop.Options{})
	var out bytes.Buffer
	if err := r.WriteLog(&out, drop.Labels{Engine: "test", Asset: "box", Scene: "demo", Note: "played as drop"}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var end struct {
		Type string
		Rest bool    `json:"came_to_rest"`
		Time float64 `json:"t_s"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || end.Type != "end" || !end.Rest || end.Time < 0.5 {
		t.Errorf("%v %+v", err, end)
	}
	if !strings.Contains(lines[0], `"note":"played as drop"`) || !strings.Contains(lines[1], `"type":"state","t_s":0,`) {
		t.Errorf("%s\n%s", lines[0], lines[1])
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := drop.Simulate(ctx, box(t, 1, 1, 1), drop.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
