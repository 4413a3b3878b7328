package render

import (
	"cmp"
	"math"
	"slices"

	"simdrop/internal/engine/geom"
)

// The light, linear.
var (
	sky      = geom.Vec{0.70, 0.73, 0.78}
	earth    = geom.Vec{0.34, 0.33, 0.32}
	keyColor = geom.Vec{0.66, 0.645, 0.61}
	fillGlow = geom.Vec{0.13, 0.14, 0.16}
	// The backdrop, above and below.
	paper, paperLow = geom.Vec{0.80, 0.805, 0.81}, geom.Vec{0.65, 0.655, 0.665}
)

// shade gives every pixel its colour: of its triangle, or of ground and backdrop.
// Where the four pixels of a block show one triangle without a texture, or none,
// they hardly differ and share the colour of the first.
func (s *stage) shade(w *world) {
	c := &s.canvas
	for y := 0; y < c.edge; y += oversample {
		for x := 0; x < c.edge; x += oversample {
			i := y*c.edge + x
			t := c.tri[i]
			same := t == c.tri[i+1] && t == c.tri[i+c.edge] && t == c.tri[i+c.edge+1]
			if same && (t < 0 || s.even(t)) {
				color := s.colorOf(w, x, y)
				c.color[i], c.color[i+1], c.color[i+c.edge], c.color[i+c.edge+1] = color, color, color, color
				continue
			}
			for k := range oversample * oversample {
				px, py := x+k%oversample, y+k/oversample
				c.color[py*c.edge+px] = s.colorOf(w, px, py)
			}
		}
	}
}

// even reports that the triangle's colour changes slowly.
func (s *stage) even(t int32) bool {
	l := s.at(t).look
	return l.base == nil && l.rough == nil && l.emissive == nil
}

// at finds the mesh of a triangle, which mostly is the one it was for the last.
func (s *stage) at(t int32) *drawn {
	if m := s.last; m == nil || int(t) < m.first || int(t) >= m.first+m.Triangles() {
		s.last = s.meshOf(int(t))
	}
	return s.last
}

func (s *stage) colorOf(w *world, x, y int) geom.Vec {
	t := s.canvas.tri[y*s.canvas.edge+x]
	if t < 0 {
		return s.backdrop(w, x, y)
	}
	m := s.at(t)
	return w.lit(m, int(t)-m.first, w.shares(m, int(t)-m.first, x, y))
}

// backdrop is the paper with the shadow on it.
func (s *stage) backdrop(w *world, x, y int) geom.Vec {
	down := float64(y) / float64(s.canvas.edge)
	color := between(paper, paperLow, down*down)
	d := w.view.ray(x, y)
	if d[2] >= 0 {
		return color
	}
	far := -w.view.eye[2] / d[2]
	if far <= 0 {
		return color
	}
	p := w.view.eye.Add(d.Scale(far))
	return color.Scale(1 - s.shadow.at(p[0], p[1]))
}

// lit is the colour of a place of a triangle.
func (w *world) lit(m *drawn, t int, share geom.Vec) geom.Vec {
	l := m.look
	mat := l.materialAt(m, t, share)
	if l.Unlit {
		return mat.color
	}
	a, b, c := m.Corner(t)
	p := a.Scale(share[0]).Add(b.Scale(share[1])).Add(c.Scale(share[2]))
	n := normalAt(m, t, share)
	view, _ := w.cam.eye.Sub(p).Unit()
	if n.Dot(view) < 0 {
		n = n.Scale(-1)
	}
	return w.reflect(l, &mat, n, view).Add(mat.glow)
}

func (w *world) reflect(l *look, mat *material, n, view geom.Vec) geom.Vec {
	up := n.Dot(w.up)
	light := between(earth, sky, (up+1)/2)
	key := max(n.Dot(w.key), 0)
	light = light.Add(keyColor.Scale(key)).Add(fillGlow.Scale(max(n.Dot(w.fill), 0)))
	diffuse := times(mat.color, light).Scale(1 - mat.metal)

	facing := max(n.Dot(view), 0)
	grazing := power(1-facing, 2) * (1 - facing)
	mirror := between(geom.Vec{0.04, 0.04, 0.04}, mat.color, mat.metal)
	smooth := 1 - mat.roughness
	mirror = mirror.Add(geom.Vec{1, 1, 1}.Sub(mirror).Scale(grazing * smooth * 0.6))
	r := n.Scale(2 * n.Dot(view)).Sub(view)
	// Around the asset: earth below, a horizon, a sky that brightens upwards. The
	// rougher, the less of it is told apart.
	height := min(max(float64(r.Dot(w.up)*(1.2+float64(2.5*smooth)))+0.35, 0), 1)
	around := between(earth.Scale(0.8), sky.Scale(1.25), float64(height*smooth)+float64((up+1)/2*mat.roughness))
	half, _ := view.Add(w.key).Unit()
	shine := 0.0
	if key > 0 {
		shine = power(max(n.Dot(half), 0), l.sharpness) * (0.15 + float64(1.8*smooth))
	}
	return diffuse.Add(times(mirror, around.Add(keyColor.Scale(shine+float64(key*mat.metal*0.5)))))
}

// power raises x to the 2^k-th power.
func power(x float64, k int) float64 {
	for range k {
		x *= x
	}
	return x
}

func between(a, b geom.Vec, t float64) geom.Vec { return a.Add(b.Sub(a).Scale(t)) }

// blend draws what shines through over what is there, the farthest triangle first.
func (s *stage) blend(w *world) {
	type far struct {
		mesh, tri int
		near      float64
	}
	var list []far
	for i := range s.meshes {
		m := &s.meshes[i]
		if !m.look.blended {
			continue
		}
		for t := range m.Triangles() {
			a, b, c := m.Corner(t)
			mid := a.Add(b).Add(c).Scale(1. / 3)
			list = append(list, far{i, t, -mid.Sub(w.cam.eye).Dot(w.cam.forward)})
		}
	}
	slices.SortStableFunc(list, func(a, b far) int { return cmp.Compare(a.near, b.near) })
	last := -1
	for _, f := range list {
		m := &s.meshes[f.mesh]
		if last != f.mesh {
			s.project(m, &w.cam)
			last = f.mesh
		}
		s.rasterOne(m, f.tri, func(m *drawn, t, pixel int, _ float64, share geom.Vec) {
			c := &s.canvas.color[pixel]
			a := min(max(m.look.alphaAt(m, t, share), 0), 1)
			*c = between(*c, w.lit(m, t, share), a)
		})
	}
}

// toLinear holds the linear value of a byte, toByte the byte of a linear value.
var (
	toLinear = func() (t [256]float64) {
		for i := range t {
			v := float64(i) / 255
			if v <= 0.04045 {
				t[i] = v / 12.92
			} else {
				t[i] = math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		return t
	}()
	toByte = func() (t [4096]byte) {
		k := 0
		for i := range t {
			for v := (float64(i) + 0.5) / 4096; k < 255 && (toLinear[k]+toLinear[k+1])/2 < v; {
				k++
			}
			t[i] = byte(k)
		}
		return t
	}()
)

// linear turns a texture's colour, 0 to 1 as displayed, into light.
func linear(c geom.Vec) geom.Vec {
	for k, v := range c {
		x := min(max(v, 0), 1) * 255
		i := int(x)
		j := min(i+1, 255)
		c[k] = toLinear[i] + float64((x-float64(i))*(toLinear[j]-toLinear[i]))
	}
	return c
}
