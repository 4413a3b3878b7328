package render

import (
	"math"

	"simdrop/internal/engine/geom"
)

// canvas is a square picture being drawn.
type canvas struct {
	edge  int
	near  []float64 // one over the distance of what is nearest, 0 for nothing
	tri   []int32   // the nearest triangle, −1 for none
	color []geom.Vec
}

func (c *canvas) reset(edge int) {
	if c.edge != edge {
		*c = canvas{edge: edge, near: make([]float64, edge*edge), tri: make([]int32, edge*edge), color: make([]geom.Vec, edge*edge)}
	}
	for i := range c.near {
		c.near[i], c.tri[i] = 0, -1
	}
}

// project finds where the mesh's points are seen.
func (s *stage) project(m *drawn, cam *camera) {
	n := m.Vertices()
	if cap(s.x) < n {
		s.x, s.y, s.near = make([]float64, n), make([]float64, n), make([]float64, n)
	}
	s.x, s.y, s.near = s.x[:n], s.y[:n], s.near[:n]
	for i := range n {
		s.x[i], s.y[i], s.near[i] = cam.project(geom.At(m.Points, i))
	}
}

// keep makes the triangle the nearest of a pixel if it is.
func (s *stage) keep(m *drawn, t, pixel int, near float64, share geom.Vec) {
	if near <= s.canvas.near[pixel] {
		return
	}
	if m.look.cut && m.look.alphaAt(m, t, share) < m.look.AlphaCutoff {
		return
	}
	s.canvas.near[pixel], s.canvas.tri[pixel] = near, int32(m.first+t)
}

// raster calls each for the pixels whose middle is in a triangle of the projected
// mesh, with the corners' shares as seen in space.
func (s *stage) raster(m *drawn, each func(m *drawn, t, pixel int, near float64, share geom.Vec)) {
	for t := range m.Triangles() {
		s.rasterOne(m, t, each)
	}
}

func (s *stage) rasterOne(m *drawn, t int, each func(m *drawn, t, pixel int, near float64, share geom.Vec)) {
	i, j, k := m.Indices[3*t], m.Indices[3*t+1], m.Indices[3*t+2]
	ni, nj, nk := s.near[i], s.near[j], s.near[k]
	if !(ni > 0 && nj > 0 && nk > 0) {
		return
	}
	xi, yi, xj, yj, xk, yk := s.x[i], s.y[i], s.x[j], s.y[j], s.x[k], s.y[k]
	edge := float64(s.canvas.edge)
	x0, x1 := math.Ceil(max(min(xi, xj, xk), 0)-0.5), math.Floor(min(max(xi, xj, xk), edge)-0.5)
	y0, y1 := math.Ceil(max(min(yi, yj, yk), 0)-0.5), math.Floor(min(max(yi, yj, yk), edge)-0.5)
	if x0 > x1 || y0 > y1 {
		return
	}
	area := float64((xj-xi)*(yk-yi)) - float64((xk-xi)*(yj-yi))
	if area == 0 {
		return
	}
	over := 1 / area
	// Shares of j and k grow by these from pixel to pixel, and so does near.
	dj, dk := (yk-yi)*over, -(yj-yi)*over
	for y := y0; y <= y1; y++ {
		py := y + 0.5 - yi
		px := x0 + 0.5 - xi
		bj := float64((float64(px*(yk-yi)) - float64(py*(xk-xi))) * over)
		bk := float64((float64(py*(xj-xi)) - float64(px*(yj-yi))) * over)
		row := int(y)*s.canvas.edge + int(x0)
		for x := x0; x <= x1; x++ {
			if bi := 1 - bj - bk; bi >= 0 && bj >= 0 && bk >= 0 {
				a, b, c := float64(bi*ni), float64(bj*nj), float64(bk*nk)
				if near := a + b + c; near > s.canvas.near[row] {
					each(m, t, row, near, geom.Vec{a / near, b / near, c / near})
				}
			}
			row++
			bj += dj
			bk += dk
		}
	}
}

// shares finds a pixel's shares of a triangle's corners again.
func (w *world) shares(m *drawn, t, x, y int) geom.Vec {
	a, b, c := m.Corner(t)
	d := w.cam.ray(x, y)
	e, f, o := b.Sub(a), c.Sub(a), w.cam.eye.Sub(a)
	n := e.Cross(f)
	det := -d.Dot(n)
	if det == 0 {
		return geom.Vec{1, 0, 0}
	}
	q := o.Cross(d)
	u, v := f.Dot(q)/det, -e.Dot(q)/det
	// A pixel's middle may lie a rounding outside.
	u, v = min(max(u, 0), 1), min(max(v, 0), 1)
	if u+v > 1 {
		u, v = u/(u+v), v/(u+v)
	}
	return geom.Vec{1 - u - v, u, v}
}
