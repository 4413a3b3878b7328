package usdref

import (
	"bufio"
	"io"
	"strconv"
)

// Bounds of a text layer. Its size has none: it is read once, and only a few
// names are kept.
const (
	maxNesting = 1000
	maxText    = 32 << 10 // of one text or path that is kept
	maxWord    = 128
)

// textReader scans the text form. It knows no grammar beyond what keeps it from
// mistaking one thing for another: remarks, quoted texts, paths in angle
// brackets, asset paths, brackets that nest, and the name before an = sign.
type textReader struct {
	br     *bufio.Reader
	offset int64
	line   int
	refs   []Ref

	open  []bracket
	word  string // the last bare word
	prev  string // the one before
	key   string // the name before the last =
	erase bool   // the statement deletes list items
}

// bracket is an open ( { or [ with the name it belongs to.
type bracket struct {
	char byte
	name string
	key  string // to go back to behind it
	line int
}

func readText(r io.Reader) ([]Ref, error) {
	t := &textReader{br: bufio.NewReaderSize(r, 64<<10), line: 1}
	for {
		c, err := t.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = t.take(c)
		}
		if err == io.EOF {
			return nil, broken("line %d does not end: it is cut short", t.line)
		}
		if err != nil {
			return nil, err
		}
	}
	if n := len(t.open); n > 0 {
		return nil, broken("the bracket on line %d is not closed: it is cut short", t.open[n-1].line)
	}
	return t.refs, nil
}

func (t *textReader) next() (byte, error) {
	c, err := t.br.ReadByte()
	if err == nil {
		t.offset++
		if c == '\n' {
			t.line++
		}
	}
	return c, err
}

func (t *textReader) peek() byte {
	b, _ := t.br.Peek(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (t *textReader) take(c byte) error {
	switch c {
	case '\n':
		if len(t.open) == 0 || t.open[len(t.open)-1].char != '[' {
			t.erase = false
		}
	case '#':
		return t.skipLine()
	case '/':
		return t.remark()
	case '"', '\'':
		return t.quoted(c)
	case '@':
		return t.asset()
	case '<':
		return t.skipTo('>')
	case '=':
		t.key = t.word
		t.erase = t.erase || t.prev == "delete"
	case '(', '{', '[':
		if len(t.open) == maxNesting {
			return broken("line %d is nested too deeply", t.line)
		}
		name := t.key
		if c != '[' && t.word != "" && t.word != t.key {
			name = t.word
		}
		t.open = append(t.open, bracket{c, name, t.key, t.line})
		t.word = ""
	case ')', '}', ']':
		return t.shut(c)
	default:
		if isWord(c) {
			return t.bare(c)
		}
	}
	return nil
}

func (t *textReader) shut(c byte) error {
	n := len(t.open) - 1
	if n < 0 || t.open[n].char != map[byte]byte{')': '(', '}': '{', ']': '['}[c] {
		return broken("line %d closes a bracket that is not open", t.line)
	}
	t.key, t.word = t.open[n].key, ""
	t.open = t.open[:n]
	return nil
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == ':' || c == '.' || c == '-' || c >= 0x80
}

// bare reads a name or number.
func (t *textReader) bare(c byte) error {
	var b [maxWord]byte
	b[0] = c
	n := 1
	for isWord(t.peek()) {
		c, err := t.next()
		if err != nil {
			return err
		}
		if n < len(b) {
			b[n] = c
			n++
		}
	}
	if b[0] >= '0' && b[0] <= '9' || b[0] == '-' || b[0] == '.' {
		return nil // a number: most of a layer
	}
	t.prev, t.word = t.word, string(b[:n])
	return nil
}

func (t *textReader) skipLine() error {
	for {
		c, err := t.next()
		if err == io.EOF || c == '\n' {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// skipTo passes over a path in angle brackets.
func (t *textReader) skipTo(end byte) error {
	for {
		c, err := t.next()
		if err != nil || c == end {
			return err
		}
		if c == '\n' {
			return nil
		}
	}
}

// remark passes over the remarks that newer versions allow beside #.
func (t *textReader) remark() error {
	switch t.peek() {
	case '/':
		return t.skipLine()
	case '*':
		last := byte(0)
		for {
			c, err := t.next()
			if err != nil || c == '/' && last == '*' {
				return err
			}
			last = c
		}
	}
	return nil
}

// quoted reads a text in single or double quotes, or in three of them, which may
// span lines.
func (t *textReader) quoted(q byte) error {
	triple := false
	if t.peek() == q {
		if _, err := t.next(); err != nil {
			return err
		}
		if t.peek() != q {
			return nil // empty
		}
		if _, err := t.next(); err != nil {
			return err
		}
		triple = true
	}
	start, line := t.offset, t.line
	var text []byte
	for run := 0; ; {
		c, err := t.next()
		if err != nil {
			return err
		}
		switch {
		case c == '\\':
			run = 0
			if _, err := t.next(); err != nil {
				return err
			}
			text = nil // not kept exactly; no path that matters has escapes
		case c == q && !triple:
			t.template(text, start, line)
			return nil
		case c == q:
			if run++; run == 3 {
				return nil
			}
		case c == '\n' && !triple:
			return broken("line %d: a text does not end", line)
		default:
			run = 0
			if len(text) < maxText {
				text = append(text, c)
			}
		}
	}
}

// template takes the path template of value clips.
func (t *textReader) template(text []byte, start int64, line int) {
	if isTemplate(t.key) && len(text) > 0 && int64(len(text)) == t.offset-1-start {
		t.add(Ref{Path: string(text), Where: where(line), Offset: start, Length: int64(len(text)), Template: true, Quoted: true})
	}
	// A dictionary's key may be quoted: string "identifier" = "x".
	t.prev, t.word = t.word, string(text[:min(len(text), maxWord)])
}

// asset reads an asset path between @ or, when it holds that sign, between @@@.
func (t *textReader) asset() error {
	triple := false
	if two, _ := t.br.Peek(2); string(two) == "@@" {
		triple = true
		for range 2 {
			if _, err := t.next(); err != nil {
				return err
			}
		}
	}
	start, line := t.offset, t.line
	var text []byte
	escaped := false
	for {
		c, err := t.next()
		if err != nil {
			return err
		}
		if c == '\n' {
			return broken("line %d: an asset path does not end", line)
		}
		if c == '@' && !triple {
			break
		}
		if two, _ := t.br.Peek(2); c == '@' && triple && string(two) == "@@" {
			if n := len(text); n > 0 && text[n-1] == '\\' { // \@@@ is a literal @@@
				text, escaped = append(text[:n-1], '@', '@', '@'), true
				for range 2 {
					if _, err := t.next(); err != nil {
						return err
					}
				}
				continue
			}
			break
		}
		if len(text) >= maxText {
			return broken("line %d: an asset path is too long", line)
		}
		text = append(text, c)
	}
	end := t.offset - 1
	for triple {
		if _, err := t.next(); err != nil {
			return err
		}
		// Up to two @ may belong to the path itself: @@@a@@@@@ is a@@.
		if two, _ := t.br.Peek(2); len(two) < 2 || two[1] != '@' {
			if _, err := t.next(); err != nil {
				return err
			}
			break
		}
		text, end = append(text, '@'), end+1
	}
	if t.erase || t.isName() {
		return nil
	}
	ref := Ref{Path: string(text), Where: where(line), Offset: start, Length: end - start}
	if escaped {
		ref.Length = 0
	}
	t.add(ref)
	return nil
}

func (t *textReader) isName() bool {
	var names []string
	for _, b := range t.open {
		names = append(names, b.name)
	}
	return isName(names, t.key)
}

func (t *textReader) add(ref Ref) {
	path, ok := plain(ref.Path)
	if !ok || len(t.refs) >= maxRefs {
		return
	}
	if path != ref.Path {
		ref.Length = int64(len(path))
	}
	ref.Path = path
	t.refs = append(t.refs, ref)
}

func where(line int) string { return "line " + strconv.Itoa(line) }
