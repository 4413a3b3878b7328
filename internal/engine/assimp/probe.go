package assimp

import (
	"context"
	_ "embed"
	"math"
	"os"
	"path/filepath"

	"simdrop/internal/engine/scene"
)

// probeFBX is a triangle with the corners (1,0,0), (0,2,0) and (0,0,4), in units
// of 50 cm, Z up.
//
//go:embed probe.fbx
var probeFBX []byte

const probeUnit = 50

// habits are what the installed assimp does to points by itself.
type habits struct {
	scales  scaling
	rotates bool // to Y up
}

type scaling int

const (
	keeps         scaling = iota // numbers are as in the file
	toCentimeters                // multiplied by UnitScaleFactor
	toMeters                     // multiplied by UnitScaleFactor / 100
)

// scaled is what the tool has multiplied the points of a file of this factor by.
func (h habits) scaled(factor float64) float64 {
	switch h.scales {
	case toCentimeters:
		return factor
	case toMeters:
		return factor / 100
	}
	return 1
}

// probe converts the known triangle and sees what became of it.
func probe(ctx context.Context, tool, dir string) (habits, error) {
	input := filepath.Join(dir, "probe.fbx")
	if err := os.WriteFile(input, probeFBX, 0o600); err != nil {
		return habits{}, err
	}
	s, err := convert(ctx, tool, dir, input, scene.Source{Name: "the probe"})
	if err != nil {
		return habits{}, err
	}
	return judge(s)
}

// judge finds the corner farthest out, (0,0,4) in the file.
func judge(s *scene.Scene) (habits, error) {
	var far [3]float64
	best := 0.0
	for _, p := range s.Parts {
		for i := 0; i+2 < len(p.Points); i += 3 {
			at := place(&p.Transform, p.Points[i:])
			if d := math.Sqrt(at[0]*at[0] + at[1]*at[1] + at[2]*at[2]); d > best {
				best, far = d, at
			}
		}
	}
	var h habits
	switch {
	case near(best, 4):
	case near(best, 4*probeUnit):
		h.scales = toCentimeters
	case near(best, 4*probeUnit/100.0):
		h.scales = toMeters
	default:
		return h, scene.Refuse("this version of assimp scales FBX in a way the local engine does not know")
	}
	switch {
	case near(far[2], best):
	case near(far[1], best):
		h.rotates = true
	default:
		return h, scene.Refuse("this version of assimp turns FBX in a way the local engine does not know")
	}
	return h, nil
}

func place(m *[16]float64, p []float32) (out [3]float64) {
	for r := range out {
		out[r] = m[12+r]
		for c := range 3 {
			out[r] += m[4*c+r] * float64(p[c])
		}
	}
	return out
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-3*math.Abs(b) }
