//go:build unix

package uploader_test

import (
	"archive/zip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"simdrop/internal/result"
	"simdrop/uploader/rigyd"
)

const bigResult = 500 << 20 // bytes unpacked

// BenchmarkFetchAndExtract fetches a result of 500 MB and lays it out durably
// in its staging folder, in a process of its own, beside curl and unzip, which
// neither hash nor flush. What is reported are ratios within one run.
func BenchmarkFetchAndExtract(b *testing.B) {
	for _, tool := range []string{"curl", "unzip", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skip(tool, "is not installed")
		}
	}
	dir, err := os.MkdirTemp("/dev/shm", "simdrop-bench-") // programs are compared, not disks
	if err != nil {
		dir = b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	archive := filepath.Join(dir, "served.zip")
	makeArchive(b, archive)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, archive) }))
	defer srv.Close()
	for b.Loop() {
		self, err := os.Executable()
		if err != nil {
			b.Fatal(err)
		}
		ours := exec.Command(self, "-test.run=^TestFetchInAChild$")
		ours.Env = append(os.Environ(), "SIMDROP_FETCH_URL="+srv.URL, "SIMDROP_FETCH_DIR="+filepath.Join(dir, "ours"))
		theirs := exec.Command("sh", "-c", `mkdir "$1" && curl -sS -o "$1/f.zip" "$0" && unzip -q "$1/f.zip" -d "$1/out"`, srv.URL, filepath.Join(dir, "theirs"))
		a, p := cost(b, ours), cost(b, theirs)
		b.ReportMetric(a.wall/p.wall, "wall/peer")
		b.ReportMetric(a.cpu/p.cpu, "cpu/peer")
		b.ReportMetric(a.rss, "MiB-peak")
		b.ReportMetric(p.rss, "peer-MiB-peak")
		b.Logf("simdrop %.2f s, %.2f CPU s, %.0f MiB; curl and unzip %.2f s, %.2f CPU s, %.0f MiB", a.wall, a.cpu, a.rss, p.wall, p.cpu, p.rss)
		for _, name := range []string{"ours", "theirs"} {
			os.RemoveAll(filepath.Join(dir, name))
		}
		if a.rss > 100 {
			b.Errorf("%.0f MiB at the peak", a.rss)
		}
	}
}

// TestFetchInAChild is the benchmark's other process.
func TestFetchInAChild(t *testing.T) {
	url, dir := os.Getenv("SIMDROP_FETCH_URL"), os.Getenv("SIMDROP_FETCH_DIR")
	if url == "" {
		t.Skip("a part of BenchmarkFetchAndExtract")
	}
	c, err := rigyd.New(rigyd.Options{Name: "rigyd", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "result.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := c.Fetch(t.Context(), "job", "all", f); err != nil {
		t.Fatal(err)
	}
	p, err := result.Prepare(t.Context(), result.Request{Archive: f.Name(), JobID: "job", Name: "chair.obj", Dir: dir, Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

type usage struct{ wall, cpu, rss float64 } // seconds, seconds, MiB

func cost(b *testing.B, cmd *exec.Cmd) usage {
	b.Helper()
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	wall := time.Since(began).Seconds()
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return usage{wall, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), float64(used.Maxrss) / 1024}
}

// makeArchive writes textures of noise, stored, and a layer of digits, deflated.
func makeArchive(b *testing.B, path string) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	noise := rand.NewChaCha8([32]byte{1})
	for i := range 10 {
		h := &zip.FileHeader{Name: fmt.Sprintf("usd/chair/textures/%d.png", i), Method: zip.Store}
		var in io.Reader = noise
		if i == 0 {
			h = &zip.FileHeader{Name: "usd/chair/chair.usda", Method: zip.Deflate}
			in = digits{noise}
		}
		out, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.CopyN(out, in, bigResult/10)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

type digits struct{ io.Reader }

func (d digits) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	for i, c := range p[:n] {
		p[i] = "0123456789 .,-()"[c&15]
	}
	return n, err
}
