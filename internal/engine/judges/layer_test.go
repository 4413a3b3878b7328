package judges

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// opinion is what the judges say of a layer: tinyusdz whether it parses, the rules
// what is wrong, by requirement of the profile and beside them.
type opinion struct {
	Tinyusdz string
	Required map[string][]string
	Beside   []string
}

func opinions(t *testing.T, files []string) (out []opinion) {
	t.Helper()
	for _, line := range judge(t, "usd.mjs", files...) {
		var o opinion
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatal(err)
		}
		// tinyusdz' renderer has no texture alpha; UsdUVTexture has outputs:a.
		if strings.Contains(o.Tinyusdz, "but got `outputs:a`") {
			o.Tinyusdz = ""
		}
		out = append(out, o)
	}
	if len(out) != len(files) {
		t.Fatalf("%d opinions of %d layers", len(out), len(files))
	}
	return out
}

// failed are the requirements that do not hold.
func (o *opinion) failed() (ids []string) {
	for id, bad := range o.Required {
		if len(bad) > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestLayers wants tinyusdz to read every layer, and the rules to say of each of the
// profile's requirements what our own report says: that it holds, or that it does not.
func TestLayers(t *testing.T) {
	t.Parallel()
	all := samples(t)
	var files []string
	for _, s := range all {
		files = append(files, s.usd)
	}
	for i, o := range opinions(t, files) {
		s := all[i]
		if o.Tinyusdz != "" || len(o.Beside) > 0 {
			t.Errorf("%s: tinyusdz %q, rules %q", s.name, o.Tinyusdz, o.Beside)
		}
		if len(s.Requirements) != 34 || len(o.Required) != 34 {
			t.Errorf("%s: the report has %d requirements, the rules %d", s.name, len(s.Requirements), len(o.Required))
		}
		for _, r := range s.Requirements {
			bad, known := o.Required[r.ID]
			if !known || (r.State == "pass") != (len(bad) == 0) {
				t.Errorf("%s: %s is reported as %s (%s), the rules say %q", s.name, r.ID, r.State, r.Why, bad)
			}
		}
		if f := o.failed(); !slices.Equal(f, []string{"NP.005"}) {
			t.Errorf("%s fails %v; the layout, NP.005, is all that is meant to", s.name, f)
		}
	}
}

// damage is done to a good layer's text or to its package: one thing at a time.
type damage struct {
	name     string
	from, to string // in the text, once
	file     string // put into the package
	want     string // the requirement that must see it; "" for any judge
}

const (
	rootBrace = "kind = \"component\"\n)\n{"
	sphere    = "def Sphere \"ball\" (\n prepend apiSchemas = [\"PhysicsCollisionAPI\"]\n)\n{\n float3 xformOp:scale = (1, 2, 1)\n token purpose = \"guide\"\n}\n"
)

var damages = []damage{
	{name: "int for the mass", from: "float physics:mass", to: "int physics:mass", want: "RB.007"},
	{name: "string for the mass", from: "float physics:mass = ", to: `float physics:mass = "x" #`, want: "RB.007"},
	{name: "negative mass", from: "physics:mass = ", to: "physics:mass = -", want: "RB.007"},
	{name: "dangling material", from: "material:binding = </wedge/looks/", to: "material:binding = </wedge/gone/"},
	{name: "counts", from: "faceVertexCounts = [3", to: "faceVertexCounts = [4", want: "com.nvidia.usd.VG.014"},
	{name: "index out of range", from: "faceVertexIndices = [0", to: "faceVertexIndices = [99", want: "com.nvidia.usd.VG.014"},
	{name: "no default prim", from: `    defaultPrim = "wedge"` + "\n", want: "com.nvidia.usd.HI.004"},
	{name: "name with a space", from: `Xform "geometry"`, to: `Xform "the geometry"`},
	{name: "three numbers for a quaternion", from: "principalAxes = (", to: "principalAxes = (1, 0, 0) #"},
	{name: "schema misspelt", from: "PhysicsRigidBodyAPI", to: "PhysicsRigidBodyApi", want: "RB.001"},
	{name: "braces", from: "{\n    point3f", to: "{{\n    point3f"},
	{name: "bogus approximation", from: `"convexHull"`, to: `"convexHullz"`},
	{name: "bogus up axis", from: `upAxis = "Z"`, to: `upAxis = "Q"`, want: "UN.006"},
	{name: "wrong extent", from: "extent = [(", to: "extent = [(7", want: "com.nvidia.usd.VG.002"},
	{name: "centimetres", from: "metersPerUnit = 1", to: "metersPerUnit = 0.01", want: "UN.007"},
	{name: "no metadata", from: "SimReady_Metadata", to: "Metadata", want: "NP.006"},
	{name: "absolute path in the metadata", from: `source_file = "`, to: `source_file = "C:\`, want: "NP.007"},
	{name: "missing texture", from: "float inputs:metallic", to: "asset inputs:file = @./textures/gone.png@\nfloat inputs:metallic", want: "NP.008"},
	{name: "path that climbs", from: "float inputs:metallic", to: "asset inputs:file = @./../wedge/wedge.usd@\nfloat inputs:metallic", want: "com.nvidia.usd.AA.001"},
	{name: "no type", from: "\n        string asset_type = ", to: "\n        string type = ", want: "SR.001"},
	{name: "no day", from: "\n        string usd_date_generated = \"", to: "\n        string usd_date_generated = \"1", want: "SR.001"},
	{name: "over", from: `def Xform "geometry"`, to: `over "geometry"`, want: "HI.010"},
	{name: "subdivided", from: `subdivisionScheme = "none"`, to: `subdivisionScheme = "catmullClark"`, want: "VG.MESH.001"},
	{name: "moved root", from: rootBrace, to: rootBrace + "\ndouble3 xformOp:translate = (1, 0, 0)", want: "VG.025"},
	{name: "skewed body", from: rootBrace, to: rootBrace + "\nmatrix4d xformOp:transform = ((1, 1, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))", want: "com.nvidia.usd.RB.009"},
	{name: "instance", from: `kind = "component"`, to: "instanceable = true", want: "com.nvidia.usd.RB.005"},
	{name: "no normals", from: "normal3f[] normals", to: "normal3f[] directions", want: "com.nvidia.usd.VG.027"},
	{name: "long normal", from: "normals = [(0, 1, 0)", to: "normals = [(0, 2, 0)", want: "com.nvidia.usd.VG.028"},
	{name: "normals to the back", from: "normals = [(0, 1, 0), (0, 1, 0), (0, 1, 0)", to: "normals = [(0, -1, 0), (0, -1, 0), (0, -1, 0)", want: "com.nvidia.usd.VG.029"},
	{name: "second root", from: `def Xform "wedge"`, to: "def Xform \"other\"\n{\n}\n\ndef Xform \"wedge\"", want: "com.nvidia.usd.HI.001"},
	{name: "root without a place", from: `def Xform "wedge"`, to: `def Scope "wedge"`, want: "com.nvidia.usd.HI.003"},
	{name: "body without a place", from: `def Xform "wedge"`, to: `def Scope "wedge"`, want: "com.nvidia.usd.RB.003"},
	{name: "visible collider", from: `token purpose = "guide"`, to: `token purpose = "default"`, want: "RB.010"},
	{name: "colliding group", from: `def Xform "geometry"`, to: "def Xform \"geometry\" (\nprepend apiSchemas = [\"PhysicsCollisionAPI\"]\n)", want: "RB.COL.001"},
	{name: "colliding mesh that is none", from: `def Xform "geometry"`, to: "def Xform \"geometry\" (\nprepend apiSchemas = [\"PhysicsMeshCollisionAPI\"]\n)", want: "RB.COL.002"},
	{name: "mesh collision alone", from: `"PhysicsCollisionAPI", `, want: "RB.COL.003"},
	{name: "egg", from: `def Scope "looks"`, to: sphere + `def Scope "looks"`, want: "com.nvidia.usd.RB.COL.004"},
	{name: "same mesh twice", from: `def Xform "collision"`, to: "TWICE" + `def Xform "collision"`, want: "VG.008"},
	{name: "file name with a space", file: "usd/wedge/a texture.png", want: "NP.002"},
	{name: "folder name with a space", file: "usd/wedge/my textures/a.png", want: "NP.003"},
	{name: "long path", file: "usd/wedge/" + strings.Repeat("d", 150) + "/" + strings.Repeat("e", 100) + ".png", want: "NP.004"},
	{name: "second layer", file: "usd/wedge/other.usda", want: "NP.005"},
	{name: "file of another type", file: "usd/wedge/notes.txt", want: "com.nvidia.usd.AA.002"},
	{name: "no thumbnail", file: "-"},
}

// do writes the damaged package into dir and returns its layer.
func (d *damage) do(t *testing.T, good *sample, text, dir string) string {
	t.Helper()
	bad := text
	if d.from != "" {
		to := d.to
		if rest, ok := strings.CutPrefix(to, "TWICE"); ok {
			mesh := text[strings.Index(text, `def Mesh "part"`):strings.Index(text, d.from)]
			mesh = mesh[:strings.LastIndex(mesh, "}")] // the closing brace of what holds it
			to = strings.Replace(mesh, `"part"`, `"again"`, 1) + "\n" + rest
		}
		if bad = strings.Replace(text, d.from, to, 1); bad == text {
			t.Fatalf("%s: nothing to damage", d.name)
		}
	}
	top := filepath.Dir(filepath.Dir(filepath.Dir(good.usd)))
	if err := os.CopyFS(filepath.Join(dir, "usd"), os.DirFS(filepath.Join(top, "usd"))); err != nil {
		t.Fatal(err)
	}
	switch d.file {
	case "":
	case "-":
		if err := os.RemoveAll(filepath.Join(dir, "usd", "wedge", ".thumbs")); err != nil {
			t.Fatal(err)
		}
	default:
		f := filepath.Join(dir, filepath.FromSlash(d.file))
		if err := os.MkdirAll(filepath.Dir(f), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	layer := filepath.Join(dir, "usd", "wedge", "wedge.usd")
	if err := os.WriteFile(layer, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	return layer
}

// TestLayerJudgesSeeDamage wants the undamaged layer to be found good, and each
// damage to be seen by the rule that it breaks.
func TestLayerJudgesSeeDamage(t *testing.T) {
	t.Parallel()
	good := convert(t, writeWedge(t))
	text, err := os.ReadFile(good.usd)
	if err != nil {
		t.Fatal(err)
	}
	all := append([]damage{{name: "none"}}, damages...)
	files, seen := []string{}, map[string]bool{}
	for i := range all {
		files = append(files, all[i].do(t, good, string(text), filepath.Join(t.TempDir(), fmt.Sprint(i))))
		seen[all[i].want] = true
	}
	for i, o := range opinions(t, files) {
		d, failed := &all[i], o.failed()
		sound := o.Tinyusdz == "" && len(o.Beside) == 0 && slices.Equal(failed, []string{"NP.005"})
		if sound && d.name != "none" && d.want != "NP.005" || !sound && d.name == "none" {
			t.Errorf("%s: tinyusdz %q, failed %v, beside %q", d.name, o.Tinyusdz, failed, o.Beside)
		}
		if d.want != "" && !slices.Contains(failed, d.want) {
			t.Errorf("%s: failed %v, want %s among them; beside %q", d.name, failed, d.want, o.Beside)
		}
		if d.want == "NP.005" && len(o.Required[d.want]) != 2 {
			t.Errorf("%s: %q", d.name, o.Required[d.want])
		}
	}
	for _, r := range good.Requirements {
		if !seen[r.ID] {
			t.Errorf("no damage breaks %s", r.ID)
		}
	}
}
