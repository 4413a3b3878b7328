package asset

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxPrompt is the length of a prompt in characters above which it is refused.
const MaxPrompt = 500

// maxPromptFile bounds what is read of a prompt: enough for MaxPrompt characters
// and a lot of blank lines.
const maxPromptFile = 64 << 10

// ReadPrompt reads the text of a NAME.prompt.txt: a word to MaxPrompt characters
// between blanks, in UTF-8 or, as some editors on Windows save it, in UTF-16.
// Other content is an *InvalidError.
func ReadPrompt(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPromptFile+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxPromptFile {
		return "", invalidf("it is far longer than the %d characters a prompt may have", MaxPrompt)
	}
	text := strings.TrimSpace(decodeText(data))
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "", invalidf("it is not a text in UTF-8")
	case n == 0:
		return "", invalidf("it is blank")
	case n == 1 && !isWord(text):
		return "", invalidf("it is a single character")
	case n > MaxPrompt:
		return "", invalidf("it has %d characters, a prompt may have %d", n, MaxPrompt)
	}
	return text, nil
}

// isWord reports whether a single character says what to make, as 椅 does (chair): a
// letter that slipped in is not worth the price of a generation.
func isWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.In(r, unicode.Han)
}

// decodeText removes a byte order mark and what it stands for.
func decodeText(b []byte) string {
	big := len(b) >= 2 && b[0] == 0xFE && b[1] == 0xFF
	if !big && (len(b) < 2 || b[0] != 0xFF || b[1] != 0xFE) {
		return strings.TrimPrefix(string(b), "\uFEFF")
	}
	var units []uint16
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		lo, hi := b[0], b[1]
		if big {
			lo, hi = hi, lo
		}
		units = append(units, uint16(lo)|uint16(hi)<<8)
	}
	return string(utf16.Decode(units))
}

// prompt checks the one file of a prompt.
func (c *collector) prompt() error {
	m := c.add(c.primary, "prompt")
	f, err := c.tree.open(m.name)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Size() == 0 {
		return &InvalidError{Path: c.abs(m.name), Reason: "it is empty"}
	}
	if _, err := ReadPrompt(io.NewSectionReader(f, 0, f.Size())); err != nil {
		if invalid, ok := err.(*InvalidError); ok {
			return &InvalidError{Path: c.abs(m.name), Reason: invalid.Reason}
		}
		return err
	}
	return nil
}
