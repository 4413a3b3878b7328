//go:build unix

package result

import (
	"archive/zip"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const benchSize = 500 << 20 // bytes unpacked

// benchArchive is a package of 40 files, packed by method: noise when stored, as
// textures are, and text that packs to a third when deflated, as scenes do.
func benchArchive(b *testing.B, dir string, method uint16) string {
	path := filepath.Join(dir, "result.zip")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	random := rand.NewChaCha8([32]byte{1})
	for i := range 40 {
		name := "usd/chair/textures/" + strconv.Itoa(i) + ".png"
		if i == 0 {
			name = "usd/chair/chair.usda"
		}
		out, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			b.Fatal(err)
		}
		var in io.Reader = random
		if method == zip.Deflate {
			in = numbers{random}
		}
		if _, err := io.CopyN(out, in, benchSize/40); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// numbers reads as digits, which pack to less than half.
type numbers struct{ io.Reader }

func (n numbers) Read(p []byte) (int, error) {
	k, err := n.Reader.Read(p)
	for i, c := range p[:k] {
		p[i] = "0123456789 .,-()"[c&15]
	}
	return k, err
}

// The figures to compare are those of one run: simdrop also hashes every file and
// makes all of it durable, unzip does neither.
func BenchmarkPrepare(b *testing.B) {
	for name, method := range map[string]uint16{"stored": zip.Store, "deflated": zip.Deflate} {
		dir := memoryDir(b)
		archive := benchArchive(b, dir, method)
		b.Run(name+"/simdrop", func(b *testing.B) {
			b.SetBytes(benchSize)
			before, cpu := heapBytes(), cpuTime(syscall.RUSAGE_SELF)
			for b.Loop() {
				p, err := Prepare(b.Context(), Request{Archive: archive, JobID: "job", Name: "chair.obj", Dir: dir, Root: dir})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				p.Discard()
				b.StartTimer()
			}
			reportCPU(b, cpuTime(syscall.RUSAGE_SELF)-cpu)
			b.ReportMetric(float64(max(heapBytes(), before)-before)/1e6, "MB-grown")
		})
		b.Run(name+"/unzip", func(b *testing.B) {
			tool, err := exec.LookPath("unzip")
			if err != nil {
				b.Skip("unzip is not installed")
			}
			b.SetBytes(benchSize)
			cpu := cpuTime(syscall.RUSAGE_CHILDREN)
			out := filepath.Join(dir, "unzipped")
			for b.Loop() {
				if text, err := exec.Command(tool, "-q", archive, "-d", out).CombinedOutput(); err != nil {
					b.Fatal(err, string(text))
				}
				b.StopTimer()
				os.RemoveAll(out)
				b.StartTimer()
			}
			reportCPU(b, cpuTime(syscall.RUSAGE_CHILDREN)-cpu)
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	crowd := with()
	for i := range 9_999 {
		crowd.entries = append(crowd.entries, entry{name: "usd/chair/textures/part " + strconv.Itoa(i) + ".png", body: "x"})
	}
	path := filepath.Join(b.TempDir(), "crowd.zip")
	if err := os.WriteFile(path, crowd.bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Check(path, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func heapBytes() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// cpuTime is what this process or its children used of the processor: on a busy
// machine the only figure that means anything.
func cpuTime(who int) time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(who, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reportCPU(b *testing.B, used time.Duration) {
	b.ReportMetric(float64(used.Milliseconds())/float64(b.N), "cpu-ms/op")
}
