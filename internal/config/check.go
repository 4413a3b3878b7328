package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"simdrop/internal/control"
)

// Validate checks a configuration that was not loaded from a file. The error is
// Mistakes without lines.
func (c *Config) Validate() error {
	d := &decoder{lines: map[string]int{}}
	c.check(d)
	if len(d.mistakes) > 0 {
		return d.mistakes
	}
	return nil
}

// check reports impossible values: what each key may be, then what does not go together.
func (c *Config) check(d *decoder) {
	k := checker{d}
	k.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.oneOf("log.format", c.Log.Format, "auto", "text", "json")
	k.listen(c.Control.Listen)
	if c.StateDir != "" && !filepath.IsAbs(c.StateDir) {
		k.wrong("state_dir", "want an absolute path, got %q", c.StateDir)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Providers)) {
		k.provider("providers."+name, name, c.Providers[name])
	}
	for i, w := range c.Watch {
		k.watch(index("watch", i), w, c)
	}
	k.overlaps(c)
	k.command("hooks.on_done", c.Hooks.OnDone)
	k.command("hooks.on_failed", c.Hooks.OnFailed)
	k.command("hooks.on_held", c.Hooks.OnHeld)
	for i, w := range c.Webhooks {
		k.webhook(index("webhooks", i), w)
	}
	k.oneOf("notifications", c.Notifications, "auto", "off")
}

// checker adds what is wrong to the decoder's mistakes, at the line of the path.
type checker struct{ *decoder }

func (k checker) wrong(path, format string, args ...any) {
	// One mistake per path: a value that did not parse is not judged as well.
	for _, m := range k.mistakes {
		if m.Path == path {
			return
		}
	}
	k.decoder.wrong(k.line(path), path, format, args...)
}

func (k checker) warn(path, format string, args ...any) {
	k.warnings = append(k.warnings, Mistake{k.line(path), path, fmt.Sprintf(format, args...)})
}

func (k checker) oneOf(path, got string, want ...string) {
	if slices.Contains(want, got) {
		return
	}
	if near := nearest(got, want); near != "" {
		k.wrong(path, "want %s, got %q: did you mean %s?", quoted(want), clip(got), near)
		return
	}
	k.wrong(path, "want %s, got %q", quoted(want), clip(got))
}

func (k checker) atLeast(path string, got, least int) {
	if got < least {
		k.wrong(path, "want %d or more, got %d", least, got)
	}
}

func (k checker) between(path string, got, least, most int) {
	if got < least || got > most {
		k.wrong(path, "want %d to %d, got %d", least, most, got)
	}
}

func (k checker) credits(path string, got float64) {
	if got < 0 {
		k.wrong(path, "want 0 or more, got %v", got)
	}
}

// duration wants more than nothing, or nothing at all where that means "off".
func (k checker) duration(path string, got Duration, zero bool) {
	switch {
	case got < 0:
		k.wrong(path, "want a duration that is not negative, got %v", got)
	case got == 0 && !zero:
		k.wrong(path, "want more than 0s")
	case got.D() > 10*365*24*time.Hour:
		k.wrong(path, "want less than ten years, got %v", got)
	}
}

// listen wants a loopback address: what listens there obeys.
func (k checker) listen(addr string) {
	const path = "control.listen"
	if addr == "" {
		return
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		k.wrong(path, "want host:port such as 127.0.0.1:7420, got %q", clip(addr))
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		k.wrong(path, "want a port from 0 to 65535, got %q", clip(port))
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
		k.wrong(path, "want a loopback address such as 127.0.0.1, got %q: the dashboard is for this machine alone", clip(host))
	}
}

// webURL says what is wrong with a URL, "" when nothing is.
func webURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return fmt.Sprintf("want a URL that begins with https:// or http://, got %q", clip(s))
	case u.User != nil:
		return "a URL must not hold a name or password"
	case u.Fragment != "":
		return "a URL must not have a fragment (#…)"
	}
	return ""
}

// clear says whether what is sent to the URL can be read on the way.
func clear(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.Unmap().IsLoopback()
}

func (k checker) command(path, line string) {
	if words, err := SplitCommand(line); err != nil {
		k.wrong(path, "%v", err)
	} else if line != "" && len(words) == 0 {
		k.wrong(path, "want a command, got only spaces")
	} else if len(words) > 0 && words[0] == "" {
		k.wrong(path, "want a command, got an empty word first")
	}
}

func (k checker) webhook(path string, w Webhook) {
	if w.URL == "" {
		k.wrong(path+".url", "is needed")
	} else if text := webURL(w.URL); text != "" {
		k.wrong(path+".url", "%s", text)
	}
	if clear(w.URL) {
		k.warn(path+".url", "the jobs travel unencrypted to %s", redactURL(w.URL))
	}
	for i, e := range w.Events {
		k.oneOf(index(path+".events", i), e, control.States()...)
	}
	if len(w.Events) == 0 {
		k.wrong(path+".events", "want at least one of %s", quoted(control.States()))
	}
}

// inside says whether path is dir or lies below it.
func inside(path, dir string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		path, dir = strings.ToLower(path), strings.ToLower(dir)
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
