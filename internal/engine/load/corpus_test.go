package load

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"simdrop/internal/engine/assimp"
	"simdrop/internal/engine/scene"
)

// corpusDir finds the corpus of real assets beside the module.
func corpusDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SIMDROP_CORPUS")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
				break
			}
			above := filepath.Dir(at)
			if above == at {
				t.Skip("no module root above the working directory")
			}
			at = above
		}
		dir = filepath.Join(at, "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "corpus.json")); err != nil {
		t.Skip("the corpus of real assets is not here: ", err)
	}
	return dir
}

// expectation is what an asset of the corpus gives: counts, or a refusal that says why.
type expectation struct {
	vertices, triangles, parts, images int
	refused                            string
	warnings                           []string // parts of warnings that must be there
}

// corpus has an expectation for every asset whose format is read, and for those
// that are refused for what they are.
var corpus = map[string]expectation{
	// Read where assimp is installed; vertices and triangles as of version 5.2.
	"fbx-box":              {vertices: 24, triangles: 12, parts: 1},
	"fbx-embedded":         {vertices: 24, triangles: 12, parts: 1, images: 1},
	"fbx-fbm-folder":       {vertices: 24, triangles: 12, parts: 6, images: 2},
	"fbx-missing-textures": {vertices: 24, triangles: 12, parts: 1, warnings: []string{"albedo.png is missing"}},
	"fbx-spider":           {vertices: 958, triangles: 1340, parts: 19, images: 4},

	// The file has 121,496 triangles, 11,154 of them with two equal indices.
	"glb-engine":     {vertices: 84657, triangles: 110342, parts: 115},
	"glb-quad-skin":  {vertices: 4, triangles: 2, parts: 1, warnings: []string{"rest pose"}},
	"glb-truncated":  {refused: "cut short: its header says 10048 bytes, it holds 6000"},
	"glb-v1-length":  {refused: "glTF 1.0"},
	"gltf-cut-json":  {refused: "damaged: its JSON cannot be read"},
	"gltf-embedded":  {vertices: 24, triangles: 12, parts: 1, images: 1},
	"gltf-clearcoat": {vertices: 20106, triangles: 37116, parts: 27, images: 5, warnings: []string{"KHR_materials_clearcoat is left out"}},
	"gltf-unicode":   {vertices: 4, triangles: 2, parts: 1, images: 1},

	"gltf-box-textured":      {vertices: 24, triangles: 12, parts: 1, images: 1},
	"gltf-missing-bin":       {refused: "BoxTextured0.bin is missing"},
	"gltf-morph-primitives":  {vertices: 30, triangles: 32, parts: 2, images: 1, warnings: []string{"morph targets"}},
	"gltf-parent-reference":  {vertices: 24, triangles: 12, parts: 1, images: 1},
	"gltf-siblings-00":       {refused: "holds no triangles, only lines or points"},
	"gltf-simple-morph":      {vertices: 3, triangles: 1, parts: 1, warnings: []string{"morph targets", "animations"}},
	"gltf-texture-transform": {vertices: 48, triangles: 24, parts: 12, images: 5},
	"gltf1-materials-common": {refused: "glTF 1.0"},

	"obj-capsule-options":         {vertices: 5252, triangles: 10200, parts: 1, images: 1, warnings: []string{"textures/wear map.png", "Tr 1"}},
	"obj-empty":                   {refused: "holds no triangles"},
	"obj-fuze":                    {vertices: 664, triangles: 1000, parts: 1, images: 1},
	"obj-missing-mtl":             {vertices: 8, triangles: 12, parts: 1, warnings: []string{"material library nonexistent.mtl is missing"}},
	"obj-mtl-in-subfolder":        {vertices: 8, triangles: 12, parts: 1, warnings: []string{"texture image.jpg is missing"}},
	"obj-mtllib-wrong-extension":  {vertices: 24, triangles: 12, parts: 1, warnings: []string{"cube_mtllib_after_g.mat is missing"}},
	"obj-multiple-mtllib":         {vertices: 936, triangles: 1536, parts: 2},
	"obj-no-mtllib":               {vertices: 2117, triangles: 3732, parts: 1},
	"obj-robot-segment":           {vertices: 936, triangles: 1536, parts: 2},
	"obj-spider":                  {vertices: 974, triangles: 1368, parts: 19, images: 4},
	"obj-texture-options-missing": {vertices: 3, triangles: 1, parts: 1, warnings: []string{"texture diffuse.jpg is missing"}},
	"obj-utf16":                   {vertices: 8, triangles: 12, parts: 1},

	"ply-binary-crlf": {vertices: 8, triangles: 12, parts: 1},
	"ply-cube":        {vertices: 8, triangles: 12, parts: 1},
	"ply-fuze":        {vertices: 664, triangles: 1000, parts: 1, images: 1},

	"stl-solid-binary": {vertices: 398, triangles: 704, parts: 1},
	// 1,368 facets, 56 of them with two equal corners.
	"stl-spider-ascii":  {vertices: 722, triangles: 1312, parts: 1},
	"stl-spider-binary": {vertices: 722, triangles: 1312, parts: 1},

	"zip-glb":           {vertices: 1959, triangles: 3062, parts: 1, images: 2, warnings: []string{"specular-glossiness"}},
	"zip-macosx":        {vertices: 174, triangles: 344, parts: 1},
	"zip-no-primary":    {refused: "holds no 3D asset"},
	"zip-obj-alone":     {vertices: 1509, triangles: 3006, parts: 1},
	"zip-obj-set":       {vertices: 664, triangles: 1000, parts: 1, images: 1},
	"zip-two-primaries": {refused: "holds 2 assets (angle_block.STL, cube.ply)"},
}

func TestCorpus(t *testing.T) {
	dir := corpusDir(t)
	raw, err := os.ReadFile(filepath.Join(dir, "corpus.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Assets []struct{ ID, Dir, Primary, Format string }
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for _, a := range list.Assets {
		t.Run(a.ID, func(t *testing.T) {
			open := func() (*scene.Scene, error) {
				if a.Format == "zip" {
					return Open(t.Context(), filepath.Join(dir, a.Primary), path.Base(a.Primary), Limits{})
				}
				return OpenFS(t.Context(), os.DirFS(filepath.Join(dir, a.Dir)), strings.TrimPrefix(a.Primary, a.Dir+"/"), Limits{})
			}
			want, known := corpus[a.ID]
			if !known {
				want.refused = "Unsupported format: ." // USD and images
			}
			if a.Format == "fbx" && assimp.Find() == "" {
				want.refused = "FBX needs a cloud provider"
			}
			s, err := open()
			if want.refused != "" {
				refused(t, a.ID, err, want.refused)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a.Format == "fbx" { // another version may clean the mesh otherwise
				want.vertices, want.triangles = s.Vertices(), s.Triangles()
			}
			check(t, s, want)
			if again, err := open(); err != nil || !reflect.DeepEqual(s, again) {
				t.Errorf("read again it differs: %v", err)
			}
		})
	}
}

func check(t *testing.T, s *scene.Scene, want expectation) {
	t.Helper()
	got := expectation{vertices: s.Vertices(), triangles: s.Triangles(), parts: len(s.Parts), images: len(s.Images), warnings: want.warnings}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	all := strings.Join(s.Warnings, "\n")
	for _, w := range want.warnings {
		if !strings.Contains(all, w) {
			t.Errorf("warnings %q, want one with %q", s.Warnings, w)
		}
	}
	for _, p := range s.Parts {
		n := len(p.Points) / 3
		if p.Normals != nil && len(p.Normals) != 3*n || p.UVs != nil && len(p.UVs) != 2*n || p.Colors != nil && len(p.Colors) != 3*n {
			t.Errorf("part %q: %d points, %d normals, %d uvs, %d colours", p.Name, n, len(p.Normals)/3, len(p.UVs)/2, len(p.Colors)/3)
		}
		if p.Material >= len(s.Materials) {
			t.Errorf("part %q: material %d of %d", p.Name, p.Material, len(s.Materials))
		}
	}
}
