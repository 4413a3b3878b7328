package asset

import (
	"bufio"
	"io"
	"math"
	"strconv"
	"strings"
)

// Bounds of a PLY header, far above any real one.
const (
	maxPLYHeader = 1 << 20
	maxPLYItems  = 10_000
)

// ply is the header of a Stanford PLY file.
type ply struct {
	format   string // ascii, binary_little_endian, binary_big_endian
	elements []plyElement
	size     int64 // of the header
}

type plyElement struct {
	count  int64
	stride int64 // bytes of one, -1 with lists in it
	props  []plyProp
}

// plyProp is a property: its size in bytes or, for a list, also its counter's.
type plyProp struct {
	counter, size int64 // counter 0: not a list
	float         bool  // the counter is a floating-point number
}

var plyTypes = map[string]int64{
	"char": 1, "uchar": 1, "int8": 1, "uint8": 1, "short": 2, "ushort": 2, "int16": 2, "uint16": 2,
	"int": 4, "uint": 4, "int32": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8,
}

// checkPLY counts what the header promises.
func checkPLY(r io.ReaderAt, size int64) (Verdict, error) {
	br := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 256<<10)
	p, err := readPLY(br)
	if err != nil {
		return Verdict{}, err
	}
	if p.format == "ascii" {
		return p.countRows(br)
	}
	need, ok, err := p.measure(br, size)
	if err != nil {
		return Verdict{}, err
	}
	if !ok || need > size {
		return Verdict{}, invalidf("its elements need more than the file's %d bytes: it is cut short", size)
	}
	return Verdict{State: Proved}, nil
}

func readPLY(br *bufio.Reader) (ply, error) {
	var p ply
	for n := 0; ; n++ {
		text, size, err := plyLine(br, maxPLYHeader-p.size)
		p.size += size
		if err == io.EOF {
			return p, invalidf("its header does not end")
		} else if err != nil {
			return p, err
		}
		words := strings.Fields(text)
		if n == 0 {
			if text != "ply" {
				return p, invalidf("it does not start as a PLY file")
			}
			continue
		}
		if len(words) == 0 {
			continue
		}
		if words[0] == "end_header" {
			break
		}
		if err := p.statement(words); err != nil {
			return p, err
		}
	}
	if p.format == "" {
		return p, invalidf("its header names no format")
	}
	return p, nil
}

// plyLine reads one header line, ended by LF, CRLF or CR.
func plyLine(br *bufio.Reader, limit int64) (text string, size int64, err error) {
	var b []byte
	for {
		c, err := br.ReadByte()
		if err != nil {
			return "", size, err
		}
		size++
		if size > limit {
			return "", size, invalidf("its header is too long")
		}
		if c == '\n' {
			return strings.TrimSpace(string(b)), size, nil
		}
		if c == '\r' {
			if next, _ := br.Peek(1); len(next) == 1 && next[0] == '\n' {
				continue
			}
			return strings.TrimSpace(string(b)), size, nil
		}
		b = append(b, c)
	}
}

func (p *ply) statement(words []string) error {
	switch words[0] {
	case "format":
		if len(words) < 2 {
			return invalidf("its header names no format")
		}
		switch p.format = words[1]; p.format {
		case "ascii", "binary_little_endian", "binary_big_endian":
		default:
			return invalidf("its format %q is unknown", p.format)
		}
	case "element":
		if len(words) < 3 || len(p.elements) >= maxPLYItems {
			return invalidf("its header has a broken element")
		}
		n, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil || n < 0 {
			return invalidf("its header has a broken count %q", words[2])
		}
		p.elements = append(p.elements, plyElement{count: n})
	case "property":
		return p.property(words[1:])
	}
	return nil
}

func (p *ply) property(words []string) error {
	if len(p.elements) == 0 {
		return invalidf("its header has a property before any element")
	}
	e := &p.elements[len(p.elements)-1]
	if len(e.props) >= maxPLYItems {
		return invalidf("its header has too many properties")
	}
	var prop plyProp
	switch {
	case len(words) >= 4 && words[0] == "list":
		prop = plyProp{plyTypes[words[1]], plyTypes[words[2]], words[1][0] == 'f' || words[1][0] == 'd'}
		if prop.counter == 0 {
			return invalidf("its header has an unknown type %q", words[1])
		}
		e.stride = -1
	case len(words) >= 2:
		prop.size = plyTypes[words[0]]
		if e.stride >= 0 {
			e.stride += prop.size
		}
	}
	if prop.size == 0 {
		return invalidf("its header has a broken property")
	}
	e.props = append(e.props, prop)
	return nil
}

// measure gives the size that the file needs; ok is false as soon as it is
// certain to be more than size.
func (p *ply) measure(br *bufio.Reader, size int64) (need int64, ok bool, err error) {
	need = p.size
	for _, e := range p.elements {
		if e.stride >= 0 {
			if e.stride > 0 && e.count > (size-need)/e.stride {
				return 0, false, nil
			}
			need += e.count * e.stride
			if err := discard(br, e.count*e.stride); err != nil {
				return 0, false, ignoreEnd(err)
			}
			continue
		}
		for range e.count {
			n, err := p.walk(br, e)
			if err != nil {
				return 0, false, ignoreEnd(err)
			}
			if need += n; need > size {
				return 0, false, nil
			}
		}
	}
	return need, true, nil
}

// walk reads over one element with lists and returns its size.
func (p *ply) walk(br *bufio.Reader, e plyElement) (int64, error) {
	var total int64
	for _, prop := range e.props {
		n := prop.size
		if prop.counter > 0 {
			var b [8]byte
			if _, err := io.ReadFull(br, b[:prop.counter]); err != nil {
				return 0, err
			}
			count := p.number(b[:prop.counter], prop.float)
			if count < 0 || count > math.MaxInt32 {
				return 0, invalidf("a list in it is broken")
			}
			total += prop.counter
			n = count * prop.size
		}
		if err := discard(br, n); err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func (p *ply) number(b []byte, float bool) int64 {
	if p.format == "binary_little_endian" {
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	switch {
	case float && len(b) == 8:
		return int64(math.Float64frombits(v))
	case float:
		return int64(math.Float32frombits(uint32(v)))
	}
	return int64(v)
}

func discard(br *bufio.Reader, n int64) error {
	for n > 0 {
		step := int(min(n, 1<<30))
		if _, err := br.Discard(step); err != nil {
			return err
		}
		n -= int64(step)
	}
	return nil
}

func ignoreEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// countRows counts the lines of a text PLY: one per element.
func (p *ply) countRows(br *bufio.Reader) (Verdict, error) {
	var need int64
	for _, e := range p.elements {
		if need += e.count; need < 0 {
			return Verdict{}, invalidf("its header has a broken count")
		}
	}
	var rows int64
	text, ended := false, true
	for {
		c, err := br.ReadByte()
		if err == io.EOF {
			break
		} else if err != nil {
			return Verdict{}, err
		}
		ended = c == '\n' || c == '\r'
		if ended && text {
			rows++
		}
		if ended {
			text = false
		} else if c > ' ' {
			text = true
		}
	}
	switch {
	case rows >= need:
		return Verdict{State: Proved}, nil
	case rows+1 == need && text:
		return Verdict{Soft: "its last line has no end"}, nil
	}
	return Verdict{}, invalidf("it promises %d rows and has %d: it is cut short", need, rows)
}
