package render

import (
	"image"
	"math"
)

// canvas is a square picture being drawn, of oversample pixels for one of the picture
// in each direction.
type canvas struct {
	edge  int
	near  []float32 // one over the distance of what is nearest, 0 for nothing
	tri   []int32   // the nearest triangle, counted from 1, 0 for none
	color []light   // nil where nothing shines through: then blocks go to the picture at once
	img   *image.RGBA
}

// light is a colour, linear.
type light [3]float32

func (c *canvas) reset(edge int, blended bool) {
	c.img = image.NewRGBA(image.Rect(0, 0, edge/oversample, edge/oversample))
	if c.edge == edge {
		clear(c.near)
		clear(c.tri)
		return
	}
	c.edge, c.near, c.tri = edge, make([]float32, edge*edge), make([]int32, edge*edge)
	if blended {
		c.color = make([]light, edge*edge)
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
		s.x[i], s.y[i], s.near[i] = cam.project(at(m.Points, i))
	}
}

// keep makes a mesh's triangles the nearest where they are.
func (s *stage) keep(m *drawn) {
	for t := range m.Triangles() {
		id := int32(m.first + t + 1)
		if m.look.cut {
			f := s.face(id)
			s.raster(m, t, func(pixel int, near float32, share vec) {
				if m.look.alphaAt(f, share) >= m.look.AlphaCutoff {
					s.canvas.near[pixel], s.canvas.tri[pixel] = near, id
				}
			})
			continue
		}
		s.rows(m, t, func(row []float32, at int, p *plane) {
			bj, bk := p.bj, p.bk
			tri := s.canvas.tri[at : at+len(row)]
			for i := range row {
				if bi := 1 - bj - bk; bi >= 0 && bj >= 0 && bk >= 0 {
					if near := float32(p.near(bi, bj, bk)); near > row[i] {
						row[i], tri[i] = near, id
					}
				}
				bj += p.dj
				bk += p.dk
			}
		})
	}
}

// raster calls each for the pixels whose middle is in a triangle of the projected
// mesh and which nothing nearer covers, with the corners' shares as seen in space.
func (s *stage) raster(m *drawn, t int, each func(pixel int, near float32, share vec)) {
	s.rows(m, t, func(row []float32, at int, p *plane) {
		bj, bk := p.bj, p.bk
		for i := range row {
			if bi := 1 - bj - bk; bi >= 0 && bj >= 0 && bk >= 0 {
				if near := p.near(bi, bj, bk); float32(near) > row[i] {
					each(at+i, float32(near), vec{float64(bi*p.ni) / near, float64(bj*p.nj) / near, float64(bk*p.nk) / near})
				}
			}
			bj += p.dj
			bk += p.dk
		}
	})
}

// plane is a projected triangle: how near its corners are, the shares of the second
// and third at the first pixel of a row, and what these grow by from pixel to pixel.
type plane struct {
	ni, nj, nk     float64
	bj, bk, dj, dk float64
}

func (p *plane) near(bi, bj, bk float64) float64 {
	return float64(bi*p.ni) + float64(bj*p.nj) + float64(bk*p.nk)
}

// rows calls each for the rows of pixels that a triangle of the projected mesh may
// cover: with what is nearest there, and the index of the first.
func (s *stage) rows(m *drawn, t int, each func(row []float32, at int, p *plane)) {
	i, j, k := m.Indices[3*t], m.Indices[3*t+1], m.Indices[3*t+2]
	p := plane{ni: s.near[i], nj: s.near[j], nk: s.near[k]}
	if !(p.ni > 0 && p.nj > 0 && p.nk > 0) {
		return
	}
	xi, yi, xj, yj, xk, yk := s.x[i], s.y[i], s.x[j], s.y[j], s.x[k], s.y[k]
	edge := float64(s.canvas.edge)
	x0, x1 := math.Ceil(max(min(xi, xj, xk), 0)-0.5), math.Floor(min(max(xi, xj, xk), edge)-0.5)
	y0, y1 := math.Ceil(max(min(yi, yj, yk), 0)-0.5), math.Floor(min(max(yi, yj, yk), edge)-0.5)
	if !(x0 <= x1 && y0 <= y1) { // nothing, or not numbers
		return
	}
	area := float64((xj-xi)*(yk-yi)) - float64((xk-xi)*(yj-yi))
	if area == 0 {
		return
	}
	over := 1 / area
	p.dj, p.dk = (yk-yi)*over, -(yj-yi)*over
	wide := int(x1-x0) + 1
	px := x0 + 0.5 - xi
	for y := y0; y <= y1; y++ {
		py := y + 0.5 - yi
		p.bj = float64((float64(px*(yk-yi)) - float64(py*(xk-xi))) * over)
		p.bk = float64((float64(py*(xj-xi)) - float64(px*(yj-yi))) * over)
		at := int(y)*s.canvas.edge + int(x0)
		each(s.canvas.near[at:at+wide], at, &p)
	}
}
