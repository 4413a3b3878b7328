package asset

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// gltfDoc is what one pass over a glTF JSON tells.
type gltfDoc struct {
	refs []rawRef
	err  error // a buffer that cannot be as long as it says
}

// gltfRefs finds the external resources of a glTF, version 2.0 or 1.0.
func gltfRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	doc, err := readGLTF(io.NewSectionReader(r, 0, size), 0, "")
	if err != nil {
		return nil, err
	}
	return doc.refs, doc.err
}

// readGLTF passes once over a glTF JSON that starts at offset in its file.
func readGLTF(r io.Reader, offset int64, padding string) (gltfDoc, error) {
	var doc gltfDoc
	bufferLength := int64(-1) // of the buffer being read
	bufferData := int64(-1)   // bytes in its data URI
	bufferRef := -1
	root := false
	s := &jsonScanner{src: r}
	s.visit = func(p []string, v jsonValue) {
		inBuffer := len(p) == 3 && p[0] == "buffers"
		switch {
		case inBuffer && p[2] == "byteLength" && !v.isText:
			if n, err := strconv.ParseFloat(v.text, 64); err == nil && n >= 0 && n < 1<<60 {
				bufferLength = int64(n)
			}
		case v.isText && isResource(p):
			if n, ok := dataLength(v); ok {
				if inBuffer {
					bufferData = n
				}
				return
			}
			if v.cut || v.text == "" || len(doc.refs) >= maxRefs {
				return
			}
			v.offset += offset
			doc.refs = append(doc.refs, uriRef(p, v))
			if inBuffer {
				bufferRef = len(doc.refs) - 1
			}
		}
	}
	s.close = func(p []string) {
		root = root || len(p) == 0
		if len(p) != 2 || p[0] != "buffers" {
			return
		}
		if bufferData >= 0 && bufferData < bufferLength && doc.err == nil {
			doc.err = invalidf("buffer %s says %d bytes, its data has %d", p[1], bufferLength, bufferData)
		}
		if bufferRef >= 0 && bufferLength > 0 {
			doc.refs[bufferRef].need = bufferLength
		}
		bufferLength, bufferData, bufferRef = -1, -1, -1
	}
	if err := s.scan(padding); err != nil {
		return gltfDoc{}, err
	}
	if !root {
		return gltfDoc{}, invalidf("its JSON is not an object")
	}
	return doc, nil
}

// isResource tells whether the string at a path names a resource: a uri of a
// buffer, an image, a glTF 1.0 shader, or of anything in an extension. What
// applications keep in extras is theirs.
func isResource(p []string) bool {
	n := len(p)
	if n < 3 || p[n-1] != "uri" || slices.Contains(p, "extras") {
		return false
	}
	if n == 3 && (p[0] == "buffers" || p[0] == "images" || p[0] == "shaders") {
		return true
	}
	return slices.Contains(p[:n-1], "extensions")
}

// dataLength tells whether a string is a data URI (RFC 2397) and how many bytes
// it holds.
func dataLength(v jsonValue) (int64, bool) {
	if len(v.text) < 5 || !strings.EqualFold(v.text[:5], "data:") {
		return 0, false
	}
	head, _, ok := strings.Cut(v.text, ",")
	if !ok || !strings.HasSuffix(strings.ToLower(head), ";base64") {
		return 1 << 62, true // percent-encoded: not worth counting
	}
	// Padding is not looked at: it makes a difference of two bytes at most, and
	// some writers leave it out. Escapes in the string only make it longer.
	return (v.length-int64(len(head))-1)/4*3 + 2, true
}

func uriRef(p []string, v jsonValue) rawRef {
	ref := rawRef{
		where:    jsonPointer(p),
		raw:      v.text,
		offset:   v.offset,
		length:   v.length,
		encode:   encodeURI,
		optional: p[0] == "shaders", // converters bring their own
	}
	// By RFC 3986 a URI is percent-encoded; exporters that forget it name the
	// file as it is.
	text := trimFileScheme(v.text)
	decoded, err := url.PathUnescape(text)
	if err == nil {
		ref.names = append(ref.names, readings(decoded, Exact)...)
	}
	if err != nil || decoded != text {
		ref.names = append(ref.names, readings(text, RawURI)...)
	}
	return ref
}

// readings are what a path may mean in formats whose separator is / alone: as it
// is and, because Windows exporters forget, with \ as /.
func readings(text string, how How) []name {
	names := []name{{text, how}}
	if strings.Contains(text, `\`) {
		if hasDrive(text) || strings.HasPrefix(text, `\\`) {
			return []name{{slashed(text), Backslash}}
		}
		names = append(names, name{slashed(text), Backslash})
	}
	return names
}

// encodeURI writes a relative slash path as a URI inside a JSON string.
func encodeURI(place string) string {
	elems := strings.Split(place, "/")
	for i, e := range elems {
		elems[i] = url.PathEscape(e)
	}
	text := strings.Join(elems, "/")
	if i := strings.IndexByte(elems[0], ':'); i >= 0 {
		text = "./" + text // else the part before the colon is a scheme
	}
	b, err := json.Marshal(text)
	if err != nil {
		return text
	}
	return string(b[1 : len(b)-1])
}

// jsonPointer writes a path by RFC 6901.
func jsonPointer(p []string) string {
	var b strings.Builder
	for _, e := range p {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(e, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
