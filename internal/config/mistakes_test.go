package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// mistakesOf returns the report for text, "" for none.
func mistakesOf(text string, pairs ...string) string {
	dir, err := filepath.Abs("/conf") // with a drive, where there are drives
	if err != nil {
		return err.Error()
	}
	_, err = Parse([]byte(text), dir, env(pairs...))
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[Mistakes](err); !ok {
		return "not Mistakes: " + err.Error()
	}
	return err.Error()
}

func TestAllMistakesAtOnce(t *testing.T) {
	got := mistakesOf(`log: {level: loud}
control: {listen: "0.0.0.0:7420"}
providers:
  rigyd:
    max_uploads: lots
    poll_intervall: 4s
watch:
  - path: /a
    provider: studio
    settle_period: soon
    recursive: maybe
  - provider: rigyd
`)
	want := `log.level: line 1: want debug, info, warn or error, got "loud"
control.listen: line 2: want a loopback address such as 127.0.0.1, got "0.0.0.0": the dashboard is for this machine alone
providers.rigyd.max_uploads: line 5: want a whole number, got "lots"
providers.rigyd.poll_intervall: line 6: unknown key: did you mean poll_interval?
watch[0].provider: line 9: no provider is named "studio": there is rigyd
watch[0].settle_period: line 10: want a duration such as 5s, got "soon"
watch[0].recursive: line 11: want true or false, got "maybe"
watch[1].path: line 12: is needed: the folder to watch`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMistakes(t *testing.T) {
	watch := func(s string) string { return "watch:\n- path: /a\n  " + s }
	tests := []struct{ name, text, want string }{
		{"no mapping", "hello", `line 1: want keys and values, got "hello"`},
		{"a list", "- a", `line 1: want keys and values, got a list`},
		{"syntax", "watch:\n  - path: [", "line 2: not YAML: did not find expected node content"},
		{"tab", "log:\n\tlevel: info", "line 2: not YAML: found character that cannot start any token"},
		{"two documents", "log: {}\n---\nlog: {}", "line 2: a second YAML document"},
		{"twice", "log: {level: info}\nlog: {level: info}", "log: line 2: given twice, first in line 1"},
		{"unknown, far", "colour: red", "colour: line 1: unknown key: known here are control, hooks, log, notifications, providers, state_dir, watch, webhooks"},
		{"key as list", "[a]: b", "line 1: want a name as key, got a list"},
		{"scalar for list", watch("accept: models"), `watch[0].accept: line 3: want a list, got "models"`},
		{"map for text", watch("provider: {a: b}"), "watch[0].provider: line 3: want text, got keys and values"},
		{"number for text", watch("provider: 5"), "watch[0].provider: line 3: want text, got the number 5: put it in quotes"},
		{"quoted number", "providers: {rigyd: {max_uploads: '2'}}", `want a whole number, got "2"`},
		{"bare duration", watch("settle_period: 5"), "want a duration such as 5s, got the number 5"},
		{"size", "providers: {rigyd: {bandwidth: 8M}}", `providers.rigyd.bandwidth: line 1: want a size such as 8MiB, got "8M"`},
		{"not a number", "providers: {rigyd: {budget: {per_day: .nan}}}", "want a number, got the number .nan"},
		{"negative", watch("settle_period: -5s"), "want a duration that is not negative, got -5s"},
		{"zero", watch("settle_period: 0s"), "watch[0].settle_period: line 3: want more than 0s"},
		{"empty entry", "watch: [~]", "watch[0]: line 1: this entry is empty"},
		{"enum", watch("existing: keep"), `watch[0].existing: line 3: want hold, convert or skip, got "keep"`},
		{"near enum", watch("detect: event"), "did you mean events?"},
		{"accept", watch("accept: [models, cars]"), "watch[0].accept[1]: line 3: want models, images, prompts or media"},
		{"accept twice", watch("accept: [models, models]"), "models is listed twice"},
		{"accept none", watch("accept: []"), "watch[0].accept: line 3: want at least one of"},
		{"media", watch("accept: [media]"), "media needs a provider of type toolkit or convertly, this one is rigyd"},
		{"pattern", watch("ignore: ['a[']"), "watch[0].ignore[0]: line 3: want a pattern"},
		{"few triangles", watch("convert: {target_triangle_count: 10}"), "want 1000 to 1000000, got 10"},
		{"many triangles", watch("convert: {target_triangle_count: 1000001}"), "want 1000 to 1000000, got 1000001"},
		{"format", watch("convert: {format: usdz}"), "watch[0].convert.format: line 3: want usd, mjcf or all"},
		{"units", watch("convert: {units: mm}"), "only a local provider takes units, this one is rigyd"},
		{"target", watch("convert: {target: glb}"), "only toolkit and convertly take a target, this provider is rigyd"},
		{"no target", "providers: {toolkit: {}}\nwatch: [{path: /a, provider: toolkit}]", "watch[0].convert.target: line 2: is needed"},
		{"mirror", watch("result: {place: mirror}"), "watch[0].result.root: line 3: is needed with place: mirror"},
		{"beside", watch("result: {root: /b}"), "means nothing with place: beside"},
		{"mirror inside", watch("result: {place: mirror, root: /a/out}"), "lies inside watch[0].path: results would be taken for drops"},
		{"same", "watch: [{path: /a}, {path: /a/}]", "watch[1].path: line 1: is the same folder as watch[0].path"},
		{"inside", "watch:\n- path: /a\n- path: /a/b", "watch[1].path: line 3: lies inside watch[0].path, which watches it already"},
		{"around", "watch:\n- path: /a/b\n- path: /a", "watch[1].path: line 3: contains watch[0].path"},
		{"state inside", "state_dir: /a/s\nwatch: [{path: /a}]", "state_dir: line 1: lies inside watch[0].path"},
		{"inside state", "state_dir: /s\nwatch: [{path: /s/a}]", "watch[0].path: line 2: lies inside state_dir"},
		{"type", "providers: {x: {type: rigid}}", "providers.x.type: line 1: want rigyd, toolkit, convertly or local, got \"rigid\": did you mean rigyd?"},
		{"url", "providers: {rigyd: {base_url: api.rigyd.com}}", `providers.rigyd.base_url: line 1: want a URL that begins with https://`},
		{"url with password", "providers: {rigyd: {base_url: 'https://a:b@c'}}", "must not hold a name or password"},
		{"local url", "providers: {local: {base_url: 'http://127.0.0.1/api'}}", "a local provider converts in this process"},
		{"two keys", "providers: {rigyd: {api_key: a, api_key_file: /b}}", "api_key is given too"},
		{"provider name", "providers: {'a b': {}}", `want a name of letters, digits, - and _, got "a b"`},
		{"no uploads", "providers: {rigyd: {max_uploads: 0}}", "want 1 to 64, got 0"},
		{"budget", "providers: {rigyd: {budget: {per_day: -1}}}", "want 0 or more, got -1"},
		{"folder budget", watch("budget: {per_month: -1}"), "watch[0].budget.per_month: line 3: want 0 or more, got -1"},
		{"listen", "control: {listen: '7420'}", "want host:port such as 127.0.0.1:7420"},
		{"listen everywhere", "control: {listen: ':7420'}", "want a loopback address"},
		{"listen prefix", "control: {listen: '127.0.0.1.evil.com:1'}", "want a loopback address"},
		{"port", "control: {listen: '127.0.0.1:99999'}", "want a port from 0 to 65535"},
		{"hook", "hooks: {on_done: \"notify 'x\"}", "hooks.on_done: line 1: a quote is not closed"},
		{"webhook", "webhooks: [{url: ftp://x}]", "webhooks[0].url: line 1: want a URL"},
		{"webhook without url", "webhooks: [{events: [done]}]", "webhooks[0].url: line 1: is needed"},
		{"webhook event", "webhooks: [{url: https://x, events: [finished]}]", "webhooks[0].events[0]: line 1: want queued"},
		{"variable", watch("provider: ${NOPE}"), "watch[0].provider: line 3: the environment variable NOPE is not set"},
		{"variable form", watch("provider: '${A:-b}'"), "want ${NAME} with letters"},
		{"variable open", watch("provider: '${A'"), "want ${NAME} with letters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mistakesOf(tt.text); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant %s", got, tt.want)
			} else if strings.Contains(got, "config.") || strings.Contains(got, "unmarshal") {
				t.Errorf("shows Go's words: %s", got)
			}
		})
	}
}

// TestAllowed: what looks close to a mistake and is none.
func TestAllowed(t *testing.T) {
	for _, text := range []string{
		"watch: [{path: /a, recursive: false}, {path: /a/b}]",
		"watch: [{path: /a}, {path: /ab}]",
		"control: {listen: ''}",
		"control: {listen: 'localhost:0'}",
		"control: {listen: '[::1]:80'}",
		"watch: [{path: /a/b, result: {place: mirror, root: /a/c}}]",
		"watch: [{path: /a, settle_period: 1h30m, undo_window: 0}]",
		"providers: {rigyd: {bandwidth: 1.5MB, budget: {per_day: 2.5}}}",
		"hooks: {on_done: 'C:\\bin\\notify.exe \"a b\"'}",
	} {
		if got := mistakesOf(text); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestMistakesHideSecrets: a key that is in the wrong shape or place is not printed.
func TestMistakesHideSecrets(t *testing.T) {
	got := mistakesOf(`
providers:
  rigyd: {api_key: 99887766, max_uploads: "${KEY}", type: "${KEY}x"}
webhooks: [{url: https://x, secret: [hush]}]
`, "KEY", "rgyd_live_abcdef")
	for _, secret := range []string{"99887766", "hush", "rgyd_live_abcdef\""} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in\n%s", secret, got)
		}
	}
	if strings.Count(got, "\n") < 3 {
		t.Errorf("too few mistakes:\n%s", got)
	}
}

func TestWarnings(t *testing.T) {
	c := parse(t, "providers: {rigyd: {poll_interval: 200ms, base_url: http://farm.lan/api, api_key: '${NOPE}'}}")
	var got []string
	for _, w := range c.Warnings {
		got = append(got, w.String())
	}
	want := []string{
		"providers.rigyd.base_url: line 1: the key and the assets travel unencrypted to http://farm.lan/api",
		"providers.rigyd.api_key: line 1: is empty: the environment variable is not set",
		"providers.rigyd.poll_interval: line 1: 200ms asks the provider more than once a second: it may refuse",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestUnfolding: a few lines of aliases must not cost minutes.
func TestUnfolding(t *testing.T) {
	var b strings.Builder
	b.WriteString("log: &m0 {level: info}\n")
	for i := range 8 {
		prev := "*m" + string(rune('0'+i))
		b.WriteString("k" + string(rune('0'+i)) + ": &m" + string(rune('1'+i)) + " {<<: [" + strings.Repeat(prev+",", 60) + prev + "]}\n")
	}
	b.WriteString("hooks: {<<: *m8}\n")
	if got := mistakesOf(b.String()); !strings.Contains(got, "unfolds to more than a million") {
		t.Error(clip(got))
	}
}

func TestValidateWithoutFile(t *testing.T) {
	c := Default()
	w := DefaultWatch()
	w.Path = t.TempDir()
	c.Watch = []Watch{w}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c.Watch[0].Detect = "guess"
	if err := c.Validate(); err == nil || err.Error() != `watch[0].detect: want auto, events or poll, got "guess"` {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		"", example, "watch: [{path: /a}]", "watch:\n- &a {path: ~/x}\n- {<<: *a, path: y}", "a: &a [*a]",
		"log: {level: ${X}}", "providers: {x: {bandwidth: 1.5GiB}}", "? [a]\n: b", "watch: [~]", "<<: {log: {}}", "\xff\xfe",
	} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data, dir, env("X", "1"))
		if err != nil {
			if m, ok := errors.AsType[Mistakes](err); !ok || len(m) == 0 {
				t.Fatalf("not Mistakes: %v", err)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("loaded, yet not valid: %v", err)
		}
		out, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(out, dir, env("X", "1")); err != nil {
			t.Fatalf("what config show prints does not load: %v\n%s", err, out)
		}
	})
}
