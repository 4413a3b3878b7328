package judges

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var inertial = regexp.MustCompile(`(?m)^.*<inertial .*\n`)

// exact turns a model into one whose mass MuJoCo works out from the meshes.
func exact(model, density string) string {
	model = inertial.ReplaceAllString(model, "")
	model = strings.ReplaceAll(model, `inertia="shell"`, `inertia="exact"`)
	return strings.Replace(model, `group="2" mass="0"`, fmt.Sprintf(`group="2" density="%s"`, density), 1)
}

// ask is one model for mujoco.mjs.
type ask struct {
	Dir   string `json:"dir"`
	XML   string `json:"xml"`
	Exact string `json:"exact"`
	Rest  bool   `json:"rest"`
}

// body is what MuJoCo says a body weighs, with its principal moments in falling order.
type body struct {
	Mass            float64
	Inertia, Centre []float64
}

type verdict struct {
	Error string
	Body  body
	Exact *body
	Rest  *struct {
		Seconds, Speed, Lowest float64
		Finite                 bool
	}
}

// judged asks MuJoCo.
func judged(t *testing.T, asks []ask) []verdict {
	t.Helper()
	var out []verdict
	for _, line := range judge(t, "mujoco.mjs", request(t, asks)) {
		var v verdict
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if len(out) != len(asks) {
		t.Fatalf("%d answers to %d models", len(out), len(asks))
	}
	return out
}

// asked is what is asked about a sample: its weight when it is one closed mesh, and
// how it falls when it is small enough to lie still soon.
func asked(t *testing.T, s *sample) ask {
	t.Helper()
	a := ask{Dir: s.mjcf, XML: s.model, Rest: s.handy()}
	if s.Basis != "closed" || strings.Count(s.model, `class="visual" name`) != 1 {
		return a
	}
	layer, err := os.ReadFile(s.usd)
	if err != nil {
		t.Fatal(err)
	}
	if d := density.FindAllSubmatch(layer, -1); len(d) == 1 {
		a.Exact = exact(s.model, string(d[0][1]))
	}
	return a
}

var density = regexp.MustCompile(`float physics:density = (\S+)`)

// faults says what is wrong with a verdict.
func (v *verdict) faults(s *sample) (bad []string) {
	if v.Error != "" {
		return []string{v.Error}
	}
	if v.Exact != nil {
		same := func(what string, got, want, scale float64) {
			if !(math.Abs(got-want) <= 1e-5*scale) {
				bad = append(bad, fmt.Sprintf("%s %g, MuJoCo says %g", what, got, want))
			}
		}
		same("mass", v.Body.Mass, v.Exact.Mass, v.Exact.Mass)
		for k := range 3 {
			same("centre", v.Body.Centre[k], v.Exact.Centre[k], s.SizeM[0]+s.SizeM[1]+s.SizeM[2])
			same("inertia", v.Body.Inertia[k], v.Exact.Inertia[k], v.Exact.Inertia[0])
		}
	}
	if r := v.Rest; r != nil {
		if !r.Finite || !(r.Speed < 0.05) {
			bad = append(bad, fmt.Sprintf("still moves at %g m/s after %g s", r.Speed, r.Seconds))
		}
		if size := max(s.SizeM[0], s.SizeM[1], s.SizeM[2]); !(r.Lowest > -0.01*max(size, 0.1)) || r.Lowest > 0.01*max(size, 0.1) {
			bad = append(bad, fmt.Sprintf("lies %g m over the floor", r.Lowest))
		}
	}
	return bad
}

// handy says that the body has the size of a thing one can hold.
func (s *sample) handy() bool {
	return s.Implausible == "" && max(s.SizeM[0], s.SizeM[1], s.SizeM[2]) <= 10
}

func TestMuJoCo(t *testing.T) {
	t.Parallel()
	all := samples(t)
	var asks []ask
	for _, s := range all {
		asks = append(asks, asked(t, s))
	}
	compared, dropped := 0, 0
	for i, v := range judged(t, asks) {
		for _, f := range v.faults(all[i]) {
			t.Errorf("%s %s", all[i].name, f)
		}
		if v.Exact != nil {
			compared++
		}
		if v.Rest != nil {
			dropped++
			t.Logf("%s: %+v", all[i].name, *v.Rest)
		}
	}
	if compared == 0 || dropped == 0 {
		t.Errorf("%d masses compared, %d bodies dropped", compared, dropped)
	}
}

// TestMuJoCoSeesDamage damages a good model in one place at a time.
func TestMuJoCoSeesDamage(t *testing.T) {
	t.Parallel()
	good := convert(t, writeWedge(t))
	damages := []struct{ name, from, to string }{
		{"none", "", ""},
		{"unknown attribute", `<freejoint name`, `<freejoint colour="red" name`},
		{"bad number", `mass="4.0`, `mass="four" class="4.0`},
		{"missing mesh", `file="part.obj"`, `file="gone.obj"`},
		{"wrong mass", `mass="4.00`, `mass="4.01`},
		{"wrong centre", `<inertial pos="`, `<inertial pos="1`},
		{"wrong inertia", `diaginertia="0.0494`, `diaginertia="0.0495`},
		{"zero inertia", `diaginertia="`, `diaginertia="0 0 0" user="`},
		{"nothing to touch", `class="collision" name`, `class="visual" name`},
		{"touches elsewhere", `class="collision" name`, `class="collision" pos="0 0 0.2" name`},
	}
	var asks []ask
	for _, d := range damages {
		a := asked(t, good)
		if d.from != "" {
			if a.XML = strings.Replace(good.model, d.from, d.to, 1); a.XML == good.model {
				t.Fatalf("%s: nothing to damage in\n%s", d.name, good.model)
			}
		}
		asks = append(asks, a)
	}
	for i, v := range judged(t, asks) {
		bad := v.faults(good)
		if sound := len(bad) == 0; sound != (i == 0) {
			t.Errorf("%s: %v", damages[i].name, bad)
		}
		t.Logf("%s: %v", damages[i].name, bad)
	}
}

func writeWedge(t *testing.T) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), "wedge.obj")
	if err := os.WriteFile(f, []byte(wedge), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}
