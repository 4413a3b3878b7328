package config

import (
	"errors"
	"strings"
)

var errQuote = errors.New("a quote is not closed")

// SplitCommand splits a hook's command line into words. Single or double quotes
// keep spaces, and each kind keeps the other. A backslash is an ordinary
// character, as a Windows path has it. No shell reads the line.
func SplitCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	begun := false // if only with empty quotes
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errQuote
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}
