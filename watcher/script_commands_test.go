package watcher

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"simdrop/internal/asset"
)

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
	s.rest()
	switch f[0] {
	case "set":
		s.set(arg(1), text(2))
	case "start":
		s.start()
		<-s.w.Ready()
		s.rest()
	case "need":
		s.need(arg(1))
	case "begin": // start without waiting for the first listing
		s.start()
	case "stop":
		s.stop()
		s.stop = nil
	case "write":
		s.write(arg(1), os.O_TRUNC, text(2))
	case "append":
		s.write(arg(1), os.O_APPEND, text(2))
	case "patch":
		s.write(arg(1), 0, text(2))
	case "files":
		s.crowd()
		n, _ := strconv.Atoi(arg(2))
		for i := range n {
			s.must(os.WriteFile(s.path(fmt.Sprintf(arg(1), i)), fmt.Append(nil, "data ", i), 0o644))
		}
	case "tree":
		s.crowd()
		folders, _ := strconv.Atoi(arg(2))
		each, _ := strconv.Atoi(arg(3))
		for i := range folders * each {
			s.write(fmt.Sprintf("%s/b%d/c/d%d/chair%d.obj", arg(1), i/each%7, i/each, i), os.O_TRUNC, "data")
		}
	case "storm":
		s.storm(s.path(arg(1)))
	case "calm":
		s.calm()
		s.calm = nil
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
		s.rest()
		err := s.w.Check(s.path(arg(1)))
		if want := text(2); want == "" {
			s.must(err)
		} else if err == nil || !strings.Contains(err.Error(), want) {
			s.fatal("got error", err)
		}
	case "status":
		s.rest()
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
		s.rest()
	case "expect":
		s.expect(f[1:])
	case "count":
		n, _ := strconv.Atoi(arg(1))
		s.await(n)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.drops) != n {
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

// crowd prepares for many files at once.
func (s *script) crowd() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live && s.many == nil {
		s.many = map[string]string{}
	}
}

// need skips the stanza where the file system is not of the kind.
func (s *script) need(what string) {
	fsys, err := fileSystemOf(s.dir)
	s.must(err)
	ok := false
	switch what {
	case "lease":
		ok = fsys.Lease
	case "nolease":
		ok = !fsys.Lease
	case "fine":
		s.write("a", os.O_EXCL, "")
		odd := time.Unix(1e9, 123456789)
		s.must(os.Chtimes(s.path("a"), odd, odd))
		info, err := os.Stat(s.path("a"))
		s.must(err)
		ok = info.ModTime().Nanosecond() != 0
		s.must(os.Remove(s.path("a")))
	case "alike":
		s.write("a\u0301", os.O_EXCL, "")
		s.write("\u00e1", 0, "")
		s.write("A\u0301", 0, "")
		names, err := os.ReadDir(s.dir)
		s.must(err)
		ok = len(names) == 3
		for _, n := range names {
			s.must(os.Remove(s.path(n.Name())))
		}
	}
	if !ok {
		s.t.Skipf("no %s on %s", what, fsys.Name)
	}
}

// write writes text into a file, which is made when it is not there; how is
// os.O_TRUNC, os.O_APPEND, or 0 to write over the beginning.
func (s *script) write(name string, how int, text string) {
	s.t.Helper()
	s.must(os.MkdirAll(filepath.Dir(s.path(name)), 0o755))
	file, err := os.OpenFile(s.path(name), os.O_CREATE|os.O_WRONLY|how, 0o644)
	s.must(err)
	_, err = io.WriteString(file, text)
	s.must(errors.Join(err, file.Close()))
}

// storm changes a file's permissions without end, as indexers and the thumbnailers
// of a NAS do with attributes.
func (s *script) storm(path string) {
	stop, ended := make(chan struct{}), make(chan struct{})
	s.calm = func() { close(stop); <-ended }
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			os.Chmod(path, 0o644|os.FileMode(i%2)*0o020)
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
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
	case "recipes":
		s.opts.Recipes = Recipes{Name: value, Note: value + ".note", Read: scriptRecipe(value)}
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
	case "network":
		s.opts.networkQuiet = networkFloor
		s.opts.fileSystem = func(string) (fileSystem, error) {
			f := traits("cifs")
			f.Source = value
			return f, nil
		}
	case "own":
		s.opts.Own = func(path string) bool { return path == s.path(value) }
	default:
		s.fatal("unknown option")
	}
}

func (s *script) expect(f []string) {
	s.t.Helper()
	if f[0] == "none" && s.live { // what came before a fence has settled before it
		s.fences++
		fence := fmt.Sprintf("fence%d.obj", s.fences)
		s.write(fence, os.O_TRUNC, "data")
		f = []string{"ready", fence}
	}
	if f[0] != "none" {
		s.await(1)
	}
	s.rest()
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
	s.rest()
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
