package watcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/asset"
)

// A drop script is a text file of commands, one a line, run against a polling
// watcher under a fake clock, on real files:
//
//	set KEY VALUE            option, before the start: settle, poll, wait, undo, kinds, ignore, firstrun, own
//	need lease               skip where the file system does not show writers
//	start                    start the watcher and wait for its first listing
//	stop                     stop it; start begins anew, with nothing remembered but reports, when "remember" was set
//	write FILE TEXT…         make or replace a file; \n and \0 are understood
//	append FILE TEXT…        write at the end
//	size FILE N              set the size, filled with zeros
//	rename OLD NEW · remove FILE · mkdir DIR · link OLD NEW · touch FILE TIME · chmod FILE
//	open FILE · close FILE   hold a file open for writing
//	advance DURATION
//	expect OUTCOME FILE [MEMBER…]   the next drop, members in any order; "existing" may follow the outcome
//	expect none
//	explain FILE GATE VERDICT       what a gate says, and
//	verdict FILE TEXT…              words of the verdict
//
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
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+name, func(t *testing.T) {
				runScript(t, body)
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

func runScript(t *testing.T, body string) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, dir: dir, held: map[string]*os.File{}}
		s.opts = Options{
			Root: dir, Kinds: []asset.Kind{asset.Models}, Recursive: true, Detect: Poll,
			Inspect: scriptInspect, Whole: scriptWhole, networkQuiet: time.Nanosecond,
		}
		if os.Getenv("WATCHER_LOG") != "" {
			s.opts.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
		defer s.end()
		for line := range strings.Lines(body) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			s.line = line
			s.do(strings.Fields(line))
			if t.Failed() {
				return
			}
		}
		synctest.Wait()
		if len(s.drops) > 0 {
			t.Errorf("a drop nobody expected: %v %s", s.drops[0].Outcome, s.drops[0].Path)
		}
	})
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
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	for _, f := range s.held {
		f.Close()
	}
}

func (s *script) do(f []string) {
	s.t.Helper()
	arg := func(i int) string {
		if i >= len(f) {
			s.fatal("argument missing")
		}
		return f[i]
	}
	text := func(i int) string {
		return strings.NewReplacer(`\n`, "\n", `\0`, "\x00").Replace(strings.Join(f[min(i, len(f)):], " "))
	}
	synctest.Wait()
	switch f[0] {
	case "set":
		s.set(arg(1), text(2))
	case "start":
		s.start()
		<-s.w.Ready()
		synctest.Wait()
	case "need": // a lease: the file system shows writers
		if fsys, err := fileSystemOf(s.dir); err != nil || !fsys.Lease {
			s.t.Skip("writers cannot be seen on ", fsys.Name, err)
		}
	case "begin": // start without waiting for the first listing
		s.start()
	case "stop":
		s.stop()
		s.stop = nil
	case "write", "append":
		s.must(os.MkdirAll(filepath.Dir(s.path(arg(1))), 0o755))
		mode := os.O_TRUNC
		if f[0] == "append" {
			mode = os.O_APPEND
		}
		file, err := os.OpenFile(s.path(arg(1)), os.O_CREATE|os.O_WRONLY|mode, 0o644)
		s.must(err)
		_, err = io.WriteString(file, text(2))
		s.must(errors.Join(err, file.Close()))
	case "files":
		n, _ := strconv.Atoi(arg(2))
		for i := range n {
			s.must(os.WriteFile(s.path(fmt.Sprintf(arg(1), i)), fmt.Append(nil, "data ", i), 0o644))
		}
	case "size":
		n, err := strconv.ParseInt(arg(2), 10, 64)
		s.must(err)
		s.must(os.Truncate(s.path(arg(1)), n))
	case "rename":
		s.must(os.Rename(s.path(arg(1)), s.path(arg(2))))
	case "remove":
		s.must(os.RemoveAll(s.path(arg(1))))
	case "mkdir":
		s.must(os.MkdirAll(s.path(arg(1)), 0o755))
	case "link":
		s.must(os.Symlink(arg(1), s.path(arg(2))))
	case "touch":
		when, err := time.Parse("2006-01-02", arg(2))
		s.must(err)
		s.must(os.Chtimes(s.path(arg(1)), when, when))
	case "open":
		file, err := os.OpenFile(s.path(arg(1)), os.O_RDWR, 0)
		s.must(err)
		s.held[arg(1)] = file
	case "close":
		s.must(s.held[arg(1)].Close())
	case "check":
		synctest.Wait()
		err := s.w.Check(s.path(arg(1)))
		if want := text(2); want == "" {
			s.must(err)
		} else if err == nil || !strings.Contains(err.Error(), want) {
			s.fatal("got error", err)
		}
	case "status":
		synctest.Wait()
		if st := s.w.Status(); string(st.State) != arg(1) || !strings.Contains(st.Problem+st.Hint, text(2)) {
			s.fatal("it is ", st)
		}
	case "confirm":
		s.must(s.w.ConfirmRoot(s.t.Context()))
	case "takeover":
		_, err := s.w.Takeover(s.t.Context())
		s.must(err)
	case "rescan":
		s.w.Rescan()
	case "advance":
		d, err := time.ParseDuration(arg(1))
		s.must(err)
		<-time.After(d)
		synctest.Wait()
	case "expect":
		s.expect(f[1:])
	case "count":
		s.mu.Lock()
		defer s.mu.Unlock()
		if n, _ := strconv.Atoi(arg(1)); len(s.drops) != n {
			s.fatal("there are", len(s.drops))
		}
		s.drops = nil
	case "explain":
		s.explain(arg(1), strings.Join(f[2:len(f)-1], " "), f[len(f)-1])
	case "verdict":
		if e := s.w.Explain(s.t.Context(), s.path(arg(1))); !strings.Contains(e.Verdict, text(2)) {
			s.fatal("it says: ", e.Verdict)
		}
	default:
		s.fatal("unknown command")
	}
}

func (s *script) set(key, value string) {
	s.t.Helper()
	duration := func() time.Duration {
		d, err := time.ParseDuration(value)
		s.must(err)
		return d
	}
	switch key {
	case "settle":
		s.opts.SettlePeriod = duration()
	case "poll":
		s.opts.PollInterval = duration()
	case "wait":
		s.opts.CompanionsWait = duration()
	case "undo":
		s.opts.UndoWindow = duration()
	case "ignore":
		s.opts.Ignore = strings.Fields(value)
	case "kinds":
		s.opts.Kinds = nil
		for _, k := range strings.Fields(value) {
			s.opts.Kinds = append(s.opts.Kinds, asset.Kind(k))
		}
	case "flat":
		s.opts.Recursive = false
	case "firstrun":
		s.opts.FirstRun = true
	case "remember":
		s.seen = map[string]string{}
		s.opts.Known = func(path, stamp string) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.seen[path] == stamp
		}
	case "marked":
		s.opts.Remember = func(id Identity) error { s.opts.Identity = id; return nil }
	case "auto":
		s.opts.AutoTakeover = true
	case "owner":
		s.opts.Instance = value
	case "own":
		s.opts.Own = func(path string) bool { return path == s.path(value) }
	default:
		s.fatal("unknown option")
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
			s.drops = append(s.drops, d)
			s.mu.Unlock()
		}
	}()
	s.stop = func() { cancel(); <-ended; synctest.Wait() }
	synctest.Wait()
}

func (s *script) expect(f []string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if f[0] == "none" {
		if len(s.drops) > 0 {
			s.fatal("got ", s.drops[0].Outcome, s.drops[0].Path)
		}
		return
	}
	if len(s.drops) == 0 {
		s.fatal("no drop; ", s.w.Explain(s.t.Context(), s.path(f[1])).Verdict)
	}
	d := s.drops[0]
	s.drops = s.drops[1:]
	got := []string{d.Outcome.String()}
	if d.Existing {
		got = append(got, "existing")
	}
	var members []string
	if d.Asset != nil {
		for _, m := range d.Asset.Members {
			if m.Path != d.Path {
				rel, _ := filepath.Rel(s.dir, m.Path)
				members = append(members, filepath.ToSlash(rel))
			}
		}
	}
	slices.Sort(members)
	rel, _ := filepath.Rel(s.dir, d.Path)
	got = append(append(got, filepath.ToSlash(rel)), members...)
	if !slices.Equal(got, f) {
		s.fatal("got ", got, d.Err)
	}
}

func (s *script) explain(file, gate, verdict string) {
	s.t.Helper()
	synctest.Wait()
	e := s.w.Explain(s.t.Context(), s.path(file))
	for _, g := range e.Gates {
		if g.Name == gate {
			if string(g.Verdict) != verdict {
				s.fatal("it says ", g)
			}
			return
		}
	}
	s.fatal("no such gate in ", e)
}

// scriptInspect reads lines "ref NAME", all the way down.
func scriptInspect(_ context.Context, root, primary string) (*asset.Asset, error) {
	a := &asset.Asset{Root: root, Primary: primary}
	todo, done := []string{primary}, map[string]bool{}
	for len(todo) > 0 {
		file := todo[0]
		todo = todo[1:]
		if done[file] {
			continue
		}
		done[file] = true
		data, err := os.ReadFile(file)
		if file == primary {
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(string(data), "garbage") {
				return nil, &asset.InvalidError{Path: file, Reason: "it is garbage"}
			}
		} else if err != nil {
			rel, _ := filepath.Rel(filepath.Dir(primary), file)
			a.Missing = append(a.Missing, filepath.ToSlash(rel))
			continue
		}
		a.Members = append(a.Members, asset.Member{Path: file})
		for line := range strings.Lines(string(data)) {
			if ref, ok := strings.CutPrefix(strings.TrimSpace(line), "ref "); ok {
				todo = append(todo, filepath.Join(filepath.Dir(file), filepath.FromSlash(ref)))
			}
		}
	}
	return a, nil
}

// scriptWhole proves a .glb by its last word.
func scriptWhole(name string, r io.ReaderAt, size int64) (asset.Verdict, error) {
	tail := make([]byte, min(size, 4))
	r.ReadAt(tail, size-int64(len(tail)))
	switch {
	case ext(name) == "glb" && strings.HasSuffix(string(tail), "end"):
		return asset.Verdict{State: asset.Proved}, nil
	case ext(name) == "glb":
		return asset.Verdict{State: asset.NotWhole, Reason: "the last word is not end"}, nil
	case tail[len(tail)-1] == 0:
		return asset.Verdict{Soft: "it ends in zeros"}, nil
	}
	return asset.Verdict{}, nil
}
