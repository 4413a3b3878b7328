package usdref

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func paths(refs []Ref) []string {
	var out []string
	for _, r := range refs {
		out = append(out, r.Path)
	}
	return out
}

func TestText(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"sublayers", "(\n subLayers = [\n @a.usda@,\n @b.usda@ (offset = 10)\n ]\n)\n", []string{"a.usda", "b.usda"}},
		{"references", `def "A" ( prepend references = [@a.usd@</A>, @b.usd@ (scale = 2), </Inner>] ) {}`, []string{"a.usd", "b.usd"}},
		{"payload", `def "A" ( payload = @./p.usd@</P> ) {}`, []string{"./p.usd"}},
		{"deleted", "def \"A\" (\n delete references = @old.usd@\n prepend references = @new.usd@\n delete payload = [\n @x.usd@,\n @y.usd@\n ]\n) {}", []string{"new.usd"}},
		{"attributes", "def \"A\" {\n asset inputs:file = @t.png@\n asset[] all = [@1.png@, @2.png@]\n uniform asset a.timeSamples = {\n 1: @s1.png@,\n 2: @s2.png@,\n }\n}",
			[]string{"t.png", "1.png", "2.png", "s1.png", "s2.png"}},
		{"variants", `def "A" { variantSet "v" = { "x" ( references = @x.usd@ ) { } "y" { asset f = @y.png@ } } }`, []string{"x.usd", "y.png"}},
		{"the asset's own name", "def \"A\" (\n assetInfo = {\n  asset identifier = @A.usd@\n  string name = \"A\"\n  asset thumbnail = @t.png@\n  dictionary more = { asset identifier = @B.usd@ }\n }\n) {\n asset identifier = @real.png@\n}",
			[]string{"t.png", "real.png"}},
		{"custom data", `def "A" ( customData = { asset identifier = @A.usd@ asset other = @o.png@ } ) {}`, []string{"o.png"}},
		{"remarks", "# @no.usd@\n// @no.usd@\n/* @no.usd@\n */ def \"A\" (references = @yes.usd@) {} # \"@no.usd@", []string{"yes.usd"}},
		{"texts", "def \"@no.usd@\" ( doc = \"\"\"\n @no.usd@ \"quoted\" \\\"\"\" \"\"\" comment = 'it @no@ \\' x' ) { asset a = @yes.png@ }", []string{"yes.png"}},
		{"empty text", `def "A" ( doc = "" ) { asset a = @yes.png@ }`, []string{"yes.png"}},
		{"three signs", "def \"A\" { asset a = @@@with @ sign.png@@@\n asset b = @@@ends with@@@@\n asset c = @@@x\\@@@y.png@@@ \n asset d = @last.png@ }",
			[]string{"with @ sign.png", "ends with@", "x@@@y.png", "last.png"}},
		{"nothing", "def \"A\" { asset a = @@\n asset b = None\n asset c = @`\"${X}.usd\"`@\n asset d = @anon:0x1@ }", nil},
		{"packages and arguments", "def \"A\" ( references = [@a.usdz[in/b.usd]@, @c.usd:SDF_FORMAT_ARGS:x=1@] ) {}", []string{"a.usdz", "c.usd"}},
		{"clips", "def \"A\" ( clips = { dictionary default = { asset[] assetPaths = [@c.1.usd@] asset manifestAssetPath = @m.usd@\n string templateAssetPath = \"./c.###.usd\" } } ) {}",
			[]string{"c.1.usd", "m.usd", "./c.###.usd"}},
		{"paths", `def "A" { rel r = </A/@no.b> asset a = @yes.png@ }`, []string{"yes.png"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "#usda 1.0\n" + tt.text
			refs, err := Read(strings.NewReader(text), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			if got := paths(refs); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			for _, r := range refs {
				if r.Length == 0 {
					continue // escaped
				}
				if got := text[r.Offset : r.Offset+r.Length]; got != r.Path {
					t.Errorf("%q is said to be where %q is", r.Path, got)
				}
				if want := fmt.Sprintf("line %d", 1+strings.Count(text[:r.Offset], "\n")); r.Where != want {
					t.Errorf("%q is on %s, want %s", r.Path, r.Where, want)
				}
			}
		})
	}
}

func TestTextBroken(t *testing.T) {
	for text, want := range map[string]string{
		"#usda 1.0\n(\n":                          "not closed",
		"#usda 1.0\ndef \"A\" { asset a = @x.p":   "cut short",
		"#usda 1.0\ndef \"A":                      "cut short",
		"#usda 1.0\ndef \"A\n\"":                  "does not end",
		"#usda 1.0\n/* ":                          "cut short",
		"#usda 1.0\n)":                            "not open",
		"#usda 1.0\n(]":                           "not open",
		"#usda 1.0\n" + strings.Repeat("(", 2000): "deeply",
		"PXR": "does not start",
		"":    "does not start",
	} {
		_, err := Read(strings.NewReader(text), int64(len(text)))
		if e, ok := err.(*FormatError); !ok || !strings.Contains(e.Reason, want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("#usda 1.0\n(\n subLayers = [ @a.usda@ (offset = 1) ]\n)\ndef \"A\" ( delete references = @@@x@@@ ) { asset a.timeSamples = { 1: @b.png@ } }\n")
	f.Add("#usda 1.0\n'''a''' /* x */ // y\n assetInfo = { asset identifier = @a@ string templateAssetPath = \"c.##.usd\" }")
	f.Fuzz(func(t *testing.T, text string) {
		refs, err := readText(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range refs {
			if r.Offset < 0 || r.Length < 0 || r.Offset+r.Length > int64(len(text)) {
				t.Errorf("%+v lies outside the text", r)
			}
		}
	})
}
