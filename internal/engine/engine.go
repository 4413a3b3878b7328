// Package engine is the local converter: it reads a 3D asset and writes a
// physics-ready USD package in the layout Rigyd delivers, without a network or
// an account. Equal input gives equal bytes.
//
// It says honestly what it did: the report names every guess and every
// requirement it did not check.
package engine

import (
	"encoding/json"
	"io"
)

// Input is the asset to convert.
type Input struct {
	// Path is the file on disk: a primary, or a ZIP of a primary with its companions.
	Path string
	// Filename is its name as uploaded; the package's names derive from it,
	// less simdrop's token.
	Filename string
	Options  Options
}

// Options are the conversion fields the engine understands.
type Options struct {
	TargetTriangles int               // 0 keeps all
	Units           string            // "", mm, cm, m, in: for formats that do not say
	Echo            map[string]string // fields it was sent and does not apply, for the report
}

// Output is what a conversion made beside the package.
type Output struct {
	Name       string          // base name of the package: snake_case
	Report     json.RawMessage // the engine's report
	InputStats json.RawMessage // vertices, triangles, parts, materials as read
	HasMJCF    bool
}

// Formats are the extensions Convert reads, without the dot. FBX is among them
// where assimp is not installed too: then the refusal says what is missing.
func Formats() []string { return []string{"glb", "gltf", "fbx", "obj", "stl", "ply", "zip"} }

// Summary is a report's one line: which requirements of the profile hold, which
// fail, and what was not done. It is "" for a report without one.
func Summary(report json.RawMessage) string {
	var r struct{ Summary string }
	if err := json.Unmarshal(report, &r); err != nil {
		return ""
	}
	return r.Summary
}

// InputError is a problem of the asset itself, told so that a person understands it.
type InputError struct{ Reason string }

func (e *InputError) Error() string { return e.Reason }

// A Writer receives the finished package, one file after the other. Names are
// slash paths: usd/<base>/<model>.usd, usd/<base>/textures/…, mjcf/<base>/…
type Writer interface {
	Create(name string) (io.Writer, error)
}
