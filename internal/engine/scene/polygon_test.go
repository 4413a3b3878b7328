package scene

import (
	"math"
	"testing"
)

// TestCutKeepsArea: the triangles of a polygon cover it once, in its winding.
func TestCutKeepsArea(t *testing.T) {
	for name, c := range map[string]struct {
		ring []float32 // x, y
		area float64
	}{
		"square":       {[]float32{0, 0, 2, 0, 2, 2, 0, 2}, 4},
		"clockwise":    {[]float32{0, 2, 2, 2, 2, 0, 0, 0}, -4},
		"arrow":        {[]float32{0, 0, 4, 0, 1, 1, 0, 4}, 4},
		"arrow turned": {[]float32{4, 0, 1, 1, 0, 4, 0, 0}, 4},
		"L":            {[]float32{0, 0, 3, 0, 3, 1, 1, 1, 1, 3, 0, 3}, 5},
		"comb":         {[]float32{0, 0, 5, 0, 5, 3, 4, 3, 4, 1, 3, 1, 3, 3, 2, 3, 2, 1, 1, 1, 1, 3, 0, 3}, 11},
		"keyhole":      {[]float32{0, 0, 4, 0, 4, 4, 0, 4, 0, 0, 1, 1, 1, 3, 3, 3, 3, 1, 1, 1}, 12},
		"in line":      {[]float32{0, 0, 1, 0, 2, 0, 2, 2, 0, 2}, 4},
	} {
		for plane, at := range map[string]func(x, y float32) [3]float32{
			"xy": func(x, y float32) [3]float32 { return [3]float32{x, y, 7} },
			"yz": func(x, y float32) [3]float32 { return [3]float32{7, x, y} },
			"zx": func(x, y float32) [3]float32 { return [3]float32{y, 7, x} },
		} {
			n := len(c.ring) / 2
			corner := func(i int) [3]float32 { return at(c.ring[2*i], c.ring[2*i+1]) }
			var sum, size [3]float64
			count := 0
			new(Triangulator).Cut(n, corner, func(i, j, k int) {
				count++
				for axis, v := range normal(corner(i), corner(j), corner(k)) {
					sum[axis] += v / 2
					size[axis] += math.Abs(v) / 2
				}
			})
			axis := map[string]int{"xy": 2, "yz": 0, "zx": 1}[plane]
			if count != n-2 || math.Abs(sum[axis]-c.area) > 1e-6 || math.Abs(size[axis]-math.Abs(c.area)) > 1e-6 {
				t.Errorf("%s on %s: %d triangles, area %g, sum of areas %g, want %d and %g", name, plane, count, sum[axis], size[axis], n-2, c.area)
			}
		}
	}
}

// TestCutEnds: a polygon that crosses itself or is a line still gives n-2.
func TestCutEnds(t *testing.T) {
	rings := [][]float32{
		{0, 0, 1, 1, 1, 0, 0, 1, 0.5, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 1, 0, 2, 0, 3, 0, 4, 0},
		{float32(math.NaN()), 0, 1, 0, 2, 0, 3, 0, 4, 0},
	}
	for _, ring := range rings {
		count := 0
		new(Triangulator).Cut(len(ring)/2, func(i int) [3]float32 { return [3]float32{ring[2*i], ring[2*i+1], 0} }, func(a, b, c int) { count++ })
		if count != len(ring)/2-2 {
			t.Errorf("%v: %d triangles", ring, count)
		}
	}
}
