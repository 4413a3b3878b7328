package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"simdrop/internal/redact"
)

// The rules for output:
//
//   - What was asked for goes to stdout: a list, a path, an object. With --json it is
//     one JSON value. Everything else goes to stderr, so that stdout can be piped.
//   - Errors are "simdrop: error: …", and "simdrop: hint: …" where something can be
//     done. Hints are made in hints.go, nowhere else.
//   - Colour and moving bars are for terminals; NO_COLOR turns colour off.
//   - Text from providers and file names is shown without its control characters.
//   - The exit code says how it went, see the constants.

// The exit codes.
const (
	exitOK         = 0
	exitFailed     = 1
	exitUsage      = 2 // wrong usage or configuration
	exitNotRunning = 3 // the daemon is not running
	exitPartly     = 4 // done in part: some jobs failed or are held
)

func (a *app) errorf(format string, args ...any) {
	fmt.Fprintln(a.stderr, "simdrop: error: "+said(format, args...))
}

func (a *app) hintf(format string, args ...any) {
	fmt.Fprintln(a.stderr, "simdrop: hint: "+said(format, args...))
}

// notef tells something that is neither data nor an error.
func (a *app) notef(format string, args ...any) {
	fmt.Fprintln(a.stderr, said(format, args...))
}

// said is what a person is told: harmless on a terminal, and without secrets, for
// a key that was put into the wrong place of the configuration is quoted there.
func said(format string, args ...any) string {
	return clean(redact.Keys(fmt.Sprintf(format, args...)))
}

// printJSON prints data as one indented JSON value.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// terminal returns w as a file when it is a terminal.
func terminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// coloured says whether w shows colours.
func (a *app) coloured(w io.Writer) bool {
	_, tty := terminal(w)
	no, _ := a.env("NO_COLOR")
	kind, _ := a.env("TERM")
	return tty && no == "" && kind != "dumb"
}

// clean makes foreign text harmless on a terminal: no control characters, and no
// marks that turn the direction of writing around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

// table prints rows with aligned columns, the first row as heading.
type table struct {
	rows   [][]string
	colour func(row, column int) string // SGR parameters such as "32", "" for none
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = clean(cells[i])
	}
	t.rows = append(t.rows, cells)
}

func (t *table) print(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for r, row := range t.rows {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2)
			if t.colour != nil && r > 0 {
				if code := t.colour(r, i); code != "" {
					c = "\x1b[" + code + "m" + c + "\x1b[0m"
				}
			}
			line.WriteString(c)
			line.WriteString(pad)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// stateColours are for people's eyes only: the words say the same.
var stateColours = map[string]string{
	"done": "32", "watching": "32", "pass": "32",
	"failed": "31", "offline": "31", "fail": "31",
	"held": "33", "standby": "33", "wait": "33",
	"submitting": "34", "converting": "34", "fetching": "34",
}

// byState colours the column that holds states.
func (a *app) byState(t *table, column int) {
	if a.coloured(a.stdout) {
		t.colour = func(r, c int) string {
			if c != column {
				return ""
			}
			return stateColours[t.rows[r][c]]
		}
	}
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
