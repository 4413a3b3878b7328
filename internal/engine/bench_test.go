package engine_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"simdrop/internal/engine"
)

// counter is a Writer that only counts.
type counter int64

func (c *counter) Create(string) (io.Writer, error) { return c, nil }

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// BenchmarkConvert converts GLB spheres to USD and MJCF, without compressing them.
func BenchmarkConvert(b *testing.B) {
	for _, n := range []int{4, 159, 500} {
		f := writeGLB(b, n)
		b.Run(fmt.Sprintf("triangles=%d", 4*n*(n-1)), func(b *testing.B) {
			b.ReportAllocs()
			var c counter
			for b.Loop() {
				c = 0
				if _, err := engine.Convert(context.Background(), engine.Input{Path: f, Filename: "ball.glb"}, &c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c), "bytes-written")
		})
	}
}
