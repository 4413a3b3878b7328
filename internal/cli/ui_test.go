package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/vbauerster/mpb/v8"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
	"simdrop/queue"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain ü 椅子":          "plain ü 椅子",
		"a\x1b[2Jb\x07":       "a[2Jb",
		"two\nlines\tand":     "two lines and",
		"c1 \u009b31m":        "c1 31m",
		"gpj.\u202eexe\u2066": "gpj.exe",
		"bad \xff utf8":       "bad \ufffd utf8",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	var tab table
	tab.add("A", "STATE", "Z")
	tab.add("größe", "done", "x")
	tab.add("b", "failed", "")
	tab.colour = func(r, c int) string {
		if c == 1 {
			return stateColours[tab.rows[r][c]]
		}
		return ""
	}
	var out bytes.Buffer
	tab.print(&out)
	want := "A      STATE   Z\ngröße  \x1b[32mdone\x1b[0m    x\nb      \x1b[31mfailed\x1b[0m\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

// TestHints pins what people are told to do.
func TestHints(t *testing.T) {
	in := func(err error) error { return fmt.Errorf("while starting: %w", err) }
	for _, tt := range []struct {
		err  error
		code int
		hint string
	}{
		{&usageError{"no", "see `simdrop --help`"}, 2, "see `simdrop --help`"},
		{&config.NotFound{Places: []string{"/a"}}, 2, "make one with `simdrop config init`, or look around without one: `simdrop try`"},
		{&configError{"c.yaml", fs.ErrNotExist}, 2, "make it with `simdrop --config c.yaml config init`"},
		{&configError{"c.yaml", config.Mistakes{{Text: "x"}}}, 2, "`simdrop config init --print` shows every option with its default"},
		{&configError{"c.yaml", fs.ErrPermission}, 2, ""},
		{in(control.ErrNotRunning), 3, "start it with `simdrop run`, or look around with `simdrop try`"},
		{&control.Error{Status: 404}, 1, "`simdrop jobs` lists the jobs"},
		{&control.Error{Status: 409, Problem: control.Problem{Error: "no", Hint: "wait"}}, 1, "wait"},
		{in(syscall.EADDRINUSE), 1, "another program uses the address, perhaps a simdrop: see `simdrop status`, or set control.listen"},
		{in(queue.ErrLocked), 1, "a simdrop uses this state folder already: see `simdrop status`; a second one needs its own state_dir"},
		{in(daemon.ErrBusy), 1, "ask again when it is written: the program that writes it may still have it open"},
		{fmt.Errorf("find the daemon: %w", fs.ErrPermission), 1, "the daemon belongs to another user: ask as that user"},
		{in(&hinted{errors.New("x"), "y"}), 1, "y"},
		{errors.New("x"), 1, ""},
	} {
		if code, hint := judge(tt.err); code != tt.code || hint != tt.hint {
			t.Errorf("%v: %d %q, want %d %q", tt.err, code, hint, tt.code, tt.hint)
		}
	}
}

func TestLogFormats(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logs", "simdrop.log")
	for format, want := range map[string]string{
		"auto": `^time=\S+ level=WARN msg="no key" key=\S*redacted\S* n=1\n$`,
		"text": `^time=\S+ level=WARN msg="no key"`,
		"json": `^\{"time":"[^"]+","level":"WARN","msg":"no key"`,
	} {
		var stderr bytes.Buffer
		a := &app{stderr: &stderr, env: os.LookupEnv}
		log, closeLog, err := a.logger(config.Log{Level: "warn", Format: format})
		if err != nil {
			t.Fatal(err)
		}
		log.Info("not this")
		log.Warn("no key", "key", "rgyd_live_0123456789abcdef0123", "n", 1)
		if !regexp.MustCompile(want).MatchString(stderr.String()) || strings.Contains(stderr.String(), "0123456789") {
			t.Errorf("%s: %s", format, stderr.String())
		}
		if err := closeLog(); err != nil {
			t.Error(err)
		}
	}
	a := &app{stderr: &bytes.Buffer{}, env: os.LookupEnv}
	for range 2 { // a second start goes on
		log, closeLog, err := a.logger(config.Log{Level: "info", Format: "auto", File: file})
		if err != nil {
			t.Fatal(err)
		}
		log.Info("hello")
		if err := closeLog(); err != nil {
			t.Error(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil || strings.Count(string(b), "msg=hello") != 2 {
		t.Errorf("%s, %v", b, err)
	}
}

func TestJournalPriorities(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newJournal(&out, &slog.HandlerOptions{Level: slog.LevelDebug})).With("job", "1").WithGroup("g")
	log.Debug("a")
	log.Info("b", "time", "in group stays")
	log.Warn("c")
	log.Error("d")
	want := "<7>msg=a job=1\n<6>msg=b job=1 g.time=\"in group stays\"\n<4>msg=c job=1\n<3>msg=d job=1\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

// TestBarsEnd: whatever became of the jobs, the bars end, or the command would hang.
func TestBarsEnd(t *testing.T) {
	var out bytes.Buffer
	b := &bars{all: mpb.New(mpb.WithOutput(&out)), of: map[string]*bar{}}
	for _, state := range control.States() {
		j := control.Job{ID: state, Path: "/a/" + state + ".glb", State: control.Queued}
		b.see(j)
		j.State, j.Progress, j.Stage = state, 100, "Packing"
		b.see(j)
		b.see(j)
	}
	b.end()
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	l := &lines{w: &out, last: map[string]string{}}
	for _, j := range []control.Job{
		{ID: "1", Path: "/a/x.glb", State: "queued"}, {ID: "1", Path: "/a/x.glb", State: "queued", Progress: 5},
		{ID: "2", Path: "/a/y\x1b.glb", State: "queued"}, {ID: "1", Path: "/a/x.glb", State: "done"},
	} {
		l.see(j)
	}
	if out.String() != "x.glb: queued\ny.glb: queued\nx.glb: done\n" {
		t.Errorf("got %q", out.String())
	}
}
