package bundle

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"testing"

	"simdrop/internal/asset"
)

// benchSize is the asset's size in bytes: what the largest upload may have.
const benchSize = 500 << 20

// benchDir is in memory where that is possible, so that programs are compared and
// not disks. SIMDROP_BENCH_DIR names another place.
func benchDir(b *testing.B) string {
	parent := os.Getenv("SIMDROP_BENCH_DIR")
	if _, err := os.Stat("/dev/shm"); parent == "" && err == nil {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "simdrop-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// noise is an asset of n files of noise, size bytes together.
func noise(b *testing.B, root string, n int, size int64) *asset.Asset {
	a := &asset.Asset{Root: root}
	source := rand.NewChaCha8([32]byte{1})
	for i := range n {
		place := "part" + strconv.Itoa(i) + ".bin"
		path := filepath.Join(root, place)
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyN(f, source, size/int64(n)); err != nil {
			b.Fatal(err)
		}
		f.Close()
		a.Members = append(a.Members, asset.Member{Path: path, Place: place})
	}
	a.Primary = a.Members[0].Path
	return a
}

// heap reports how much memory Go got from the system while f ran, in MB.
func heap(b *testing.B, f func()) {
	read := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64() - s[1].Value.Uint64()
	}
	before := read()
	f()
	b.ReportMetric(float64(max(read(), before)-before)/1e6, "MB-grown")
}

// Run with -bench Freeze: the figures to compare are those of one run.
func BenchmarkFreeze(b *testing.B) {
	for _, n := range []int{1, 2, 40} {
		dir := benchDir(b)
		a := noise(b, dir, n, benchSize)
		name := "files=" + strconv.Itoa(n)
		b.Run(name+"/freeze", func(b *testing.B) {
			b.SetBytes(benchSize)
			heap(b, func() {
				for b.Loop() {
					dst := filepath.Join(dir, "job")
					if _, err := Freeze(b.Context(), a, dst); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					os.RemoveAll(dst)
					b.StartTimer()
				}
			})
		})
		b.Run(name+"/copy", func(b *testing.B) {
			b.SetBytes(benchSize)
			for b.Loop() {
				for _, m := range a.Members {
					copyPlain(b, m.Path, filepath.Join(dir, "copy"))
				}
			}
			os.Remove(filepath.Join(dir, "copy"))
		})
		b.Run(name+"/sha256", func(b *testing.B) {
			b.SetBytes(benchSize)
			for b.Loop() {
				for _, m := range a.Members {
					f, err := os.Open(m.Path)
					if err != nil {
						b.Fatal(err)
					}
					io.CopyBuffer(sha256.New(), struct{ io.Reader }{f}, make([]byte, copyBuffer))
					f.Close()
				}
			}
		})
	}
}

// copyPlain copies by reading and writing, as cp does where it cannot share blocks.
func copyPlain(b *testing.B, from, to string) {
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, copyBuffer)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkBody(b *testing.B) {
	dir := benchDir(b)
	frozen, err := Freeze(b.Context(), noise(b, dir, 40, benchSize), filepath.Join(dir, "job"))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 32<<10) // what net/http copies with
	b.Run("zip", func(b *testing.B) {
		u := frozen.Upload("k7q2m4x9ab", "0")
		b.SetBytes(u.Size)
		heap(b, func() {
			for b.Loop() {
				r, err := u.Open()
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buf); n != u.Size {
					b.Fatal(n, err)
				}
				r.Close()
			}
		})
	})
	b.Run("cat", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			for _, f := range frozen.Files {
				r, err := os.Open(frozen.Path(f))
				if err != nil {
					b.Fatal(err)
				}
				io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, buf)
				r.Close()
			}
		}
	})
}
