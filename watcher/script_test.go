package watcher

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/asset"
)

// A drop script is a text file of commands, one a line, run on real files: against
// a polling watcher under a fake clock, or, in a file whose name begins with
// "live", against one that gets the kernel's events, in real time.
//
//	set KEY VALUE            option, before the start: settle, poll, wait, undo, kinds, ignore, firstrun, own, network
//	need WHAT                skip where the file system is not so: lease, it shows writers; nolease, it
//	                         does not; alike, it tells names apart by case and Unicode form; fine, its
//	                         times are finer than the second that a script may take
//	start                    start the watcher and wait for its first listing
//	stop                     stop it; start begins anew, with nothing remembered but reports, when "remember" was set
//	write FILE TEXT…         make or replace a file; \n and \0 are understood
//	append FILE TEXT…        write at the end
//	patch FILE TEXT…         write over the beginning
//	files PATTERN N · tree DIR FOLDERS EACH   many files at once
//	size FILE N              set the size, filled with zeros
//	rename OLD NEW · remove FILE · mkdir DIR · link OLD NEW · touch FILE TIME
//	storm FILE · calm        change a file's permissions without end, until calm
//	open FILE · close FILE   hold a file open for writing
//	advance DURATION
//	expect OUTCOME FILE [MEMBER…]   the next drop, members in any order; "existing" may follow the outcome
//	expect none              live, a fence that is dropped then has to come first
//	count N                  that many drops, of any files
//	explain FILE GATE VERDICT       what a gate says, and
//	verdict FILE TEXT…              words of the verdict
//
// In all of them \u0301 is a combining acute accent and \u00e9 an e with one.
// The assets of the scripts are simple: a line "ref NAME" in a file is a
// reference, "end" at the end proves wholeness of a .glb.
type script struct {
	t     *testing.T
	dir   string
	opts  Options
	w     *Watcher
	stop  func()
	drops []Drop
	held  map[string]*os.File
	mu    sync.Mutex
	seen  map[string]string // what was reported, when it is remembered
	line  string

	live   bool          // real events and real time
	news   chan struct{} // a drop came
	fences int
	calm   func() // ends the storm
	// many are the states reported of files that were written in their hundreds. The
	// event of one that a listing had found before may come late, and then repeats it
	// in the same state, which the queue knows.
	many map[string]string
}

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range stanzas(string(text)) {
			base := strings.TrimSuffix(filepath.Base(file), ".txt")
			t.Run(base+"/"+name, func(t *testing.T) {
				if strings.HasPrefix(base, "live") {
					runLive(t, body)
				} else {
					runFake(t, body)
				}
			})
		}
	}
}

// stanzas splits a file at lines "-- name --".
func stanzas(text string) map[string]string {
	m, name := map[string]string{}, ""
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			name = strings.ReplaceAll(strings.TrimSuffix(n, " --"), " ", "-")
			continue
		}
		if name != "" {
			m[name] += line
		}
	}
	return m
}

func runFake(t *testing.T, body string) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, dir, Poll)
		s.run(body)
		if !t.Failed() && len(s.drops) > 0 {
			t.Errorf("a drop nobody expected: %v %s", s.drops[0].Outcome, s.drops[0].Path)
		}
	})
}

func runLive(t *testing.T, body string) {
	s := newScript(t, t.TempDir(), Events)
	s.live = true
	s.opts.SettlePeriod, s.opts.CompanionsWait, s.opts.RescanInterval = 60*time.Millisecond, 2*time.Second, time.Hour
	s.run(body + "\nexpect none")
}

func newScript(t *testing.T, dir string, detect Detect) *script {
	s := &script{t: t, dir: dir, held: map[string]*os.File{}, news: make(chan struct{}, 1)}
	s.opts = Options{
		Root: dir, Kinds: []asset.Kind{asset.Models}, Recursive: true, Detect: detect,
		Inspect: scriptInspect, Whole: scriptWhole, networkQuiet: time.Nanosecond,
	}
	if os.Getenv("WATCHER_LOG") != "" {
		s.opts.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return s
}

func (s *script) run(body string) {
	s.t.Helper()
	defer s.end()
	body = strings.NewReplacer(`\u0301`, "\u0301", `\u00e9`, "\u00e9").Replace(body)
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		s.line = line
		s.do(strings.Fields(line))
	}
	s.rest()
}

// await waits, live, until so many drops have come.
func (s *script) await(n int) {
	s.t.Helper()
	s.rest()
	if !s.live {
		return
	}
	limit := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		have := len(s.drops)
		s.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-s.news:
		case <-limit:
			s.fatal("there are ", have, " drops; ", s.w.Status())
		}
	}
}

// rest lets the watcher do all it can do at this moment of the fake clock.
func (s *script) rest() {
	if !s.live {
		synctest.Wait()
	}
}

func (s *script) fatal(args ...any) {
	s.t.Helper()
	s.t.Fatal(append([]any{s.line + ":"}, args...)...)
}

func (s *script) must(err error) {
	s.t.Helper()
	if err != nil {
		s.fatal(err)
	}
}

func (s *script) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *script) end() {
	if s.calm != nil {
		s.calm()
	}
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	for _, f := range s.held {
		f.Close()
	}
}

func (s *script) start() {
	s.t.Helper()
	w, err := New(s.opts)
	s.must(err)
	s.w = w
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(ctx); err != nil {
			s.t.Error(err)
		}
	}()
	go func() {
		for d := range w.Drops() {
			s.mu.Lock()
			if s.seen != nil {
				s.seen[d.Path] = d.Stamp
			}
			if s.many == nil || s.many[d.Path] != d.Stamp {
				s.drops = append(s.drops, d)
			}
			if s.many != nil {
				s.many[d.Path] = d.Stamp
			}
			s.mu.Unlock()
			select {
			case s.news <- struct{}{}:
			default:
			}
		}
	}()
	s.stop = func() { cancel(); <-ended; s.rest() }
	s.rest()
}

// scriptRecipe reads lines "kinds NAMES", "ignore PATTERNS", "wait DURATION" and
// "problem TEXT". Of the nearest recipe that says something that counts.
func scriptRecipe(name string) func(string, bool) Recipe {
	return func(folder string, there bool) (r Recipe) {
		text, _ := os.ReadFile(filepath.Join(folder, name))
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch key {
			case "kinds":
				for _, k := range strings.Fields(value) {
					r.Kinds = append(r.Kinds, asset.Kind(k))
				}
			case "ignore":
				r.Ignore = strings.Fields(value)
			case "wait":
				d, err := time.ParseDuration(value)
				r.Wait = &d
				if err != nil {
					r.Problem = err.Error()
				}
			case "problem":
				r.Problem = value
			}
		}
		return r
	}
}
