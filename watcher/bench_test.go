package watcher

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// benchTree makes folders with twenty files each, one in twenty a primary.
// SIMDROP_BENCH_FOLDERS sets their number: 50000 make a million files.
func benchTree(b *testing.B) string {
	folders := 500
	if n, err := strconv.Atoi(os.Getenv("SIMDROP_BENCH_FOLDERS")); err == nil {
		folders = n
	}
	root := b.TempDir()
	for i := range folders {
		dir := filepath.Join(root, fmt.Sprintf("a%d/b%d/c%d", i%50, i/50%50, i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 20 {
			name := fmt.Sprintf("texture_%d.tga", j)
			if j == 0 {
				name = "chair.stl"
			}
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(folders*20), "files")
	return root
}

// BenchmarkScan lists a tree as a rescan does, beside filepath.WalkDir, with and
// without reading attributes, over the same tree in the same run.
func BenchmarkScan(b *testing.B) {
	root := benchTree(b)
	w, err := New(Options{Root: root, Kinds: models, Recursive: true})
	if err != nil {
		b.Fatal(err)
	}
	fsys, err := fileSystemOf(root)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("simdrop", func(b *testing.B) {
		for b.Loop() {
			n := 0
			s := &scanner{opts: &w.opts, fsys: fsys, gate: w.gate}
			s.emit = func(l listing) error { n += len(l.files); return nil }
			if err := s.walk(context.Background(), root); err != nil || n == 0 {
				b.Fatal(n, err)
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

// BenchmarkSettled measures from the last write to the drop, less the settle
// period: what events, gates and delivery add.
func BenchmarkSettled(b *testing.B) {
	l := watchLive(b, nil)
	settle := l.opts.SettlePeriod
	i := 0
	var over time.Duration
	for b.Loop() {
		start := time.Now()
		l.write(fmt.Sprintf("chair%d.obj", i), "data")
		<-l.Drops()
		over += time.Since(start) - settle
		i++
	}
	b.ReportMetric(float64(over.Microseconds())/float64(i), "µs-over-settle/op")
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
