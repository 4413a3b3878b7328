package asset

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// mtlRefs finds the pictures of a material library: every map_* statement and
// bump, disp, decal, refl and norm, with options before or after the name.
func mtlRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	lines := newLineReader(r, size)
	var refs []rawRef
	for len(refs) < maxRefs {
		ln, err := lines.next(isMapStatement)
		if err == io.EOF {
			return refs, nil
		}
		if err != nil {
			return nil, err
		}
		ws := words(ln.text, 0)
		if start, end, ok := mapName(ln.text, ws[1:]); ok {
			ref := textRef(ln, start, end)
			ref.besideTo = true
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

// isMapStatement tells whether a line of an MTL file names a picture. map_aat
// only switches anti-aliasing on or off.
func isMapStatement(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	i := bytes.IndexAny(line, " \t")
	if i < 0 {
		return false
	}
	switch word := strings.ToLower(string(line[:min(i, 64)])); word {
	case "map_aat":
		return false
	case "bump", "disp", "decal", "refl", "norm":
		return true
	default:
		return strings.HasPrefix(word, "map_")
	}
}

// mapOptions gives for each option of a map statement how many words follow it:
// at least and at most. Optional words are numbers.
var mapOptions = map[string][2]int{
	"-s": {1, 3}, "-o": {1, 3}, "-t": {1, 3},
	"-mm": {2, 2}, "-bm": {1, 1}, "-clamp": {1, 1}, "-blendu": {1, 1}, "-blendv": {1, 1}, "-texres": {1, 1},
	"-imfchan": {1, 1}, "-cc": {1, 1}, "-boost": {1, 1}, "-type": {1, 1}, "-colorspace": {1, 1},
}

// mapName finds the file's name among the words after a map statement. The name
// may hold blanks; options stand before it or, in some exporters, after it.
func mapName(text string, ws []span) (start, end int, ok bool) {
	for len(ws) > 0 {
		n := optionLength(text, ws)
		if n == 0 {
			break
		}
		ws = ws[n:]
	}
	if len(ws) == 0 {
		return 0, 0, false
	}
	last := len(ws)
	for i := 1; i < len(ws); i++ {
		if allOptions(text, ws[i:]) {
			last = i
			break
		}
	}
	return ws[0].start, ws[last-1].end, true
}

// optionLength is the number of words that the option at the start of ws takes,
// itself included; 0 when there is none, or when it would leave no name.
func optionLength(text string, ws []span) int {
	count, known := mapOptions[strings.ToLower(text[ws[0].start:ws[0].end])]
	if !known {
		return 0
	}
	n := 1
	for n <= count[1] && n < len(ws) {
		_, err := strconv.ParseFloat(text[ws[n].start:ws[n].end], 64)
		if n > count[0] && err != nil {
			break
		}
		if count[1] > count[0] && err != nil {
			break // -o tex.png: an option without its numbers
		}
		n++
	}
	return n
}

func allOptions(text string, ws []span) bool {
	for len(ws) > 0 {
		n := optionLength(text, ws)
		if n == 0 {
			return false
		}
		ws = ws[n:]
	}
	return true
}
