package render

import (
	"math"
)

// face is a triangle made ready for shading, which is done once for all its pixels.
type face struct {
	*drawn
	id      int32 // as in the canvas
	t       int   // index in its mesh
	n       vec
	b, c    vec // a ray·b / ray·n is the second corner's share, ray·c / ray·n the third's
	normals [3]vec
	flat    bool // the normals are equal
	uv      [3][2]float64
	dense   float64 // area of texture coordinates over that of pixels, for the amount of detail
}

// face finds the triangle with the number, which mostly is the last one asked for.
func (s *stage) face(id int32) *face {
	f := &s.last
	if f.id == id {
		return f
	}
	if m := f.drawn; m == nil || int(id) <= m.first || int(id) > m.first+m.Triangles() {
		f.drawn = s.meshOf(int(id) - 1)
	}
	f.id, f.t = id, int(id)-1-f.first
	f.prepare(s.cam)
	return f
}

func (f *face) prepare(cam *camera) {
	i := f.Indices[3*f.t : 3*f.t+3]
	p, q, r := at(f.Points, int(i[0])), at(f.Points, int(i[1])), at(f.Points, int(i[2]))
	e, g, o := q.sub(p), r.sub(p), cam.eye.sub(p)
	f.n = e.cross(g)
	// Cramer's rule for eye + s·ray = p + u·e + v·g (Möller and Trumbore 1997).
	f.b, f.c = g.cross(o), o.cross(e)
	k := [3]uint32{i[0], i[1], i[2]}
	if f.PerCorner {
		n := uint32(3 * f.t)
		k = [3]uint32{n, n + 1, n + 2}
	}
	straight, _ := f.n.unit()
	for c := range f.normals {
		f.normals[c] = straight
		if len(f.Normals) > 0 {
			if n, ok := at(f.Normals, int(k[c])).unit(); ok {
				f.normals[c] = n
			}
		}
	}
	f.flat = f.normals[0] == f.normals[1] && f.normals[1] == f.normals[2]
	if !f.look.textured || len(f.UVs) == 0 {
		f.uv, f.dense = [3][2]float64{}, 0
		return
	}
	for c := range f.uv {
		f.uv[c] = [2]float64{float64(f.UVs[2*i[c]]), float64(f.UVs[2*i[c]+1])}
	}
	var seen [3][2]float64
	for c, v := range [3]vec{p, q, r} {
		seen[c][0], seen[c][1], _ = cam.project(v)
	}
	f.dense = area(f.uv) / max(area(seen), 1e-3)
}

// area is twice the area of a triangle.
func area(p [3][2]float64) float64 {
	return math.Abs(float64((p[1][0]-p[0][0])*(p[2][1]-p[0][1])) - float64((p[2][0]-p[0][0])*(p[1][1]-p[0][1])))
}

// shares finds what a ray from the eye sees of the triangle: the corners' shares.
func (f *face) shares(ray vec) vec {
	det := -ray.dot(f.n)
	if det == 0 {
		return vec{1, 0, 0}
	}
	over := 1 / det
	u, v := float64(ray.dot(f.b)*over), float64(ray.dot(f.c)*over)
	// A pixel's middle may lie a rounding outside.
	u, v = min(max(u, 0), 1), min(max(v, 0), 1)
	if u+v > 1 {
		u, v = u/(u+v), v/(u+v)
	}
	return vec{1 - u - v, u, v}
}

// normal is the surface's direction at a place of the triangle.
func (f *face) normal(share vec) vec {
	if f.flat {
		return f.normals[0]
	}
	n := f.normals[0].scale(share.x).add(f.normals[1].scale(share.y)).add(f.normals[2].scale(share.z))
	if l := n.dot(n); l > 1e-9 {
		return n.scale(1 / math.Sqrt(l))
	}
	return f.normals[0]
}

// at is the texture coordinate at a place of the triangle.
func (f *face) uvAt(share vec) (u, v float64) {
	a, b, c := &f.uv[0], &f.uv[1], &f.uv[2]
	u = float64(share.x*a[0]) + float64(share.y*b[0]) + float64(share.z*c[0])
	v = float64(share.x*a[1]) + float64(share.y*b[1]) + float64(share.z*c[1])
	return u, v
}
