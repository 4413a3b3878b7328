// Package usdref finds the files that a USD layer names, in its text form (.usda)
// and its binary form (.usdc, "crate"), without composing anything and without
// Pixar's libraries.
//
// A layer names other files in its sublayers, references, payloads and value
// clips, and in asset-valued attributes and metadata, in all variants. What is
// found is what is written: relative paths are not resolved. The identifier in a
// prim's assetInfo is its own name and no dependency; list edits that delete a
// reference name nothing either.
package usdref

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Ref is one place in a layer that names a file.
type Ref struct {
	// Path is the asset path as written, without its delimiters.
	Path string
	// Where is the place, for people: "line 12", "field subLayers".
	Where string
	// Offset and Length are the bytes of Path in a text layer. In a binary one
	// Length is 0: its texts are shared and cannot be replaced one by one.
	Offset, Length int64
	// Template says that Path is the template of a set of value clips, in which
	// runs of # stand for digits.
	Template bool
	// Quoted says that a text layer has Path in quotes instead of between @.
	Quoted bool
}

// FormatError says that a file is no layer or is cut short.
type FormatError struct {
	Reason string // lower case, for people
}

func (e *FormatError) Error() string { return e.Reason }

func broken(format string, args ...any) error {
	return &FormatError{fmt.Sprintf(format, args...)}
}

// Magic are the first bytes of a binary layer; a text one starts with "#usda".
const Magic = "PXR-USDC"

// maxRefs bounds what is taken from one layer.
const maxRefs = 100_000

// Read finds the references of a layer in either form: a .usd file may hold
// both, so the first bytes decide. Errors are *FormatError or those of r.
func Read(r io.ReaderAt, size int64) ([]Ref, error) {
	head := make([]byte, len(Magic))
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch head = head[:n]; {
	case string(head) == Magic:
		return readCrate(r, size)
	case bytes.HasPrefix(head, []byte("#usda")):
		return readText(io.NewSectionReader(r, 0, size))
	}
	return nil, broken("it does not start as a USD layer")
}

// isName tells whether a piece of metadata is the asset's own name rather than a
// dependency.
func isName(dictionaries []string, key string) bool {
	if key != "identifier" {
		return false
	}
	for _, d := range dictionaries {
		if d == "assetInfo" || d == "customData" {
			return true
		}
	}
	return false
}

// isTemplate tells whether a piece of metadata is the path template of value
// clips, which is a string rather than an asset path.
func isTemplate(key string) bool {
	return key == "templateAssetPath" || key == "clipTemplateAssetPath"
}

// plain reduces an asset path to the file it names: without format arguments and
// without the part inside a package. Expressions, which depend on the stage, and
// layers that live in memory name no file.
func plain(path string) (string, bool) {
	if i := strings.Index(path, ":SDF_FORMAT_ARGS:"); i >= 0 {
		path = path[:i]
	}
	if strings.HasSuffix(path, "]") {
		if i := strings.IndexByte(path, '['); i > 0 {
			path = path[:i]
		}
	}
	if path == "" || path[0] == '`' || strings.HasPrefix(path, "anon:") {
		return "", false
	}
	return path, true
}
