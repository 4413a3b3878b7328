package usdref

import "encoding/binary"

// unpack undoes the compression of crate sections: a byte with the number of
// chunks, 0 for a single one, then LZ4 blocks, each with its size before it where
// there are several. The result has exactly size bytes.
func unpack(data []byte, size int) ([]byte, error) {
	if len(data) == 0 {
		return nil, broken("a compressed section is empty")
	}
	out := make([]byte, 0, size)
	chunks, data := int(data[0]), data[1:]
	var err error
	if chunks == 0 {
		out, err = lz4(out, data, size)
	}
	for range chunks {
		if len(data) < 4 {
			return nil, broken("a compressed section is cut short")
		}
		n := int(binary.LittleEndian.Uint32(data))
		if n > len(data)-4 {
			return nil, broken("a compressed section is cut short")
		}
		if out, err = lz4(out, data[4:4+n], size); err != nil {
			return nil, err
		}
		data = data[4+n:]
	}
	if err == nil && len(out) != size {
		err = broken("a compressed section has %d bytes where %d are expected", len(out), size)
	}
	return out, err
}

// lz4 appends a decoded block to out, which may grow to limit bytes. The format
// is that of lz4_Block_format.md of the LZ4 project: each sequence is a token,
// literals, and a copy of at least four bytes from what came before.
func lz4(out, src []byte, limit int) ([]byte, error) {
	bad := broken("a compressed section is broken")
	start := len(out)
	for i := 0; i < len(src); {
		token := src[i]
		i++
		n, used, ok := length(int(token>>4), src[i:])
		i += used
		if !ok || n > len(src)-i || n > limit-len(out) {
			return nil, bad
		}
		out = append(out, src[i:i+n]...)
		i += n
		if i == len(src) {
			return out, nil
		}
		if i+2 > len(src) {
			return nil, bad
		}
		back := int(binary.LittleEndian.Uint16(src[i:]))
		i += 2
		n, used, ok = length(int(token&15), src[i:])
		i += used
		n += 4
		if !ok || back == 0 || back > len(out)-start || n > limit-len(out) {
			return nil, bad
		}
		for from := len(out) - back; n > 0; n-- { // may overlap what it writes
			out = append(out, out[from])
			from++
		}
	}
	return nil, bad
}

// length reads a length of which four bits were in the token.
func length(n int, src []byte) (total, used int, ok bool) {
	if n < 15 {
		return n, 0, true
	}
	for i, b := range src {
		n += int(b)
		if b != 255 {
			return n, i + 1, true
		}
		if n > 1<<31 {
			break
		}
	}
	return 0, 0, false
}

// unpackInts undoes the coding of 32-bit numbers on top of that: the most common
// difference between neighbours, two bits per number that say how its difference
// is stored (that one, or in 1, 2 or 4 bytes), then the differences.
func unpackInts(data []byte, count int) ([]uint32, error) {
	codes := (2*count + 7) / 8
	raw, err := unpackUpTo(data, 4+codes+4*count)
	if err != nil {
		return nil, err
	}
	if len(raw) < 4+codes {
		return nil, broken("a list of numbers is cut short")
	}
	common := binary.LittleEndian.Uint32(raw)
	code, rest := raw[4:4+codes], raw[4+codes:]
	out := make([]uint32, count)
	var value uint32
	for i := range out {
		n := [4]int{0, 1, 2, 4}[code[i/4]>>(2*(i%4))&3]
		if n > len(rest) {
			return nil, broken("a list of numbers is cut short")
		}
		switch n {
		case 0:
			value += common
		case 1:
			value += uint32(int8(rest[0]))
		case 2:
			value += uint32(int16(binary.LittleEndian.Uint16(rest)))
		case 4:
			value += binary.LittleEndian.Uint32(rest)
		}
		rest = rest[n:]
		out[i] = value
	}
	return out, nil
}

// unpackUpTo is unpack where only the largest possible size is known.
func unpackUpTo(data []byte, limit int) ([]byte, error) {
	if len(data) == 0 {
		return nil, broken("a compressed section is empty")
	}
	if data[0] != 0 {
		return nil, broken("a list of numbers has an unknown form")
	}
	return lz4(make([]byte, 0, min(limit, 64*len(data))), data[1:], limit)
}
