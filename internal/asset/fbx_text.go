package asset

import (
	"bufio"
	"io"
	"strings"
)

// fbxText scans the text form of FBX: nodes "Name: value, value {" with child
// nodes inside braces, texts in double quotes, remarks from ; to the line end.
// Only the values of a few nodes are kept, so that arrays and embedded content
// of any size cost no memory.
type fbxText struct {
	br     *bufio.Reader
	line   int
	scene  *fbxScene // nil: only braces are counted
	blocks int

	path   []string // names of the open blocks
	media  *fbxMedia
	name   string   // of the node whose values are read
	values []string // the first few
	at     int      // line of the node
}

const maxFBXDepth = 256

// scanFBX scans to the end and returns how many blocks there were.
func scanFBX(r io.Reader, scene *fbxScene) (blocks int, err error) {
	t := &fbxText{br: bufio.NewReaderSize(r, 64<<10), line: 1, scene: scene}
	if err := t.scan(); err != nil {
		return t.blocks, err
	}
	if len(t.path) > 0 {
		return t.blocks, invalidf("%d of its blocks are not closed: it is cut short", len(t.path))
	}
	return t.blocks, nil
}

func (t *fbxText) scan() error {
	for {
		c, err := t.br.ReadByte()
		if err == io.EOF {
			t.finish()
			return nil
		} else if err != nil {
			return err
		}
		switch c {
		case '\n':
			t.line++
		case ' ', '\t', '\r', ',':
		case ';':
			if _, err := t.until('\n', 0); err != nil && err != io.EOF {
				return err
			}
			t.line++
		case '"':
			text, err := t.until('"', maxFBXString)
			if err == io.EOF {
				return invalidf("a text in it does not end: it is cut short")
			} else if err != nil {
				return err
			}
			t.line += strings.Count(text, "\n")
			t.value(strings.ReplaceAll(text, "&quot;", `"`))
		case '{':
			if err := t.open(); err != nil {
				return err
			}
		case '}':
			if err := t.close(); err != nil {
				return err
			}
		default:
			if err := t.word(c); err != nil {
				return err
			}
		}
	}
}

// until reads up to a delimiter and keeps the first limit bytes.
func (t *fbxText) until(end byte, limit int) (string, error) {
	var kept []byte
	for {
		part, err := t.br.ReadSlice(end)
		if err == nil {
			part = part[:len(part)-1]
		}
		kept = append(kept, part[:min(len(part), limit-len(kept))]...)
		if err != bufio.ErrBufferFull {
			return string(kept), err
		}
	}
}

// word reads a bare word: a name when a colon follows, else a value.
func (t *fbxText) word(c byte) error {
	var b [256]byte
	b[0] = c
	n := 1
	for {
		c, err := t.br.ReadByte()
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if c == ':' {
			t.finish()
			t.name, t.at = string(b[:n]), t.line
			return nil
		}
		if strings.IndexByte(" \t\r\n,;{}\"", c) >= 0 {
			if err := t.br.UnreadByte(); err != nil {
				return err
			}
			break
		}
		if n < len(b) {
			b[n] = c
			n++
		}
	}
	t.value(string(b[:n]))
	return nil
}

func (t *fbxText) value(s string) {
	if t.scene != nil && len(t.values) < 4 && (t.wanted() || t.media != nil || len(t.path) < 2) {
		t.values = append(t.values, s)
	}
}

// wanted tells whether the current node is one of the few that matter.
func (t *fbxText) wanted() bool {
	switch t.name {
	case "Texture", "Video", "C", "Connect":
		return true
	}
	return false
}

// finish ends the current node's values.
func (t *fbxText) finish() {
	switch {
	case t.scene == nil || len(t.values) == 0:
	case t.media != nil && t.inMedia():
		t.media.field(t.name, t.values[0])
	case len(t.path) == 1 && t.path[0] == "Connections" && len(t.values) >= 3 && t.wanted():
		t.scene.connect(t.values[1], t.values[2])
	}
	t.name, t.values = "", t.values[:0]
}

// inMedia tells whether the current node is a direct child of a Texture or Video.
func (t *fbxText) inMedia() bool {
	n := len(t.path)
	return n > 0 && n <= 2 && (t.path[n-1] == "Texture" || t.path[n-1] == "Video")
}

func (t *fbxText) open() error {
	if len(t.path) >= maxFBXDepth {
		return invalidf("its blocks are nested too deeply")
	}
	inObjects := len(t.path) == 0 || len(t.path) == 1 && t.path[0] == "Objects"
	if t.scene != nil && inObjects && (t.name == "Texture" || t.name == "Video") && len(t.scene.media) < maxFBXMedia {
		t.media = &fbxMedia{video: t.name == "Video", where: lineWhere(t.at)}
		if len(t.values) > 0 {
			t.media.id = t.values[0]
		}
		t.scene.media = append(t.scene.media, t.media)
		t.values = t.values[:0]
	}
	t.blocks++
	name := t.name
	t.finish()
	t.path = append(t.path, name)
	return nil
}

func (t *fbxText) close() error {
	t.finish()
	if len(t.path) == 0 {
		return invalidf("line %d closes a block that is not open", t.line)
	}
	t.path = t.path[:len(t.path)-1]
	if !t.inMedia() {
		t.media = nil
	}
	return nil
}
