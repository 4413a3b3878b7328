package asset

import (
	"fmt"
	"strconv"
	"strings"
)

// maxRefs bounds the references taken from one file. A scene with ten thousand
// textures exists; one with more than this is made to hurt.
const maxRefs = 100_000

// rawRef is a reference as a reader found it, before anything was looked up.
type rawRef struct {
	where string // for people
	raw   string // as written
	names []name // what it may mean, best first

	// offset and length are the bytes to replace to make it say something else,
	// and encode turns a relative slash path into those bytes. Without encode
	// the reference cannot be rewritten.
	offset, length int64
	encode         func(place string) string

	as       Format   // how to read the file it names; empty: by that file's name
	embedded bool     // the content is inside the file
	optional bool     // nothing is missing when nothing answers
	besideTo bool     // also tried beside the primary (MTL: beside the OBJ)
	sameStem string   // extension of the file of the primary's stem to fall back on
	need     int64    // least size of the file it names
	instead  []rawRef // tried in its place when it finds nothing as a whole
	set      *setRule // it names many files
}

// name is one reading of a reference: a path with slashes, and the rule under
// which it counts when a file of exactly that path exists.
type name struct {
	text string
	how  How
}

// invalidf makes the error of a reader; the collector fills in the path.
func invalidf(format string, args ...any) error {
	return &InvalidError{Reason: fmt.Sprintf(format, args...)}
}

// slashed shows \ as /.
func slashed(s string) string { return strings.ReplaceAll(s, `\`, "/") }

// isRemote tells whether a reference names something on the network or in
// another store. Such references are neither companions nor missing. A single
// letter before the colon is a Windows drive.
func isRemote(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	if !ok || len(scheme) < 2 || strings.EqualFold(scheme, "file") {
		return false
	}
	for i, c := range []byte(scheme) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+.-", rune(c))) {
			return false
		}
	}
	return true
}

// trimFileScheme turns "file:///C:/a.png" and "file://host/a.png" into paths.
func trimFileScheme(s string) string {
	if len(s) < 7 || !strings.EqualFold(s[:7], "file://") {
		return s
	}
	s = s[7:]
	if len(s) > 3 && s[0] == '/' && hasDrive(s[1:]) {
		return s[1:]
	}
	return s
}

func hasDrive(s string) bool {
	return len(s) >= 2 && s[1] == ':' && (s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z')
}

// isAbsolute tells whether a path with slashes is absolute on any system.
func isAbsolute(s string) bool {
	return strings.HasPrefix(s, "/") || hasDrive(s)
}

// lineWhere is the place of a reference in a text, for people.
func lineWhere(number int) string { return "line " + strconv.Itoa(number) }
