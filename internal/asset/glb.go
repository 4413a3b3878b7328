package asset

import (
	"encoding/binary"
	"io"
)

// GLB container, glTF 2.0 specification, section 4.4: a 12-byte header (magic,
// version, length) and chunks of (length, type, data). Version 1 is the
// KHR_binary_glTF extension of glTF 1.0: a 20-byte header that also gives the
// length and kind of the JSON, which follows it.
const (
	glbMagic     = 0x46546C67 // "glTF"
	glbJSON      = 0x4E4F534A
	maxGLBChunks = 1 << 16
)

// glb is the layout of a GLB file.
type glb struct {
	version      uint32
	jsonAt, json int64 // offset and length of the JSON
}

// readGLB checks the container: all lengths must add up to the file's size.
func readGLB(r io.ReaderAt, size int64) (glb, error) {
	var h [20]byte
	if size < int64(len(h)) {
		return glb{}, invalidf("it has %d bytes, too few for a GLB file", size)
	}
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return glb{}, readError(err)
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(h[i:]) }
	if word(0) != glbMagic {
		return glb{}, invalidf("it does not start as a GLB file")
	}
	g := glb{version: word(4), jsonAt: 20, json: int64(word(12))}
	if length := int64(word(8)); length != size {
		return glb{}, invalidf("the header says %d bytes, the file has %d", length, size)
	}
	switch g.version {
	case 1:
		if g.jsonAt+g.json > size {
			return glb{}, invalidf("its JSON reaches beyond the end of the file")
		}
		return g, nil
	case 2:
		if word(16) != glbJSON {
			return glb{}, invalidf("its first chunk is not JSON")
		}
		return g, chunksFit(r, size)
	}
	return glb{}, invalidf("its version %d is unknown", g.version)
}

func chunksFit(r io.ReaderAt, size int64) error {
	var h [8]byte
	at := int64(12)
	for n := 0; at < size; n++ {
		if n > maxGLBChunks {
			return invalidf("it has too many chunks")
		}
		if size-at < 8 {
			return invalidf("it has %d bytes after its last chunk", size-at)
		}
		if _, err := r.ReadAt(h[:], at); err != nil {
			return readError(err)
		}
		at += 8 + int64(binary.LittleEndian.Uint32(h[:]))
	}
	if at > size {
		return invalidf("a chunk reaches %d bytes beyond the end of the file", at-size)
	}
	return nil
}

// glbRefs finds what the JSON of a GLB names outside the file. The first buffer
// is inside, so most have nothing.
func glbRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	g, err := readGLB(r, size)
	if err != nil {
		return nil, err
	}
	doc, err := readGLTF(io.NewSectionReader(r, g.jsonAt, g.json), g.jsonAt, "\x00")
	if err != nil {
		return nil, err
	}
	refs := doc.refs[:0]
	for _, ref := range doc.refs {
		// In version 1 this one is the body of the file, whatever its uri says.
		if g.version == 1 && ref.where == "/buffers/binary_glTF/uri" {
			continue
		}
		refs = append(refs, ref)
	}
	return refs, doc.err
}

// glbEdits makes the edits of a GLB's JSON and those that keep the container
// right: the JSON is padded with blanks to a multiple of four, and the two
// lengths in the header follow.
func glbEdits(r io.ReaderAt, size int64, edits []Edit) ([]Edit, error) {
	g, err := readGLB(r, size)
	if err != nil {
		return nil, err
	}
	grown := int64(0)
	for _, e := range edits {
		grown += int64(len(e.Text)) - e.Length
	}
	pad := (4 - (g.json+grown)%4) % 4
	if g.json%4 != 0 {
		pad = 0 // not aligned before, as version 1 allows
	}
	var lengths [8]byte
	binary.LittleEndian.PutUint32(lengths[0:], uint32(size+grown+pad))
	binary.LittleEndian.PutUint32(lengths[4:], uint32(g.json+grown+pad))
	out := append([]Edit{{Offset: 8, Length: 8, Text: string(lengths[:])}}, edits...)
	if pad > 0 {
		out = append(out, Edit{Offset: g.jsonAt + g.json, Text: "    "[:pad]})
	}
	return out, nil
}
