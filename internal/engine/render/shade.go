package render

import (
	"cmp"
	"math"
	"slices"
)

// The light, linear.
var (
	sky      = vec{0.70, 0.73, 0.78}
	earth    = vec{0.34, 0.33, 0.32}
	keyColor = vec{0.66, 0.645, 0.61}
	fillGlow = vec{0.13, 0.14, 0.16}
	// The backdrop, above and below.
	paper, paperLow = vec{0.80, 0.805, 0.81}, vec{0.65, 0.655, 0.665}
)

// shade gives every block of pixels its colours. What a block shows of one triangle,
// or of the ground, gets one colour, lit as in its middle: only edges, and textures,
// are drawn finer than the picture is.
func (s *stage) shade(w *world) {
	c := &s.canvas
	for y := 0; y < c.edge; y += oversample {
		for x := 0; x < c.edge; x += oversample {
			i := y*c.edge + x
			t := [4]int32{c.tri[i], c.tri[i+1], c.tri[i+c.edge], c.tri[i+c.edge+1]}
			if t[0] == t[1] && t[0] == t[2] && t[0] == t[3] {
				color := s.colorOf(w, t[0], float64(x+1), float64(y+1), true)
				c.put(x, y, &[4]light{color, color, color, color})
			} else {
				c.put(x, y, s.shadeEdge(w, x, y, &t))
			}
		}
	}
}

// shadeEdge colours a block that shows several things.
func (s *stage) shadeEdge(w *world, x, y int, t *[4]int32) *[4]light {
	var done [4]bool
	var block [4]light
	for k := range t {
		if done[k] {
			continue
		}
		var mx, my, n float64
		for j := k; j < 4; j++ {
			if t[j] == t[k] {
				mx, my, n = mx+float64(j%2)+0.5, my+float64(j/2)+0.5, n+1
			}
		}
		color := s.colorOf(w, t[k], float64(x)+mx/n, float64(y)+my/n, false)
		for j := k; j < 4; j++ {
			if t[j] == t[k] {
				block[j], done[j] = color, true
			}
		}
	}
	return &block
}

// colorOf is the colour of a triangle, or of the backdrop, at a place of the canvas,
// or in a whole block around it.
func (s *stage) colorOf(w *world, t int32, x, y float64, whole bool) light {
	if t == 0 {
		return s.backdrop(w, x, y)
	}
	f := s.face(t)
	if whole && f.look.textured {
		return s.blockOf(w, f, x, y)
	}
	ray := w.cam.ray(x, y)
	share := f.shares(ray)
	mat := f.look.materialAt(f, share)
	return rounded(w.lit(f, &mat, share, ray))
}

// blockOf is the colour of a textured triangle in a whole block: of two pixels at
// opposite corners of it or, where they differ, of all four.
func (s *stage) blockOf(w *world, f *face, x, y float64) light {
	a, b := w.cam.ray(x-0.5, y-0.5), w.cam.ray(x+0.5, y+0.5)
	p, q := f.shares(a), f.shares(b)
	mat, other := f.look.materialAt(f, p), f.look.materialAt(f, q)
	mat = mat.between(&other)
	if !mat.near(&other) {
		c := f.look.materialAt(f, f.shares(w.cam.ray(x+0.5, y-0.5)))
		d := f.look.materialAt(f, f.shares(w.cam.ray(x-0.5, y+0.5)))
		other = c.between(&d)
		mat = mat.between(&other)
	}
	return rounded(w.lit(f, &mat, p.add(q).scale(0.5), a.add(b).scale(0.5)))
}

// rounded rounds a colour for the canvas.
func rounded(c vec) light { return light{float32(c.x), float32(c.y), float32(c.z)} }

// backdrop is the paper with the shadow on it.
func (s *stage) backdrop(w *world, x, y float64) light {
	down := y / float64(s.canvas.edge)
	color := between(paper, paperLow, down*down)
	d := w.view.ray(x, y)
	if d.z >= 0 {
		return rounded(color)
	}
	far := -w.view.eye.z / d.z
	if far <= 0 {
		return rounded(color)
	}
	p := w.view.eye.add(d.scale(far))
	return rounded(color.scale(1 - s.shadow.at(p.x, p.y)))
}

// lit is the colour of the place of a triangle that a ray from the eye meets.
func (w *world) lit(f *face, mat *material, share, ray vec) vec {
	if f.look.Unlit {
		return mat.color
	}
	n := f.normal(share)
	view := ray.scale(-1 / ray.len())
	if n.dot(view) < 0 {
		n = n.scale(-1)
	}
	return w.reflect(f.look, mat, n, view).add(mat.glow)
}

func (w *world) reflect(l *look, mat *material, n, view vec) vec {
	up := n.dot(w.up)
	light := between(earth, sky, (up+1)/2)
	key := max(n.dot(w.key), 0)
	light = light.add(keyColor.scale(key)).add(fillGlow.scale(max(n.dot(w.fill), 0)))
	diffuse := mat.color.times(light).scale(1 - mat.metal)

	facing := max(n.dot(view), 0)
	grazing := power(1-facing, 2) * (1 - facing)
	mirror := between(vec{0.04, 0.04, 0.04}, mat.color, mat.metal)
	smooth := 1 - mat.roughness
	mirror = mirror.add(vec{1, 1, 1}.sub(mirror).scale(grazing * smooth * 0.6))
	r := n.scale(2 * n.dot(view)).sub(view)
	// Around the asset: earth below, a horizon, a sky that brightens upwards. The
	// rougher, the less of it is told apart.
	height := min(max(float64(r.dot(w.up)*(1.2+float64(2.5*smooth)))+0.35, 0), 1)
	around := between(earth.scale(0.8), sky.scale(1.25), float64(height*smooth)+float64((up+1)/2*mat.roughness))
	shine := 0.0
	if key > 0 {
		half := view.add(w.key)
		shine = power(max(n.dot(half)/half.len(), 0), l.sharpness) * (0.15 + float64(1.8*smooth))
	}
	return diffuse.add(mirror.times(around.add(keyColor.scale(shine + float64(key*mat.metal*0.5)))))
}

// power raises x to the 2^k-th power.
func power(x float64, k int) float64 {
	for range k {
		x *= x
	}
	return x
}

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
			mid := of(a.Add(b).Add(c)).scale(1. / 3)
			list = append(list, far{i, t, -mid.sub(w.cam.eye).dot(w.cam.forward)})
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
		face := s.face(int32(m.first + f.tri + 1))
		s.raster(m, f.tri, func(pixel int, _ float32, share vec) {
			c := &s.canvas.color[pixel]
			a := min(max(m.look.alphaAt(face, share), 0), 1)
			ray := w.cam.ray(float64(pixel%s.canvas.edge)+0.5, float64(pixel/s.canvas.edge)+0.5)
			under := vec{float64(c[0]), float64(c[1]), float64(c[2])}
			mat := m.look.materialAt(face, share)
			*c = rounded(between(under, w.lit(face, &mat, share, ray), a))
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
func linear(c vec) vec {
	return vec{linearOf(c.x), linearOf(c.y), linearOf(c.z)}
}

func linearOf(v float64) float64 {
	x := min(max(v, 0), 1) * 255
	i := int(x)
	return toLinear[i] + float64((x-float64(i))*(toLinear[min(i+1, 255)]-toLinear[i]))
}
