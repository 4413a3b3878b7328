package usdref

import "encoding/binary"

// valueRep is a value as fields hold it: what it is, and the value itself or its
// offset in the file.
type valueRep uint64

// The kinds of value that can name a file.
const (
	kindString      = 10
	kindAssetPath   = 12
	kindDictionary  = 31
	kindReferences  = 35
	kindTimeSamples = 46
	kindPayload     = 47
	kindStrings     = 50
	kindPayloads    = 55
)

func (v valueRep) kind() byte        { return byte(v >> 48) }
func (v valueRep) payload() int64    { return int64(v & (1<<48 - 1)) }
func (v valueRep) isArray() bool     { return v>>63&1 == 1 }
func (v valueRep) isInlined() bool   { return v>>62&1 == 1 }
func (v valueRep) isPacked() bool    { return v>>61&1 == 1 }
func (v valueRep) isArrayEdit() bool { return v>>60&1 == 1 }

// value looks for file names in a value. path holds the names of the field and
// of the dictionaries around it, key the innermost name.
func (c *crate) value(v valueRep, path []string, key string, depth int) error {
	if depth > maxDepth {
		return broken("its values are nested too deeply")
	}
	if c.budget--; c.budget < 0 {
		return broken("it has too many values")
	}
	switch v.kind() {
	case kindAssetPath:
		if isName(path, key) {
			return nil
		}
		return c.assetPath(v, key, depth)
	case kindString:
		if isTemplate(key) && !v.isArray() {
			c.add(Ref{Path: c.text(uint32(v.payload())), Template: true}, key)
		}
	case kindStrings:
		if key != "subLayers" {
			return nil
		}
		return c.each(v.payload(), 4, func(b []byte) {
			c.add(Ref{Path: c.text(binary.LittleEndian.Uint32(b))}, key)
		})
	case kindReferences, kindPayloads:
		return c.listOp(v, depth)
	case kindPayload:
		b, err := c.bytes(v.payload(), 4)
		if err == nil {
			c.add(Ref{Path: c.text(binary.LittleEndian.Uint32(b))}, "payload")
		}
		return err
	case kindDictionary:
		if v.isInlined() || v.payload() == 0 {
			return nil // empty
		}
		_, err := c.dictionary(v.payload(), path, depth)
		return err
	case kindTimeSamples:
		return c.timeSamples(v, path, key, depth)
	}
	return nil
}

func (c *crate) add(ref Ref, field string) {
	path, ok := plain(ref.Path)
	if !ok || len(c.refs) >= maxRefs {
		return
	}
	ref.Path, ref.Where = path, "field "+field
	c.refs = append(c.refs, ref)
}

// assetPath takes one asset path, which is a token, or an array, whose elements
// are strings.
func (c *crate) assetPath(v valueRep, key string, depth int) error {
	switch {
	case v.isArrayEdit():
		if v.payload() == 0 {
			return nil
		}
		values, err := c.uint64(v.payload())
		if err != nil || valueRep(values).kind() != kindAssetPath {
			return err
		}
		return c.value(valueRep(values), nil, key, depth+1)
	case !v.isArray():
		c.add(Ref{Path: c.token(uint32(v.payload()))}, key)
		return nil
	case v.payload() == 0 || v.isPacked():
		return nil // empty; asset paths are never packed
	}
	at := v.payload()
	if c.before(5) {
		at += 4 // the rank of the array, always 1
	}
	if !c.before(7) {
		return c.each(at, 4, func(b []byte) {
			c.add(Ref{Path: c.text(binary.LittleEndian.Uint32(b))}, key)
		})
	}
	b, err := c.bytes(at, 4)
	if err != nil {
		return err
	}
	return c.items(at+4, uint64(binary.LittleEndian.Uint32(b)), 4, func(b []byte) {
		c.add(Ref{Path: c.text(binary.LittleEndian.Uint32(b))}, key)
	})
}

// each goes over a list: a count of 64 bits, then items of one size.
func (c *crate) each(at, size int64, visit func([]byte)) error {
	n, err := c.uint64(at)
	if err != nil {
		return err
	}
	return c.items(at+8, n, size, visit)
}

func (c *crate) items(at int64, n uint64, size int64, visit func([]byte)) error {
	if n > maxItems {
		return broken("a list in it is too long")
	}
	b, err := c.bytes(at, int64(n)*size)
	if err != nil {
		return err
	}
	for ; len(b) > 0; b = b[size:] {
		visit(b[:size])
	}
	return nil
}

// listOp takes the references or payloads of a list edit: a byte that says which
// lists there are, then the lists. What is deleted or only reordered names
// nothing new.
func (c *crate) listOp(v valueRep, depth int) error {
	at := v.payload()
	h, err := c.bytes(at, 1)
	if err != nil {
		return err
	}
	const explicit, added, deleted, ordered, prepended, appended = 2, 4, 8, 16, 32, 64
	at++
	for _, bit := range []byte{explicit, added, prepended, appended, deleted, ordered} {
		if h[0]&bit == 0 {
			continue
		}
		if bit == deleted || bit == ordered {
			break
		}
		n, err := c.uint64(at)
		if err != nil {
			return err
		}
		if n > maxItems {
			return broken("a list in it is too long")
		}
		at += 8
		for range n {
			if at, err = c.listItem(v, at, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// listItem takes one reference or payload: file, prim, layer offset and, of a
// reference, a dictionary. It returns where the next one starts.
func (c *crate) listItem(v valueRep, at int64, depth int) (int64, error) {
	b, err := c.bytes(at, 8)
	if err != nil {
		return 0, err
	}
	path := c.text(binary.LittleEndian.Uint32(b))
	at += 8
	if v.kind() == kindPayloads {
		c.add(Ref{Path: path}, "payload")
		if !c.before(8) {
			at += 16
		}
		return at, nil
	}
	c.add(Ref{Path: path}, "references")
	return c.dictionary(at+16, []string{"customData"}, depth)
}

// dictionary goes over names and values. Each value has before it the distance to
// its representation, because what it consists of may lie in between.
func (c *crate) dictionary(at int64, path []string, depth int) (next int64, err error) {
	n, err := c.uint64(at)
	if err != nil {
		return 0, err
	}
	if n > maxItems {
		return 0, broken("a dictionary in it is too large")
	}
	at += 8
	for range n {
		b, err := c.bytes(at, 12)
		if err != nil {
			return 0, err
		}
		key := c.text(binary.LittleEndian.Uint32(b))
		at += 4 + int64(binary.LittleEndian.Uint64(b[4:]))
		rep, err := c.uint64(at)
		if err != nil {
			return 0, err
		}
		at += 8
		inner := append(path[:len(path):len(path)], key)
		if err := c.value(valueRep(rep), inner, key, depth+1); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// timeSamples takes the values of an animated attribute: a distance to the times,
// then a distance to the list of values.
func (c *crate) timeSamples(v valueRep, path []string, key string, depth int) error {
	at := v.payload()
	for range 2 {
		step, err := c.uint64(at)
		if err != nil {
			return err
		}
		if at += int64(step); step != 0 && at == v.payload() {
			return nil
		}
		at += 8
	}
	// at is past the count now; before it stands how many values follow.
	n, err := c.uint64(at - 8)
	if err != nil {
		return err
	}
	if n > maxItems {
		return nil // so many samples are of numbers
	}
	const few = 64
	b, err := c.bytes(at, 8*int64(min(n, few)))
	if err != nil {
		return err
	}
	any := false
	for i := 0; i < len(b); i += 8 {
		any = any || valueRep(binary.LittleEndian.Uint64(b[i:])).kind() == kindAssetPath
	}
	if !any {
		return nil
	}
	if b, err = c.bytes(at, 8*int64(n)); err != nil {
		return err
	}
	for ; len(b) > 0; b = b[8:] {
		if rep := valueRep(binary.LittleEndian.Uint64(b)); rep.kind() == kindAssetPath {
			if err := c.value(rep, path, key, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
