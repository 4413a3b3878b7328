package bundle

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"simdrop/internal/asset"
)

// realistic writes an asset of size bytes as artists have them: half an OBJ with its
// library, half textures.
func realistic(b *testing.B, dir string, size int64) *asset.Asset {
	b.Helper()
	const textures = 8
	whole := noise(b, dir, textures, size/2)
	library := "newmtl a\n"
	for i, m := range whole.Members {
		place := fmt.Sprintf("tex%d.png", i)
		if err := os.Rename(m.Path, filepath.Join(dir, place)); err != nil {
			b.Fatal(err)
		}
		library += "map_Kd " + place + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "a.mtl"), []byte(library), 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "a.obj"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const block = "v 0.123456 1.234567 -2.345678\nv 9.876543 8.765432 -7.654321\nvn 0.577350 0.577350 0.577350\nf 1//1 2//1 3//1\n"
	if _, err := io.WriteString(f, "mtllib a.mtl\n"); err != nil {
		b.Fatal(err)
	}
	for n := int64(0); n < size/2; {
		var text []byte
		for len(text) < 1<<20 {
			text = append(text, block...)
		}
		if _, err := f.Write(text); err != nil {
			b.Fatal(err)
		}
		n += int64(len(text))
	}
	a, err := asset.Inspect(b.Context(), dir, f.Name())
	if err != nil || len(a.Members) != textures+2 {
		b.Fatal(a, err)
	}
	return a
}

// spent is what a piece of work took.
type spent struct{ wall, cpu time.Duration }

// BenchmarkPeers bundles an asset of 500 MB into a request body (inspect, freeze
// with its digests, stream the ZIP) and has cp, sha256sum and zip -0 work on the same
// files in turn with it. It reports how much longer, and how much more processor
// time, simdrop takes than each. Run it with -benchtime 5x.
func BenchmarkPeers(b *testing.B) {
	for _, tool := range []string{"cp", "sha256sum", "zip"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("there is no %s to compare with", tool)
		}
	}
	if runtime.GOOS == "windows" {
		b.Skip("processor time is read the Unix way")
	}
	dir := benchDir(b)
	src := filepath.Join(dir, "src")
	if err := os.Mkdir(src, 0o700); err != nil {
		b.Fatal(err)
	}
	a := realistic(b, src, benchSize)
	var ours spent
	peers := map[string]spent{}
	b.SetBytes(benchSize)
	heap(b, func() {
		for b.Loop() {
			add(&ours, measured(b, func() { send(b, a, filepath.Join(dir, "job")) }))
			b.StopTimer()
			os.RemoveAll(filepath.Join(dir, "job"))
			for name, args := range map[string][]string{
				"cp":        {"cp", "-r", src, filepath.Join(dir, "copy")},
				"sha256sum": append([]string{"sha256sum"}, paths(a)...),
				"zip-0":     {"zip", "-q", "-0", "-r", filepath.Join(dir, "a.zip"), src},
			} {
				p := peers[name]
				add(&p, run(b, args...))
				peers[name] = p
			}
			os.RemoveAll(filepath.Join(dir, "copy"))
			os.Remove(filepath.Join(dir, "a.zip"))
			b.StartTimer()
		}
	})
	for name, p := range peers {
		b.ReportMetric(float64(ours.wall)/float64(p.wall), "wall/"+name)
		b.ReportMetric(float64(ours.cpu)/float64(p.cpu), "cpu/"+name)
	}
}

func add(sum *spent, s spent) { sum.wall, sum.cpu = sum.wall+s.wall, sum.cpu+s.cpu }

// send does what a job does with an asset, up to the socket.
func send(b *testing.B, a *asset.Asset, dst string) {
	again, err := asset.Inspect(b.Context(), a.Root, a.Primary)
	if err != nil {
		b.Fatal(err)
	}
	frozen, err := Freeze(b.Context(), again, dst)
	if err != nil {
		b.Fatal(err)
	}
	up := frozen.Upload("k7q2m4x9ab", "0")
	body, err := up.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer body.Close()
	if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, body, make([]byte, 32<<10)); n != up.Size || err != nil {
		b.Fatal(n, err)
	}
}

func paths(a *asset.Asset) (all []string) {
	for _, m := range a.Members {
		all = append(all, m.Path)
	}
	return all
}

func run(b *testing.B, args ...string) spent {
	b.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", args[0], err, out)
	}
	return spent{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// measured runs f in this process.
func measured(b *testing.B, f func()) spent {
	b.Helper()
	before, began := processCPU(), time.Now()
	f()
	return spent{time.Since(began), processCPU() - before}
}
