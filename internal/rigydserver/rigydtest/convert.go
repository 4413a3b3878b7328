package rigydtest

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
)

var (
	tokenPattern = regexp.MustCompile(`_sd-[0-9a-z]+$`)
	notInNames   = regexp.MustCompile(`[^a-z0-9]+`)
)

// Base is the name that Convert gives a package: the upload's without extension
// and token, in snake_case.
func Base(filename string) string {
	stem := tokenPattern.ReplaceAllString(strings.TrimSuffix(filename, path.Ext(filename)), "")
	base := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(stem), "_"), "_")
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		return "asset_" + base
	}
	return base
}

// Convert is a real converter of little ambition: whatever the input, the
// package holds a textured square that is a rigid body, and names the input's
// digest, so that a test can tell which upload it came from. An empty input, or
// one that begins with "broken", is refused.
func Convert(_ context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
	f, err := os.Open(in.Path)
	if err != nil {
		return engine.Output{}, err
	}
	defer f.Close()
	head := make([]byte, 6)
	n, err := io.ReadFull(f, head)
	if n == 0 {
		return engine.Output{}, &engine.InputError{Reason: "the file is empty"}
	}
	if string(head[:n]) == "broken" {
		return engine.Output{}, &engine.InputError{Reason: "the file holds no triangles"}
	}
	if err != nil && err != io.ErrUnexpectedEOF {
		return engine.Output{}, err
	}
	h := sha256.New()
	_, _ = h.Write(head[:n])
	rest, err := io.Copy(h, f)
	if err != nil {
		return engine.Output{}, err
	}
	out := engine.Output{
		Name:       Base(in.Filename),
		Report:     json.RawMessage(fmt.Sprintf(`{"engine":"rigydtest","source_sha256":%q}`, hex.EncodeToString(h.Sum(nil)))),
		InputStats: json.RawMessage(fmt.Sprintf(`{"bytes":%d}`, int64(n)+rest)),
		HasMJCF:    true,
	}
	return out, writePackage(w, out.Name, hex.EncodeToString(h.Sum(nil)))
}

// Generate makes the same package from a prompt or images.
func Generate(_ context.Context, in rigydserver.Prompt, w engine.Writer) (engine.Output, error) {
	name, seed := Base(in.Text+".txt"), in.Text
	for i, img := range in.Images {
		b, err := os.ReadFile(img.Path)
		if err != nil {
			return engine.Output{}, err
		}
		if seed += string(b); i == 0 {
			name = Base(img.Name)
		}
	}
	if name = name[:min(len(name), 40)]; strings.Contains(in.Text, "broken") {
		return engine.Output{}, &engine.InputError{Reason: "nothing could be made of that"}
	}
	sum := sha256.Sum256([]byte(seed))
	return engine.Output{Name: name}, writePackage(w, name, hex.EncodeToString(sum[:]))
}

// Simulate writes a log that names the scene and counts the package's files.
func Simulate(_ context.Context, in rigydserver.Simulation, w engine.Writer) error {
	zr, err := zip.OpenReader(in.Package)
	if err != nil {
		return err
	}
	defer zr.Close()
	f, err := w.Create("sim/" + in.Name + "_" + in.Scene + ".log")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "scene %s: %d files, came to rest\n", in.Scene, len(zr.File))
	return err
}

func writePackage(w engine.Writer, base, digest string) error {
	f, err := w.Create("usd/" + base + "/" + base + ".usd")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(f, layer, base, digest); err != nil {
		return err
	}
	if f, err = w.Create("usd/" + base + "/textures/checker.png"); err != nil {
		return err
	}
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	img.SetGray(0, 0, color.Gray{Y: 255})
	img.SetGray(1, 1, color.Gray{Y: 255})
	if err := png.Encode(f, img); err != nil {
		return err
	}
	if f, err = w.Create("mjcf/" + base + "/" + base + ".xml"); err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "<mujoco model=%q>\n  <worldbody><body><freejoint/><geom type=\"box\" size=\".5 .5 .01\"/></body></worldbody>\n</mujoco>\n", base)
	return err
}

const layer = `#usda 1.0
(
    customLayerData = {
        string asset_name = "%[1]s"
        string source_sha256 = "%[2]s"
    }
    defaultPrim = "%[1]s"
    metersPerUnit = 1
    upAxis = "Z"
)

def Xform "%[1]s" (
    prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"]
    kind = "component"
)
{
    float physics:mass = 1

    def Mesh "square" (
        prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"]
    )
    {
        float3[] extent = [(-0.5, -0.5, 0), (0.5, 0.5, 0)]
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        rel material:binding = </%[1]s/looks/checker>
        point3f[] points = [(-0.5, -0.5, 0), (0.5, -0.5, 0), (0.5, 0.5, 0), (-0.5, 0.5, 0)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (
            interpolation = "vertex"
        )
        uniform token subdivisionScheme = "none"
    }

    def Scope "looks"
    {
        def Material "checker"
        {
            token outputs:surface.connect = </%[1]s/looks/checker/surface.outputs:surface>

            def Shader "surface"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor.connect = </%[1]s/looks/checker/image.outputs:rgb>
                token outputs:surface
            }

            def Shader "image"
            {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @./textures/checker.png@
                float2 inputs:st.connect = </%[1]s/looks/checker/st.outputs:result>
                float3 outputs:rgb
            }

            def Shader "st"
            {
                uniform token info:id = "UsdPrimvarReader_float2"
                string inputs:varname = "st"
                float2 outputs:result
            }
        }
    }
}
`
