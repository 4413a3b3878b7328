package redact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

const canary = "CANARYcanary0123456789"

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":                        "plain text",
		"chair_sd-k7q2m4x9ab0.glb":          "chair_sd-k7q2m4x9ab0.glb",
		"tk_chair.glb":                      "tk_chair.glb",
		"key rgyd_live_" + canary + " used": "key [redacted] used",
		"rgyd_test_" + canary + ".":         "[redacted]",
		"tk_" + canary:                      "[redacted]",
		"tk_live_abc":                       "[redacted]",
		"cvly_" + canary:                    "[redacted]",
		"whsec_" + canary + "!":             "[redacted]!",
		"Authorization: Bearer " + canary:   "Authorization: Bearer [redacted]",
		"bearer\t" + canary:                 "bearer [redacted]",
		`{"x-api-key":"` + canary + `"}`:    `{"x-api-key":"[redacted]"}`,
		"api_key=" + canary:                 "api_key=[redacted]",
		"Get \"https://s3.example/b/o.zip?X-Amz-Signature=" + canary + "&a=b\": EOF": `Get "https://s3.example/b/o.zip?[redacted]": EOF`,
		"http://user:" + canary + "@proxy:3128/":                                     "http://[redacted]@proxy:3128/",
		"/o.zip?X-Goog-Signature=" + canary + "&b=c":                                 "/o.zip?X-Goog-Signature=[redacted]&b=c",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestKnownSecret(t *testing.T) {
	if got := Known("you sent "+canary+"?", canary, "", "a"); got != "you sent [redacted]?" {
		t.Errorf("got %q", got)
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31mred\x1b[0m b":                       "ared b",
		"title\x1b]0;pwned\x07 end":                   "title end",
		"link \x1b]8;;http://x\x1b\\here":             "link here",
		"nine\u009b1mtypes":                           "ninetypes",
		"cut\x1b[":                                    "cut",
		"lone\x1b":                                    "lone",
		"two\r\nlines\t tab":                          "two lines tab",
		"bad \xff utf8\x00":                           "bad utf8",
		"right\u202eleft":                             "rightleft",
		"rgyd_live_\x00" + canary:                     "[redacted]",
		"ключ 模型":                                     "ключ 模型",
		strings.Repeat("x", 600):                      strings.Repeat("x", 499) + "…",
		strings.Repeat("é", 500):                      strings.Repeat("é", 500),
		strings.Repeat("y", 490) + " whsec_" + canary: strings.Repeat("y", 490) + " [redacte…",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestErrorKeepsItsChain(t *testing.T) {
	err := &url.Error{Op: "Get", URL: "https://h/p?sig=" + canary, Err: io.ErrUnexpectedEOF}
	clean := Error(err)
	if strings.Contains(clean.Error(), canary) || !errors.Is(clean, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", clean)
	}
	if Error(io.EOF) != io.EOF || Error(nil) != nil {
		t.Error("a clean error must stay itself")
	}
}

type stringer struct{ s string }

func (s *stringer) String() string { return s.s }

type secretive struct{}

func (secretive) LogValue() slog.Value { return slog.StringValue("whsec_" + canary) }

func TestHandler(t *testing.T) {
	key := "rgyd_live_" + canary
	u, _ := url.Parse("https://h/p?sig=" + canary)
	log := func(l *slog.Logger) {
		l.With("with", key).WithGroup("group").Info("message "+key,
			"string", key, "err", fmt.Errorf("wrapped: %w", errors.New(key)), "stringer", &stringer{key}, "nil", (*stringer)(nil),
			"url", u, "valuer", secretive{}, "bytes", []byte(key), "slice", []string{key}, "struct", struct{ K string }{key},
			slog.Group("inner", "deep", slog.GroupValue(slog.String("er", key))), "number", 7, "plain", []int{1, 2})
	}
	for _, json := range []bool{true, false} {
		var out bytes.Buffer
		var h slog.Handler = slog.NewTextHandler(&out, nil)
		if json {
			h = slog.NewJSONHandler(&out, nil)
		}
		log(slog.New(h))
		if strings.Count(out.String(), canary) < 8 {
			t.Fatalf("the bare handler must leak, or this test proves nothing: %s", out.String())
		}
		out.Reset()
		log(slog.New(Handler(h)))
		if strings.Contains(out.String(), canary) {
			t.Errorf("leaked: %s", out.String())
		}
		if !strings.Contains(out.String(), "number") || (json && !strings.Contains(out.String(), `"plain":[1,2]`)) {
			t.Errorf("lost what was harmless: %s", out.String())
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31mred\x1b]0;x\x07", canary)
	f.Add("Bearer x https://h/p?q", "secret")
	f.Fuzz(func(t *testing.T, s, secret string) {
		got := Text(s+" rgyd_live_"+canary+" "+s, canary)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > MaxRunes {
			t.Fatalf("invalid or too long: %q", got)
		}
		if strings.Contains(got, canary) || strings.ContainsAny(got, "\x00\x1b\n\r\u009b") {
			t.Fatalf("unclean: %q", got)
		}
		Known(s, secret)
	})
}

func BenchmarkRedactPlain(b *testing.B) {
	for b.Loop() {
		Redact("asset settled, 3 companions found")
	}
}

func TestLearntSecretsAreHiddenWhateverTheirShape(t *testing.T) {
	Learn("Nightingale+42\n")
	Learn("abc") // too short: every abc would go
	for in, want := range map[string]string{
		"use Nightingale+42 here":            "use [redacted] here",
		"api_key: want text, abc":            "api_key: want text, abc",
		"rgyd_live_0123456789 is in a value": "[redacted] is in a value",
	} {
		if got := Keys(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	var b bytes.Buffer
	slog.New(Handler(slog.NewTextHandler(&b, nil))).Info("a Nightingale+42", "err", errors.New("no Nightingale+42"))
	if strings.Contains(b.String(), "Nightingale") {
		t.Errorf("logged: %s", b.String())
	}
}
