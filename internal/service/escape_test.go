package service

import (
	"encoding/binary"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf16"
)

// execWords reads an ExecStart value as systemd does: quoted words, escapes,
// specifiers, and variables in all words but the first. It knows just what may
// come, and fails at anything else.
func execWords(t *testing.T, line string) []string {
	t.Helper()
	var words []string
	for line != "" {
		if line[0] != '"' {
			t.Fatalf("a word without quotes: %s", line)
		}
		var w strings.Builder
		i := 1
		for ; i < len(line) && line[i] != '"'; i++ {
			pair := line[i:min(i+2, len(line))]
			switch {
			case pair == `\\` || pair == `\"` || pair == "%%" || pair == "$$" && len(words) > 0:
				i++
				w.WriteByte(line[i])
			case line[i] == '\\' || line[i] == '%' || line[i] == '$' && len(words) > 0:
				t.Fatalf("%q in %s means something else", pair, line)
			default:
				w.WriteByte(line[i])
			}
		}
		words = append(words, w.String())
		line = strings.TrimPrefix(line[i+1:], " ")
	}
	return words
}

func ofUnit(t *testing.T, unit string) []string {
	t.Helper()
	for line := range strings.Lines(unit) {
		if value, ok := strings.CutPrefix(line, "ExecStart="); ok {
			return execWords(t, strings.TrimSuffix(value, "\n"))
		}
	}
	t.Fatal("no ExecStart")
	return nil
}

// wordsOfPlist is the ProgramArguments as an XML parser reads them.
func wordsOfPlist(t *testing.T, text string) []string {
	t.Helper()
	var words []string
	d, in := xml.NewDecoder(strings.NewReader(text)), false
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return words
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := tok.(xml.StartElement)
		if end, closed := tok.(xml.EndElement); closed && end.Name.Local == "array" {
			in = false
		}
		if ok && start.Name.Local == "array" {
			in = true
		} else if ok && in {
			var w string
			if err := d.DecodeElement(&w, &start); err != nil {
				t.Fatal(err)
			}
			words = append(words, w)
		}
	}
}

// windowsWords takes a command line apart as CommandLineToArgvW does.
func windowsWords(line string) []string {
	var words []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var w strings.Builder
		quoted := false
		for line != "" && (quoted || line[0] != ' ') {
			n := len(line) - len(strings.TrimLeft(line, `\`))
			line = line[n:]
			switch {
			case strings.HasPrefix(line, `"`) && n%2 == 1:
				w.WriteString(strings.Repeat(`\`, n/2) + `"`)
				line = line[1:]
			case strings.HasPrefix(line, `"`):
				w.WriteString(strings.Repeat(`\`, n/2))
				quoted = !quoted
				line = line[1:]
			case n > 0:
				w.WriteString(strings.Repeat(`\`, n))
			default:
				w.WriteByte(line[0])
				line = line[1:]
			}
		}
		words = append(words, w.String())
	}
	return words
}

// nasty maps random bytes to what paths may hold, thick with what has a meaning
// somewhere.
func nasty(raw []byte) string {
	alphabet := []rune(`\\""%%$$ '{}<>&;|*?~` + "abcnsx120äß✓_-.,:@!")
	var b strings.Builder
	for _, c := range raw {
		b.WriteRune(alphabet[int(c)%len(alphabet)])
	}
	return b.String()
}

func TestEveryPathArrives(t *testing.T) {
	arrives := func(program, config []byte) bool {
		s := Spec{Name: "simdrop", Exec: "/" + nasty(program), Config: "/" + nasty(config), LogDir: "/l", RunAs: "ana"}
		want := append([]string{s.Exec}, s.Args()...)
		for _, render := range []func(Spec) (string, error){UserUnit, SystemUnit} {
			unit, err := render(s)
			if err != nil || !slices.Equal(ofUnit(t, unit), want) {
				t.Errorf("%q, %v:\n%s", want, err, unit)
				return false
			}
		}
		want = append(want, "--service", "simdrop")
		text, err := Plist(s)
		if err != nil || !slices.Equal(wordsOfPlist(t, text), want) {
			t.Errorf("%q, %v:\n%s", want, err, text)
			return false
		}
		line := CommandLine(want...)
		if !slices.Equal(windowsWords(line), want) {
			t.Errorf("%q: %s", want, line)
			return false
		}
		return true
	}
	if err := quick.Check(arrives, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func TestRefusedInUnits(t *testing.T) {
	ok := Spec{Name: "simdrop", Exec: "/usr/bin/simdrop", Config: "/etc/c.yaml", RunAs: "ana", LogDir: "/l"}
	for what, change := range map[string]func(*Spec){
		"a line end":        func(s *Spec) { s.Config = "/etc/a\nExecStart=/bin/sh" },
		"a zero byte":       func(s *Spec) { s.Exec = "/bin/a\x00b" },
		"no UTF-8":          func(s *Spec) { s.Config = "/etc/\xff" },
		"a relative path":   func(s *Spec) { s.Config = "c.yaml" },
		"a path as name":    func(s *Spec) { s.Name = "../simdrop" },
		"no name":           func(s *Spec) { s.Name = "" },
		"an account's line": func(s *Spec) { s.RunAs = "ana\nx" },
	} {
		s := ok
		change(&s)
		for name, render := range map[string]func(Spec) (string, error){"user": UserUnit, "system": SystemUnit, "plist": Plist} {
			if _, err := render(s); err == nil {
				t.Errorf("%s is taken by %s", what, name)
			}
		}
	}
	for _, account := range []string{"", "an a", "%i", "a=b", "ana;root"} {
		s := ok
		s.RunAs = account
		if _, err := SystemUnit(s); err == nil {
			t.Errorf("the account %q is taken", account)
		}
	}
}

func TestUTF16(t *testing.T) {
	raw := UTF16("ä\n😀")
	var units []uint16
	for i := 0; i < len(raw); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(raw[i:]))
	}
	if got := string(utf16.Decode(units)); got != "\ufeffä\r\n😀" {
		t.Errorf("%q", got)
	}
}
