package render

import (
	"context"
	"math"

	"simdrop/internal/engine/geom"
)

// shadow is how dark the ground is, on a grid around the asset.
type shadow struct {
	low        vec     // east and north of the grid's corner
	cell       float64 // metres
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
	slope := vec{keyLight.x / keyLight.z, keyLight.y / keyLight.z, 0}
	body := s.bounds()
	for i := range 8 {
		p := body.Min
		for k := range 3 {
			if i>>k&1 == 1 {
				p[k] = body.Max[k]
			}
		}
		q := w.ground(of(p))
		q.z = max(q.z, 0)
		box.Add(geom.Vec{q.x, q.y, 0})
		box.Add(geom.Vec{q.x - float64(slope.x*q.z), q.y - float64(slope.y*q.z), 0})
	}
	size := max(box.Size()[0], box.Size()[1], 1e-9)
	sh.cell = size / (shadowCells - 2*shadowEdge)
	half := float64(sh.cell * shadowCells / 2)
	sh.low = of(box.Centre()).sub(vec{half, half, 0})
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
func (sh *shadow) add(m *drawn, w *world, slope vec, reach float64) {
	over := 1 / sh.cell
	for t := range m.Triangles() {
		var lit, down [3]vec
		height := 0.0
		for k := range 3 {
			q := w.ground(at(m.Points, int(m.Indices[3*t+k])))
			q.z = max(q.z, 0)
			height += q.z / 3
			g := vec{q.x - sh.low.x, q.y - sh.low.y, 0}
			down[k] = g.scale(over)
			lit[k] = g.sub(slope.scale(q.z)).scale(over)
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
func fillCells(grid []float32, p *[3]vec, value float32) {
	x0, x1 := int(min(p[0].x, p[1].x, p[2].x)), int(max(p[0].x, p[1].x, p[2].x))
	y0, y1 := int(min(p[0].y, p[1].y, p[2].y)), int(max(p[0].y, p[1].y, p[2].y))
	if x0 < 0 || y0 < 0 || x1 >= shadowCells || y1 >= shadowCells {
		return // rounding: nothing is meant to lie there
	}
	if x0 == x1 && y0 == y1 {
		raise(grid, y0*shadowCells+x0, value)
		return
	}
	e, f := p[1].sub(p[0]), p[2].sub(p[0])
	area := float64(e.x*f.y) - float64(e.y*f.x)
	if area == 0 {
		return
	}
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			dx, dy := float64(x)+0.5-p[0].x, float64(y)+0.5-p[0].y
			b := (float64(dx*f.y) - float64(dy*f.x)) / area
			c := (float64(dy*e.x) - float64(dx*e.y)) / area
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
	over := 1 / float32(2*r+1)
	last := (shadowCells - 1) * step
	for l := range shadowCells {
		src, dst := src[l*line:], dst[l*line:]
		var sum float32
		for i := range r {
			sum += src[i*step]
		}
		// The window reaches from lo to hi; what is beyond the grid is light.
		lo, hi := -r*step, r*step
		for i := 0; i <= last; i += step {
			if hi <= last {
				sum += src[hi]
			}
			dst[i] = max(float32(sum*over), 0)
			if lo >= 0 {
				sum -= src[lo]
			}
			lo += step
			hi += step
		}
	}
}

// at is how much light the ground lacks at a place, 0 to 1.
func (sh *shadow) at(east, north float64) float64 {
	x, y := (east-sh.low.x)/sh.cell-0.5, (north-sh.low.y)/sh.cell-0.5
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
	return 1 - float64((1-float64(keyDark*mix(sh.dark)))*(1-float64(nearDark*mix(sh.soft))))
}
