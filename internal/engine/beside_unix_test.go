//go:build unix

package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"simdrop/internal/engine"
)

// These make this test binary a process of its own: one that converts the file
// named, or one that makes a sphere of so many rings.
const (
	besideEnv = "SIMDROP_ENGINE_BESIDE"
	ballEnv   = "SIMDROP_ENGINE_BALL"
)

// TestMain lets the benchmark measure a conversion as a process of its own, which
// is the only way to know its memory, and the way the program runs it. What starts
// it must stay small: Linux counts the memory of a process that forks as its
// child's.
func TestMain(m *testing.M) {
	var err error
	switch in, rings := os.Getenv(besideEnv), os.Getenv(ballEnv); {
	case in != "":
		err = convertFile(in, os.Args[1])
	case rings != "":
		var n int
		if n, err = strconv.Atoi(rings); err == nil {
			err = os.WriteFile(os.Args[1], glb(n), 0o600)
		}
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

// convertFile writes the package to one file, and prints what the input holds.
func convertFile(in, to string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	w := &oneFile{bufio.NewWriterSize(f, 1<<20)}
	out, err := engine.Convert(context.Background(), engine.Input{Path: in, Filename: filepath.Base(in)}, w)
	if err != nil {
		return err
	}
	_, _ = os.Stdout.Write(out.InputStats) // the benchmark misses it where that fails
	return errors.Join(w.Flush(), f.Close())
}

// made makes a sphere of n rings as a GLB.
func made(b *testing.B, n int) string {
	b.Helper()
	f := filepath.Join(b.TempDir(), fmt.Sprintf("ball_%d.glb", 4*n*(n-1)))
	self(b, fmt.Sprintf("%s=%d", ballEnv, n), f)
	return f
}

// self runs this binary as one of its other selves.
func self(b *testing.B, env, arg string) (cost, []byte) {
	b.Helper()
	cmd := exec.Command(os.Args[0], arg)
	cmd.Env = append(os.Environ(), env)
	return measure(b, cmd)
}

// oneFile writes a package's files one after the other into one.
type oneFile struct{ *bufio.Writer }

func (f *oneFile) Create(string) (io.Writer, error) { return f.Writer, nil }

// cost is what a process used.
type cost struct {
	cpu, wall time.Duration
	peak      int64 // bytes
}

// least is the cheaper of two runs: what a process costs where nothing disturbs it.
func (c cost) least(o cost) cost {
	if o.cpu == 0 {
		return c
	}
	return cost{min(c.cpu, o.cpu), min(c.wall, o.wall), min(c.peak, o.peak)}
}

func measure(b *testing.B, cmd *exec.Cmd) (cost, []byte) {
	b.Helper()
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	c := cost{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	c.peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" {
		c.peak <<= 10 // kilobytes elsewhere
	}
	return c, out
}

// bars are what a conversion may cost, by triangles up to which they hold.
var bars = []struct {
	triangles int
	cpu       time.Duration
	peak      int64
}{{1000, 50 * time.Millisecond, 50e6}, {130_000, time.Second, 150e6}, {1_100_000, 6 * time.Second, 700e6}}

// BenchmarkBeside converts files, each in a process of its own, beside assimp's
// re-export of the same file to glTF, which does far less: it writes no physics.
// CPU time is the fair figure on a busy machine; past the bars the benchmark fails.
func BenchmarkBeside(b *testing.B) {
	root := corpus(b)
	for _, in := range []string{
		filepath.Join(root, "gltf-embedded", "BoxTextured.gltf"),
		filepath.Join(root, "glb-engine", "2CylinderEngine.glb"), filepath.Join(root, "stl-spider-ascii", "Spider_ascii.stl"),
		filepath.Join(root, "obj-spider", "spider.obj"), filepath.Join(root, "obj-fuze", "fuze.ply"),
		made(b, 159), made(b, 500),
	} {
		b.Run(filepath.Base(in), func(b *testing.B) { beside(b, in) })
	}
}

func beside(b *testing.B, in string) {
	var ours, theirs cost
	var stats struct{ Triangles int }
	tool, missing := exec.LookPath("assimp")
	dir := b.TempDir()
	for b.Loop() {
		for k := range 3 {
			c, out := self(b, besideEnv+"="+in, filepath.Join(dir, "package"))
			if err := json.Unmarshal(out, &stats); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			ours = c.least(ours)
			if missing == nil {
				c, _ = measure(b, exec.Command(tool, "export", in, filepath.Join(dir, "out.gltf"), "-fgltf2"))
				theirs = c.least(theirs)
			}
			if k == 0 && ours.wall > time.Second {
				break // long enough to be told from what else the machine does
			}
		}
	}
	b.ReportMetric(0, "ns/op") // both together: it says nothing
	b.ReportMetric(ours.cpu.Seconds()*1000, "cpu-ms")
	b.ReportMetric(float64(ours.peak)/1e6, "peak-MB")
	if missing == nil {
		b.ReportMetric(theirs.cpu.Seconds()*1000, "assimp-cpu-ms")
		b.ReportMetric(float64(theirs.peak)/1e6, "assimp-peak-MB")
		b.ReportMetric(ours.cpu.Seconds()/max(theirs.cpu.Seconds(), 0.001), "cpu-ratio")
	}
	for _, bar := range bars {
		if stats.Triangles <= bar.triangles {
			if ours.cpu > bar.cpu || ours.peak > bar.peak {
				b.Errorf("%d triangles: %v of CPU and %d MB, at most %v and %d MB", stats.Triangles, ours.cpu, ours.peak/1e6, bar.cpu, int64(bar.peak)/1e6)
			}
			return
		}
	}
}
