package watcher

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// benchTree makes folders with twenty files each, one in twenty a primary.
// SIMDROP_BENCH_FOLDERS sets their number: 50000 make a million files.
func benchTree(b *testing.B) string {
	folders := benchFolders()
	root := b.TempDir()
	triangle := append(make([]byte, 80), 1, 0, 0, 0)
	for i := range 50 {
		triangle = append(triangle, byte(i))
	}
	for i := range folders {
		dir := filepath.Join(root, fmt.Sprintf("a%d/b%d/c%d", i%50, i/50%50, i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 20 {
			name, content := fmt.Sprintf("texture_%d.tga", j), []byte(nil)
			if j == 0 {
				name, content = "chair.stl", triangle
			}
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	return root
}

func benchFolders() int {
	if n, err := strconv.Atoi(os.Getenv("SIMDROP_BENCH_FOLDERS")); err == nil {
		return n
	}
	return 500
}

// BenchmarkTree watches a library that the queue knows already, beside what
// find and filepath.WalkDir need for the attributes of the same files in the same
// run: the listing alone, the start with all watches and all assets recognised,
// a rescan that finds nothing new, and what is kept in memory meanwhile.
func BenchmarkTree(b *testing.B) {
	root := benchTree(b)
	filepath.WalkDir(root, func(_ string, d fs.DirEntry, _ error) error { // all find it equally warm
		d.Info()
		return nil
	})
	b.Run("list/simdrop", func(b *testing.B) { benchList(b, root) })
	b.Run("start/simdrop", func(b *testing.B) {
		for b.Loop() {
			w, stop := knownTree(b, root)
			idle(w)
			b.StopTimer()
			stop()
			b.StartTimer()
		}
	})
	b.Run("rescan/simdrop", func(b *testing.B) {
		w, stop := knownTree(b, root)
		defer stop()
		idle(w)
		for b.Loop() {
			rescan(w)
		}
		reportMemory(b)
	})
	b.Run("first/simdrop", func(b *testing.B) {
		for b.Loop() {
			first(b, root)
		}
	})
	b.Run("find", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("find", root, "-printf", "%p %s %T@ %i\n").Run(); err != nil {
				b.Skip("no find here: ", err)
			}
		}
	})
	walk := func(stat bool) func(*testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
					if err == nil && stat {
						_, err = d.Info()
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("WalkDir", walk(false))
	b.Run("WalkDir+Info", walk(true))
}

// BenchmarkBeside runs find, a start and a rescan by turns over the same tree, and
// reports how the medians compare: on a busy machine only that tells anything.
func BenchmarkBeside(b *testing.B) {
	root := benchTree(b)
	find := func() error { return exec.Command("find", root, "-printf", "%p %s %T@ %i\n").Run() }
	if err := find(); err != nil {
		b.Skip("no find here: ", err)
	}
	var finds, starts, rescans []time.Duration
	timed := func(list *[]time.Duration, f func()) {
		began := time.Now()
		f()
		*list = append(*list, time.Since(began))
	}
	for b.Loop() {
		timed(&finds, func() { find() })
		var w *Watcher
		var stop func()
		timed(&starts, func() {
			w, stop = knownTree(b, root)
			idle(w)
		})
		timed(&rescans, func() { rescan(w) })
		stop()
	}
	median := func(list []time.Duration) float64 {
		slices.Sort(list)
		return list[len(list)/2].Seconds()
	}
	b.ReportMetric(median(finds), "find-s")
	b.ReportMetric(median(starts)/median(finds), "start/find")
	b.ReportMetric(median(rescans)/median(finds), "rescan/find")
}

// rescan lists the folder once more, and returns when nothing of it is on its way.
func rescan(w *Watcher) {
	last := w.Status().LastScan
	w.send(func(l *loop) { l.scans.full = "benchmark" })
	for w.Status().LastScan.Equal(last) {
		turn(w)
	}
	idle(w)
}

func benchList(b *testing.B, root string) {
	w, err := New(Options{Root: root, Kinds: models, Recursive: true})
	if err != nil {
		b.Fatal(err)
	}
	fsys, err := fileSystemOf(root)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		s := &scanner{opts: &w.opts, fsys: fsys, gate: w.gate}
		s.emit = func(l listing) error { n += len(l.files); return nil }
		if err := s.walk(context.Background(), root); err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
}

// knownTree watches a folder whose assets are all known from an earlier run, and
// returns when the first listing is done.
func knownTree(b *testing.B, root string) (w *Watcher, stop func()) {
	w, err := New(Options{
		Root: root, Kinds: models, Recursive: true, Detect: Events, RescanInterval: time.Hour,
		Known:      func(string, string) bool { return true },
		Companions: func(string) ([]string, bool) { return nil, true },
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	<-w.Ready()
	if s := w.Status(); s.Problem != "" {
		b.Log(s.Problem, s.Hint)
	}
	return w, func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// first watches the folder as if nothing were known: every asset is read, rests
// for a moment and is reported.
func first(b *testing.B, root string) {
	w, err := New(Options{
		Root: root, Kinds: models, Recursive: true, Detect: Events, RescanInterval: time.Hour,
		SettlePeriod: 10 * time.Millisecond, FirstRun: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	for range benchFolders() {
		if d := <-w.Drops(); d.Outcome != Ready || !d.Existing {
			b.Fatal(d.Path, d.Outcome, d.Err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// turn lets the loop go round once, seldom enough not to be what is measured.
func turn(w *Watcher) {
	<-time.After(time.Millisecond)
	done := make(chan struct{})
	w.send(func(*loop) { close(done) })
	<-done
}

// idle waits until nothing is on its way through the gates.
func idle(w *Watcher) {
	for turn(w); w.Status().Settling > 0; turn(w) {
	}
}

// reportMemory tells what the process holds: living objects, and private memory.
func reportMemory(b *testing.B) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MiB")
	data, _ := os.ReadFile("/proc/self/smaps_rollup")
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Private_Dirty:" {
			kib, _ := strconv.ParseFloat(f[1], 64)
			b.ReportMetric(kib/1024, "private-MiB")
		}
	}
}

// BenchmarkSettled measures from the last write to the drop, less the settle
// period: what events, gates and delivery add; beside the bare event of the kernel
// for the same write.
func BenchmarkSettled(b *testing.B) {
	b.Run("simdrop", func(b *testing.B) {
		l := watchLive(b, nil)
		settle := l.opts.SettlePeriod
		i := 0
		var over []time.Duration
		for b.Loop() {
			l.write(fmt.Sprintf("chair%d.obj", i), "data")
			start := time.Now()
			<-l.Drops()
			over = append(over, time.Since(start)-settle)
			i++
		}
		reportTimes(b, over)
	})
	b.Run("fsnotify", func(b *testing.B) {
		dir := b.TempDir()
		w, err := fsnotify.NewWatcher()
		if err != nil {
			b.Fatal(err)
		}
		defer w.Close()
		if err := w.Add(dir); err != nil {
			b.Fatal(err)
		}
		i := 0
		var over []time.Duration
		for b.Loop() {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte("data"), 0o644); err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			for e := range w.Events {
				if e.Has(fsnotify.Write) {
					break
				}
			}
			over = append(over, time.Since(start))
			i++
		}
		reportTimes(b, over)
	})
}

// reportTimes reports the median and the 99th percentile.
func reportTimes(b *testing.B, all []time.Duration) {
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkIndex shows what is kept for each asset of one file that was reported.
func BenchmarkIndex(b *testing.B) {
	const assets = 200_000
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		x := newIndex()
		for i := range assets {
			path := fmt.Sprintf("/assets/%d/chair.stl", i)
			x.record(&candidate{path: path, paths: []string{path}, files: map[string]tuple{path: {Size: int64(i)}}})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/assets, "B/asset")
		runtime.KeepAlive(x)
	}
}
