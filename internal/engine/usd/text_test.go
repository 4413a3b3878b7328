package usd

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
)

func text(t *testing.T, l *Layer) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(context.Background(), &b, l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	got := text(t, &Layer{
		Meta: Dict{
			{"customLayerData", Dict{{"a", Dict{{"n", Int(1)}}}, {"s", String("say \"hi\"\\\n\x01\xff é")}}},
			{"defaultPrim", Token("x")},
			{"metersPerUnit", Double(0.01)},
		},
		Prims: []*Prim{{
			Type: "Xform", Name: "x", API: []string{"A", "B"}, Meta: Dict{{"kind", Token("component")}},
			Attrs: []Attr{
				{Name: "f", Type: "float", Value: Float(0.1)},
				{Name: "q", Type: "quatf", Value: Quat{1, 0, 0, -0.5}},
				{Name: "p", Type: "point3f[]", Value: Vec3s{0, 1, 2, 1e-9, 1e9, float32(math.Copysign(0, -1))}, Meta: Dict{{"interpolation", Token("vertex")}}},
				{Name: "i", Type: "int[]", Value: Indices{1, 2, 4294967295}},
				{Name: "e", Type: "int[]", Value: Ints{}},
				{Name: "t", Type: "token", Uniform: true, Value: Token("none")},
				{Name: "a", Type: "asset", Value: Asset("./t.png")},
				{Name: "c", Type: "float", Connect: "/x/y.outputs:r"},
				{Name: "outputs:r", Type: "float"},
				{Name: "b", Type: "bool", Value: Bool(true)},
			},
			Rels:     []Rel{{"one", []string{"/x"}}, {"two", []string{"/x", "/x/y"}}},
			Children: []*Prim{{Type: "Scope", Name: "y"}, {Type: "Scope", Name: "z"}},
		}},
	})
	want := `#usda 1.0
(
    customLayerData = {
        dictionary a = {
            int n = 1
        }
        string s = "say \"hi\"\\\n\x01\xff é"
    }
    defaultPrim = "x"
    metersPerUnit = 0.01
)

def Xform "x" (
    prepend apiSchemas = ["A", "B"]
    kind = "component"
)
{
    float f = 0.1
    quatf q = (1, 0, 0, -0.5)
    point3f[] p = [(0, 1, 2), (1e-09, 1e+09, 0)] (
        interpolation = "vertex"
    )
    int[] i = [1, 2, 4294967295]
    int[] e = []
    uniform token t = "none"
    asset a = @./t.png@
    float c.connect = </x/y.outputs:r>
    float outputs:r
    bool b = true
    rel one = </x>
    rel two = [</x>, </x/y>]

    def Scope "y"
    {
    }

    def Scope "z"
    {
    }
}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLargeArraysSurviveTheBuffer reads back what was written in many pieces.
func TestLargeArraysSurviveTheBuffer(t *testing.T) {
	pts := make(Vec3s, 3*100_000)
	for i := range pts {
		pts[i] = float32(i) / 7
	}
	s := text(t, &Layer{Prims: []*Prim{{Type: "Mesh", Name: "m", Attrs: []Attr{{Name: "points", Type: "point3f[]", Value: pts}}}}})
	_, s, _ = strings.Cut(s, "= [")
	s, _, _ = strings.Cut(s, "]")
	fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("(), ", r) })
	if len(fields) != len(pts) {
		t.Fatalf("%d numbers, want %d", len(fields), len(pts))
	}
	for i, f := range fields {
		v, err := strconv.ParseFloat(f, 32)
		if err != nil || float32(v) != pts[i] {
			t.Fatalf("number %d is %s, want %g", i, f, pts[i])
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestErrorsComeBack(t *testing.T) {
	l := &Layer{Prims: []*Prim{{Type: "Xform", Name: "x"}}}
	if err := Write(context.Background(), broken{}, l); err == nil || err.Error() != "disk full" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Write(ctx, &bytes.Buffer{}, l); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func BenchmarkText(b *testing.B) {
	pts := make(Vec3s, 3*500_000)
	for i := range pts {
		pts[i] = float32(math.Sin(float64(i)))
	}
	l := &Layer{Prims: []*Prim{{Type: "Mesh", Name: "m", Attrs: []Attr{{Name: "points", Type: "point3f[]", Value: pts}}}}}
	for b.Loop() {
		var n counter
		if err := Write(context.Background(), &n, l); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(n))
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
