package bundle

import (
	"regexp"
	"strings"
	"testing"
)

// A change of a golden value makes people pay again for everything they have.
func TestKeyIsGolden(t *testing.T) {
	a, b := hexSum("a"), hexSum("b")
	files := []File{{Place: "chair.obj", SHA256: a}, {Place: "textures/wood.png", SHA256: b}}
	options := map[string]string{"format": "usd", "target_triangle_count": "5000"}
	for _, test := range []struct {
		name    string
		files   []File
		account string
		options map[string]string
		want    string
	}{
		{"bundle", files, "rigyd https://api.rigyd.com/api", options, "c023358b5211171a4bf7b1f28f90c1f256a5b954deb07612901bd33f2f329254"},
		{"other order", []File{files[1], files[0]}, "rigyd https://api.rigyd.com/api", options, "c023358b5211171a4bf7b1f28f90c1f256a5b954deb07612901bd33f2f329254"},
		{"hash in upper case", []File{{Place: "chair.obj", SHA256: strings.ToUpper(a)}, files[1]}, "rigyd https://api.rigyd.com/api", options, "c023358b5211171a4bf7b1f28f90c1f256a5b954deb07612901bd33f2f329254"},
		{"alone, no options", files[:1], "rigyd https://api.rigyd.com/api", nil, "c44b8e87f002a4384c62d684dd28286bbf24cbb4effe9d95c201a8b771070c08"},
		{"nothing", nil, "", nil, "feb3e0f5e47e6f7f132e4380b566ca1045c7f0e9f9da0a461f7b72e345cc448d"},
		{"composed", []File{{Place: "St\u00fchle.glb", SHA256: a}}, "local", nil, "2efb0162f6311dd0abf59728995d8fa3a77addfb5deaa3d0cb386634d6d3f30b"},
		{"decomposed", []File{{Place: "Stu\u0308hle.glb", SHA256: a}}, "local", nil, "2efb0162f6311dd0abf59728995d8fa3a77addfb5deaa3d0cb386634d6d3f30b"},
	} {
		if got := Key(test.files, test.account, test.options); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestKeyIsUnambiguous(t *testing.T) {
	h := hexSum("x")
	keys := map[string]string{}
	for name, key := range map[string]string{
		"base":                  Key([]File{{Place: "a", SHA256: h}}, "acc", map[string]string{"k": "v"}),
		"other place":           Key([]File{{Place: "b", SHA256: h}}, "acc", map[string]string{"k": "v"}),
		"other account":         Key([]File{{Place: "a", SHA256: h}}, "acd", map[string]string{"k": "v"}),
		"border in the option":  Key([]File{{Place: "a", SHA256: h}}, "acc", map[string]string{"kv": ""}),
		"border in the account": Key([]File{{Place: "a", SHA256: h}}, "acck", map[string]string{"": "v"}),
		"two files":             Key([]File{{Place: "a", SHA256: h}, {Place: "b", SHA256: h}}, "acc", map[string]string{"k": "v"}),
		"no options":            Key([]File{{Place: "a", SHA256: h}}, "acc", nil),
		"empty option":          Key([]File{{Place: "a", SHA256: h}}, "acc", map[string]string{"k": ""}),
	} {
		if other, ok := keys[key]; ok {
			t.Errorf("%s and %s have the same key", name, other)
		}
		keys[key] = name
	}
}

func TestTokenIsGolden(t *testing.T) {
	// SHA-256("") begins e3b0c44298fc1c: 11100 01110 11000 01100 01000 10000 10100 11000 11111 10000.
	if got := Token(""); got != "werc8gmrzg" {
		t.Errorf("token %s", got)
	}
}

func TestGeneration(t *testing.T) {
	for n, want := range map[int]string{0: "0", 1: "1", 10: "a", 31: "z", 32: "z", -1: "0"} {
		if got := Generation(n); got != want {
			t.Errorf("Generation(%d) = %s, want %s", n, got, want)
		}
	}
	if MaxGeneration != 31 {
		t.Errorf("MaxGeneration = %d", MaxGeneration)
	}
}

var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}_sd-[0-9a-hjkmnp-tv-z]{11}\.glb$`)

func TestFilename(t *testing.T) {
	for stem, want := range map[string]string{
		"chair":                   "chair",
		"Eames Chair (final)":     "Eames_Chair_final",
		"Stühlchen":               "Stuhlchen",
		"椅子":                      "asset",
		"椅子 2":                    "2",
		"":                        "asset",
		"..":                      "asset",
		"-rf":                     "rf",
		".hidden":                 "hidden",
		"a\"b\r\nc":               "a_b_c",
		"../../etc/passwd":        "etc_passwd",
		"v1.2-low":                "v1.2-low",
		"\xff\xfe":                "asset",
		strings.Repeat("x", 300):  strings.Repeat("x", 80),
		strings.Repeat("é ", 300): strings.Repeat("e_", 39) + "e",
		"a_sd-k7q2m4x9ab0":        "a_sd-k7q2m4x9ab0",
	} {
		got := Filename(stem, "k7q2m4x9ab", "0", ".glb")
		if got != want+"_sd-k7q2m4x9ab0.glb" {
			t.Errorf("%q: %s, want the stem %s", stem, got, want)
		}
		if !safeName.MatchString(got) {
			t.Errorf("%q: %s is not safe", stem, got)
		}
		token, gen, ok := ParseFilename(got)
		if !ok || token != "k7q2m4x9ab" || gen != "0" {
			t.Errorf("%s parsed as %q %q %v", got, token, gen, ok)
		}
	}
}

func TestParseFilename(t *testing.T) {
	for name, want := range map[string]string{
		"chair_sd-k7q2m4x9ab0.glb":                        "k7q2m4x9ab 0",
		"chair_sd-k7q2m4x9abz":                            "k7q2m4x9ab z",
		"a_sd-k7q2m4x9ab0_sd-00000000001.zip":             "0000000000 1",
		"uploads/2026/chair_sd-k7q2m4x9ab0.glb":           "k7q2m4x9ab 0",
		"chair.glb":                                       "",
		"chair_sd-k7q2m4x9ab.glb":                         "", // no generation
		"chair_sd-k7q2m4x9ab00.glb":                       "", // longer
		"chair_sd-k7q2m4x9ui0.glb":                        "", // u and i are not in the alphabet
		"chair_sd-K7Q2M4X9AB0.glb":                        "",
		"chair_sd-k7q2m4x9ab0.glb.exe":                    "",
		"chair_sd-k7q2m4x9ab0.g b":                        "",
		"_sd-":                                            "",
		"chair_sd-k7q2m4x9ab0." + strings.Repeat("x", 99): "",
	} {
		token, gen, ok := ParseFilename(name)
		if got := strings.TrimSpace(token + " " + gen); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", name, got, ok, want)
		}
	}
}

func TestStripToken(t *testing.T) {
	for name, want := range map[string]string{
		"chair_sd-k7q2m4x9ab0.usd":          "chair.usd",
		"chair_sd-k7q2m4x9ab0_physics.usda": "chair_physics.usda",
		"chair_sd_k7q2m4x9ab0":              "chair", // the provider made an identifier of it
		"Chair_SD_K7Q2M4X9AB0.usd":          "Chair.usd",
		"chair.usd":                         "chair.usd",
		"_sd-k7q2m4x9ab0":                   "_sd-k7q2m4x9ab0",
		"_sd-k7q2m4x9ab0.usd":               "_sd-k7q2m4x9ab0.usd",
		"chair_sd-k7q2m4x9ab0x.usd":         "chair_sd-k7q2m4x9ab0x.usd",
		"wood_sd-tooshort.png":              "wood_sd-tooshort.png",
	} {
		if got := StripToken(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzParseFilename(f *testing.F) {
	f.Add("chair", "k7q2m4x9ab", ".glb")
	f.Add("a_sd-k7q2m4x9ab0", "0000000000", "")
	f.Add("\xff../", "zzzzzzzzzz", ".usd")
	f.Fuzz(func(t *testing.T, stem, key, name string) {
		ParseFilename(name)
		StripToken(name)
		made := Filename(stem, Token(key), "1", ".glb")
		if !safeName.MatchString(made) {
			t.Errorf("%q is not safe", made)
		}
		token, gen, ok := ParseFilename(made)
		if !ok || token != Token(key) || gen != "1" {
			t.Errorf("%q parsed as %q %q %v", made, token, gen, ok)
		}
	})
}
