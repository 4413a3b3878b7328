package usdref

import (
	"bytes"
	"encoding/binary"
	"io"
)

// The binary form ("crate"), as OpenUSD's crate file code writes it, versions
// 0.0 to 0.14: a header with the offset of the table of contents, then sections.
// TOKENS are all names and texts, STRINGS index tokens, FIELDS are pairs of a
// name and a value, where small values are in the pair and others are somewhere
// in the file. Geometry is never read.

// Bounds of a crate's tables, far above those of the largest scenes.
const (
	maxSections   = 64
	maxTokenBytes = 256 << 20
	maxTokens     = 16 << 20
	maxFields     = 16 << 20
	maxDepth      = 32
	maxItems      = 1 << 20 // of one list or dictionary
)

// crate is an open binary layer.
type crate struct {
	r       io.ReaderAt
	size    int64
	version [3]byte
	tokens  []string
	strings []uint32
	refs    []Ref
	budget  int // values still to be looked at
}

type section struct{ start, size int64 }

func (c *crate) before(minor byte) bool { return c.version[0] == 0 && c.version[1] < minor }

func readCrate(r io.ReaderAt, size int64) ([]Ref, error) {
	c := &crate{r: r, size: size, budget: 4 * maxFields}
	sections, err := c.table()
	if err != nil {
		return nil, err
	}
	if err := c.readTokens(sections["TOKENS"]); err != nil {
		return nil, err
	}
	if err := c.readStrings(sections["STRINGS"]); err != nil {
		return nil, err
	}
	names, reps, err := c.fields(sections["FIELDS"])
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		key := c.token(name)
		if err := c.value(valueRep(reps[i]), []string{key}, key, 0); err != nil {
			return nil, err
		}
	}
	return c.refs, nil
}

// table reads the table of contents.
func (c *crate) table() (map[string]section, error) {
	h, err := c.bytes(0, 24)
	if err != nil {
		return nil, err
	}
	copy(c.version[:], h[8:11])
	if c.version[0] != 0 {
		return nil, broken("its version %d.%d is unknown", c.version[0], c.version[1])
	}
	at := int64(binary.LittleEndian.Uint64(h[16:]))
	n, err := c.uint64(at)
	if err != nil {
		return nil, err
	}
	if n > maxSections {
		return nil, broken("it has %d sections", n)
	}
	out := map[string]section{}
	for i := range int64(n) {
		b, err := c.bytes(at+8+32*i, 32)
		if err != nil {
			return nil, err
		}
		name, _, _ := bytes.Cut(b[:16], []byte{0})
		s := section{int64(binary.LittleEndian.Uint64(b[16:])), int64(binary.LittleEndian.Uint64(b[24:]))}
		if s.start < 0 || s.size < 0 || s.start > c.size || s.size > c.size-s.start {
			return nil, broken("a section lies outside the file: it is cut short")
		}
		out[string(name)] = s
	}
	return out, nil
}

// bytes reads n bytes at an offset; both come from the file.
func (c *crate) bytes(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > c.size || n > c.size-at {
		return nil, broken("it points outside the file: it is cut short or broken")
	}
	b := make([]byte, n)
	if got, err := c.r.ReadAt(b, at); got < len(b) {
		if err == io.EOF {
			return nil, broken("it is shorter than it was a moment ago")
		}
		return nil, err
	}
	return b, nil
}

func (c *crate) uint64(at int64) (uint64, error) {
	b, err := c.bytes(at, 8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (c *crate) readTokens(s section) error {
	if s.size == 0 {
		return nil
	}
	var data []byte
	n, err := c.uint64(s.start)
	if err != nil {
		return err
	}
	if n > maxTokens {
		return broken("it has too many names")
	}
	if c.before(4) {
		var size uint64
		if size, err = c.uint64(s.start + 8); err != nil {
			return err
		}
		data, err = c.bytes(s.start+16, int64(min(size, maxTokenBytes)))
	} else {
		data, err = c.packed(s.start + 8)
	}
	if err != nil {
		return err
	}
	for range n {
		text, rest, ok := bytes.Cut(data, []byte{0})
		if !ok {
			return broken("its table of names is cut short")
		}
		c.tokens = append(c.tokens, string(text))
		data = rest
	}
	return nil
}

// packed reads a block with both its sizes, unpacked and packed, before it.
func (c *crate) packed(at int64) ([]byte, error) {
	size, err := c.uint64(at)
	if err != nil {
		return nil, err
	}
	if size > maxTokenBytes {
		return nil, broken("its table of names is too large")
	}
	return c.packedTo(at+8, int(size))
}

func (c *crate) packedTo(at int64, size int) ([]byte, error) {
	n, err := c.uint64(at)
	if err != nil {
		return nil, err
	}
	data, err := c.bytes(at+8, int64(min(n, 1<<62)))
	if err != nil {
		return nil, err
	}
	// LZ4 gains a factor of 255 at most.
	if size/255 > len(data) {
		return nil, broken("a compressed section is broken")
	}
	return unpack(data, size)
}

func (c *crate) readStrings(s section) error {
	if s.size < 8 {
		return nil
	}
	n, err := c.uint64(s.start)
	if err != nil {
		return err
	}
	if n > uint64(s.size-8)/4 || n > maxTokens {
		return broken("its table of texts is cut short")
	}
	c.strings, err = c.uint32s(s.start+8, int64(n))
	return err
}

func (c *crate) uint32s(at, n int64) ([]uint32, error) {
	b, err := c.bytes(at, 4*n)
	if err != nil {
		return nil, err
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out, nil
}

// fields reads the names (as tokens) and values of all fields.
func (c *crate) fields(s section) (names []uint32, reps []uint64, err error) {
	if s.size == 0 {
		return nil, nil, nil
	}
	n, err := c.uint64(s.start)
	if err != nil {
		return nil, nil, err
	}
	if n > maxFields || n > 255*4*uint64(s.size) {
		return nil, nil, broken("it has too many fields")
	}
	if c.before(4) {
		b, err := c.bytes(s.start+8, 16*int64(n))
		if err != nil {
			return nil, nil, err
		}
		for ; len(b) > 0; b = b[16:] {
			names = append(names, binary.LittleEndian.Uint32(b[4:]))
			reps = append(reps, binary.LittleEndian.Uint64(b[8:]))
		}
		return names, reps, nil
	}
	if n == 0 {
		return nil, nil, nil
	}
	size, err := c.uint64(s.start + 8)
	if err != nil {
		return nil, nil, err
	}
	data, err := c.bytes(s.start+16, int64(min(size, 1<<62)))
	if err != nil {
		return nil, nil, err
	}
	if names, err = unpackInts(data, int(n)); err != nil {
		return nil, nil, err
	}
	raw, err := c.packedTo(s.start+16+int64(size), 8*int(n))
	if err != nil {
		return nil, nil, err
	}
	reps = make([]uint64, n)
	for i := range reps {
		reps[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return names, reps, nil
}

func (c *crate) token(i uint32) string {
	if int64(i) >= int64(len(c.tokens)) {
		return ""
	}
	return c.tokens[i]
}

func (c *crate) text(i uint32) string {
	if int64(i) >= int64(len(c.strings)) {
		return ""
	}
	return c.token(c.strings[i])
}
