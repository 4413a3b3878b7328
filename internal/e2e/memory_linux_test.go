package e2e_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"simdrop/internal/e2e"
	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// assetSize is that of the asset and of its result: 400 MB.
const assetSize = 400 << 20

// BenchmarkMemory400MB drops an asset of 400 MB, whose result has 400 MB too, and
// reports how far the daemon's resident memory rose above idle: at its peak, as
// the kernel counts it. The provider runs in another process.
func BenchmarkMemory400MB(b *testing.B) {
	p := rigydtest.Start(b, rigydtest.With(func(o *rigydserver.Options) {
		o.Convert = bigConvert
		o.Account.Metered = false
	}))
	for b.Loop() {
		h := e2e.NewHome(b, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
		proc := h.Start()
		c := proc.Ready()
		idle := memory(b, proc, "VmRSS")
		path := filepath.Join(h.Watch, "big.obj")
		writeBig(b, path)
		j := e2e.Until(b, c, "done", path)[path]
		e2e.Whole(b, j.Result)
		peak := memory(b, proc, "VmHWM")
		b.ReportMetric(float64(idle)/(1<<20), "idle-MiB")
		b.ReportMetric(float64(peak-idle)/(1<<20), "above-idle-MiB")
		if peak-idle > 64<<20 {
			b.Errorf("the daemon's memory rose by %d MiB", (peak-idle)>>20)
		}
		proc.Stop()
		if err := os.RemoveAll(h.Watch); err != nil {
			b.Fatal(err)
		}
	}
}

// bigConvert gives every upload a texture of assetSize that no archive makes smaller.
func bigConvert(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
	out, err := rigydtest.Convert(ctx, in, w)
	if err != nil {
		return out, err
	}
	f, err := w.Create("usd/" + rigydtest.Base(in.Filename) + "/textures/noise.png")
	if err != nil {
		return out, err
	}
	_, err = io.CopyN(f, noise(), assetSize)
	return out, err
}

func noise() io.Reader { return rand.NewChaCha8([32]byte{1}) }

// writeBig writes an OBJ whose comments are noise.
func writeBig(b *testing.B, path string) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := "# " + strings.Repeat("x", 1021) + "\n"
	if _, err := fmt.Fprint(f, triangle); err != nil {
		b.Fatal(err)
	}
	if _, err := f.WriteString(strings.Repeat(line, assetSize/len(line))); err != nil {
		b.Fatal(err)
	}
}

// memory reads a line of /proc/PID/status, in bytes.
func memory(b *testing.B, p *e2e.Process, name string) int64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb << 10
		}
	}
	b.Fatalf("no %s", name)
	return 0
}
