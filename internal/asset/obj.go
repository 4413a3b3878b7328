package asset

import (
	"bytes"
	"io"
	"path"
	"strings"
)

// objRefs finds the material libraries of a Wavefront OBJ. Nothing else in the
// file is looked at, so that gigabytes of geometry cost a scan and no memory.
func objRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	lines := newLineReader(r, size)
	known := false
	want := func(start []byte) bool {
		for len(start) > 0 && (start[0] == ' ' || start[0] == '\t') {
			start = start[1:]
		}
		known = known || isObjStatement(start)
		return len(start) > 7 && (start[0]|0x20) == 'm' && bytes.EqualFold(start[:6], []byte("mtllib")) &&
			(start[6] == ' ' || start[6] == '\t')
	}
	var refs []rawRef
	for {
		ln, err := lines.next(want)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if ref, ok := mtllib(ln); ok && len(refs) < maxRefs {
			refs = append(refs, ref)
		}
	}
	if !known {
		return nil, invalidf("it holds no line of an OBJ file")
	}
	if len(refs) == 1 {
		refs[0].sameStem = ".mtl"
	}
	return refs, nil
}

// objStatements are the first words of the OBJ specification's statements, plus
// "#" for a comment.
var objStatements = []string{
	"v", "vt", "vn", "vp", "p", "l", "f", "fo", "o", "g", "s", "mg", "usemtl", "mtllib", "usemap", "maplib",
	"cstype", "deg", "bmat", "step", "curv", "curv2", "surf", "parm", "trim", "hole", "scrv", "sp", "end", "con",
	"bevel", "c_interp", "d_interp", "lod", "shadow_obj", "trace_obj", "ctech", "stech", "call", "csh",
}

func isObjStatement(line []byte) bool {
	word := line
	if i := bytes.IndexAny(line, " \t"); i >= 0 {
		word = line[:i]
	}
	if len(word) == 0 || len(word) > 10 {
		return false
	}
	for _, s := range objStatements {
		if strings.EqualFold(string(word), s) {
			return true
		}
	}
	return false
}

// mtllib reads one mtllib line. It may name one file with blanks in its name or
// several files: the whole rest of the line is tried first, then its words.
func mtllib(ln line) (rawRef, bool) {
	start := len(ln.text) - len(strings.TrimLeft(ln.text, " \t")) + len("mtllib")
	rest := words(ln.text, start)
	if len(rest) == 0 {
		return rawRef{}, false
	}
	ref := textRef(ln, rest[0].start, rest[len(rest)-1].end)
	ref.as = "mtl"
	if len(rest) == 1 {
		return ref, true
	}
	for _, g := range groupNames(ln.text, rest) {
		part := textRef(ln, g.start, g.end)
		part.as = "mtl"
		ref.instead = append(ref.instead, part)
	}
	return ref, true
}

// groupNames cuts a line into names that may hold blanks: a name ends where a
// word ends in .mtl or, on a line without any, where a word has an extension.
func groupNames(text string, ws []span) []span {
	ends := func(w span) bool { return strings.EqualFold(path.Ext(text[w.start:w.end]), ".mtl") }
	any := false
	for _, w := range ws {
		any = any || ends(w)
	}
	if !any {
		ends = func(w span) bool { return path.Ext(text[w.start:w.end]) != "" }
	}
	var out []span
	begin := -1
	for i, w := range ws {
		if begin < 0 {
			if text[w.start] == '#' {
				break // a remark after the names
			}
			begin = w.start
		}
		if ends(w) || i == len(ws)-1 {
			out = append(out, span{begin, w.end})
			begin = -1
		}
	}
	return out
}

// span is a part of a line's text.
type span struct{ start, end int }

// words cuts text from start on at blanks.
func words(text string, start int) []span {
	var out []span
	for i := start; i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		j := i
		for j < len(text) && text[j] != ' ' && text[j] != '\t' {
			j++
		}
		out = append(out, span{i, j})
		i = j
	}
	return out
}

// textRef makes the reference that a part of an OBJ or MTL line is. Both formats
// are written on every system, so \ counts as / in them.
func textRef(ln line, start, end int) rawRef {
	if end-start > 2 && ln.text[start] == '"' && ln.text[end-1] == '"' {
		start, end = start+1, end-1
	}
	raw := ln.text[start:end]
	how := Exact
	if strings.Contains(raw, `\`) {
		how = Backslash
	}
	ref := rawRef{
		where: lineWhere(ln.number),
		raw:   raw,
		names: []name{{slashed(trimFileScheme(raw)), how}},
	}
	if offset, length, ok := ln.span(start, end); ok {
		ref.offset, ref.length = offset, length
		ref.encode = ln.lines.encode
	}
	return ref
}
