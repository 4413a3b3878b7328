package render

import (
	"context"
	"math"

	"simdrop/internal/engine/geom"
)

// shadow is how dark the ground is, on a grid around the asset.
type shadow struct {
	low        geom.Vec // east and north of the grid's corner
	cell       float64  // metres
	dark, soft []float32
	tmp        []float32
}

const (
	shadowCells = 192
	shadowEdge  = 36 // cells left free around, for the blur
	// How dark the ground becomes under the key light's shadow and where the asset
	// is near.
	keyDark, nearDark = 0.34, 0.42
)

// cast throws the shadow of the asset on the ground.
func (sh *shadow) cast(ctx context.Context, s *stage, w *world) error {
	if sh.dark == nil {
		n := shadowCells * shadowCells
		sh.dark, sh.soft, sh.tmp = make([]float32, n), make([]float32, n), make([]float32, n)
	}
	clear(sh.dark)
	clear(sh.soft)
	box := geom.Empty()
	key, _ := keyLight.Unit()
	slope := geom.Vec{key[0] / key[2], key[1] / key[2], 0}
	body := s.bounds()
	for i := range 8 {
		p := body.Min
		for k := range 3 {
			if i>>k&1 == 1 {
				p[k] = body.Max[k]
			}
		}
		q := w.ground(p)
		q[2] = max(q[2], 0)
		box.Add(geom.Vec{q[0], q[1], 0})
		box.Add(geom.Vec{q[0] - float64(slope[0]*q[2]), q[1] - float64(slope[1]*q[2]), 0})
	}
	size := max(box.Size()[0], box.Size()[1], 1e-9)
	sh.cell = size / (shadowCells - 2*shadowEdge)
	sh.low = box.Centre().Sub(geom.Vec{1, 1, 0}.Scale(float64(sh.cell * shadowCells / 2)))
	reach := max(body.Diagonal()/4, 1e-9) // height at which nearness ends
	for i := range s.meshes {
		if err := ctx.Err(); err != nil {
			return err
		}
		sh.add(&s.meshes[i], w, slope, reach)
	}
	sh.blur(sh.dark, 3)
	sh.blur(sh.dark, 4)
	sh.blur(sh.soft, 6)
	sh.blur(sh.soft, 9)
	return nil
}

// add fills the cells under the mesh's triangles, seen from the light and from above.
func (sh *shadow) add(m *drawn, w *world, slope geom.Vec, reach float64) {
	over := 1 / sh.cell
	for t := range m.Triangles() {
		var lit, down [3]geom.Vec
		height := 0.0
		for k := range 3 {
			q := w.ground(geom.At(m.Points, int(m.Indices[3*t+k])))
			q[2] = max(q[2], 0)
			height += q[2] / 3
			g := geom.Vec{q[0] - sh.low[0], q[1] - sh.low[1], 0}
			down[k] = g.Scale(over)
			lit[k] = g.Sub(slope.Scale(q[2])).Scale(over)
		}
		opacity := float32(min(max(m.look.Opacity, 0.25), 1))
		fillCells(sh.dark, &lit, opacity)
		if near := 1 - height/reach; near > 0 {
			fillCells(sh.soft, &down, opacity*float32(near))
		}
	}
}

// fillCells raises the cells of a triangle to a value; a triangle smaller than a
// cell raises the one it is in.
func fillCells(grid []float32, p *[3]geom.Vec, value float32) {
	x0, x1 := int(min(p[0][0], p[1][0], p[2][0])), int(max(p[0][0], p[1][0], p[2][0]))
	y0, y1 := int(min(p[0][1], p[1][1], p[2][1])), int(max(p[0][1], p[1][1], p[2][1]))
	if x0 < 0 || y0 < 0 || x1 >= shadowCells || y1 >= shadowCells {
		return // rounding: nothing is meant to lie there
	}
	if x0 == x1 && y0 == y1 {
		raise(grid, y0*shadowCells+x0, value)
		return
	}
	e, f := p[1].Sub(p[0]), p[2].Sub(p[0])
	area := float64(e[0]*f[1]) - float64(e[1]*f[0])
	if area == 0 {
		return
	}
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			dx, dy := float64(x)+0.5-p[0][0], float64(y)+0.5-p[0][1]
			b := (float64(dx*f[1]) - float64(dy*f[0])) / area
			c := (float64(dy*e[0]) - float64(dx*e[1])) / area
			if b >= 0 && c >= 0 && b+c <= 1 {
				raise(grid, y*shadowCells+x, value)
			}
		}
	}
}

func raise(grid []float32, i int, value float32) {
	if grid[i] < value {
		grid[i] = value
	}
}

// blur averages over 2r+1 cells along both axes.
func (sh *shadow) blur(grid []float32, r int) {
	sh.blurLines(grid, sh.tmp, r, 1, shadowCells)
	sh.blurLines(sh.tmp, grid, r, shadowCells, 1)
}

func (sh *shadow) blurLines(src, dst []float32, r, step, line int) {
	width := float32(2*r + 1)
	for l := range shadowCells {
		var sum float32
		at := func(i int) float32 {
			if i < 0 || i >= shadowCells {
				return 0
			}
			return src[l*line+i*step]
		}
		for i := -r; i < r; i++ {
			sum += at(i)
		}
		for i := range shadowCells {
			sum += at(i + r)
			dst[l*line+i*step] = max(sum/width, 0)
			sum -= at(i - r)
		}
	}
}

// at is how much light the ground lacks at a place, 0 to 1.
func (sh *shadow) at(east, north float64) float64 {
	x, y := (east-sh.low[0])/sh.cell-0.5, (north-sh.low[1])/sh.cell-0.5
	if !(x >= 0 && y >= 0 && x < shadowCells-1 && y < shadowCells-1) {
		return 0
	}
	i, j := math.Floor(x), math.Floor(y)
	n := int(j)*shadowCells + int(i)
	a, b := x-i, y-j
	mix := func(g []float32) float64 {
		p, q := float64(g[n]), float64(g[n+1])
		r, s := float64(g[n+shadowCells]), float64(g[n+shadowCells+1])
		low, high := p+float64(a*(q-p)), r+float64(a*(s-r))
		return low + float64(b*(high-low))
	}
	return 1 - (1-keyDark*mix(sh.dark))*(1-nearDark*mix(sh.soft))
}
