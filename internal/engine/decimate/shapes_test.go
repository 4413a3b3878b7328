package decimate_test

import (
	"math"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/scene"
)

// sheet is a grid of (n+1)×(m+1) points through f, in two triangles each.
func sheet(n, m int, f func(u, v float64) (p geom.Vec, normal geom.Vec)) scene.Part {
	p := scene.Part{Transform: scene.Identity, Material: -1}
	for i := range n + 1 {
		for j := range m + 1 {
			u, v := float64(j)/float64(m), float64(i)/float64(n)
			at, nrm := f(u, v)
			p.Points = append(p.Points, float32(at[0]), float32(at[1]), float32(at[2]))
			p.Normals = append(p.Normals, float32(nrm[0]), float32(nrm[1]), float32(nrm[2]))
			p.UVs = append(p.UVs, float32(u), float32(v))
		}
	}
	at := func(i, j int) uint32 { return uint32(i*(m+1) + j) }
	for i := range n {
		for j := range m {
			p.Indices = append(p.Indices, at(i, j), at(i, j+1), at(i+1, j), at(i, j+1), at(i+1, j+1), at(i+1, j))
		}
	}
	return p
}

// circle is cosine and sine of t turns, exact where exporters are too.
func circle(t float64) (c, s float64) {
	if t == 1 {
		t = 0
	}
	return math.Cos(2 * math.Pi * t), math.Sin(2 * math.Pi * t)
}

// sphere has a texture seam along a meridian and one point repeated at each pole.
func sphere(n int) scene.Part {
	p := sheet(n, 2*n, func(u, v float64) (geom.Vec, geom.Vec) {
		c, s := circle(u)
		r, z := math.Sin(math.Pi*v), -math.Cos(math.Pi*v)
		if v == 0 || v == 1 {
			r = 0
		}
		q := geom.Vec{r * c, r * s, z}
		return q, q
	})
	return withoutLines(p)
}

func torus(n int) scene.Part {
	return sheet(n, 2*n, func(u, v float64) (geom.Vec, geom.Vec) {
		c, s := circle(u)
		a, b := circle(v)
		return geom.Vec{(1 + 0.4*a) * c, (1 + 0.4*a) * s, 0.4 * b}, geom.Vec{a * c, a * s, b}
	})
}

// withoutLines leaves out the triangles at the poles that have no area.
func withoutLines(p scene.Part) scene.Part {
	var ix []uint32
	for t := 0; t < len(p.Indices); t += 3 {
		a, b, c := geom.At(p.Points, int(p.Indices[t])), geom.At(p.Points, int(p.Indices[t+1])), geom.At(p.Points, int(p.Indices[t+2]))
		if a != b && b != c && c != a {
			ix = append(ix, p.Indices[t:t+3]...)
		}
	}
	p.Indices = ix
	return p
}

// bevelled is a cube with rounded edges: a sphere's direction pushed out to a box
// of half side 1 with bevels of radius 0.2, finely divided; no normals.
func bevelled(n int) scene.Part {
	p := sphere(n)
	p.Normals, p.UVs = nil, nil
	for i := 0; i < len(p.Points); i += 3 {
		d := geom.At(p.Points, i/3)
		s := 3 / max(math.Abs(d[0]), math.Abs(d[1]), math.Abs(d[2]))
		var core geom.Vec
		for k := range 3 {
			core[k] = min(max(s*d[k], -0.8), 0.8)
		}
		out, _ := d.Scale(s).Sub(core).Unit()
		q := core.Add(out.Scale(0.2))
		p.Points[i], p.Points[i+1], p.Points[i+2] = float32(q[0]), float32(q[1]), float32(q[2])
	}
	return p
}

// measure is what a surface's shape is judged by, over all parts, places being
// equal points.
type measure struct {
	volume, area float64
	euler        int
	open         int // edges that are not walked once in each direction
	borders      int // edges with one triangle
}

func measured(parts []scene.Part) (m measure) {
	ids := map[geom.Vec]int{}
	edges := map[[2]int][2]int{}
	faces := 0
	for i := range parts {
		p := &parts[i]
		for t := 0; t+2 < len(p.Indices); t += 3 {
			var q [3]geom.Vec
			var id [3]int
			for k := range 3 {
				q[k] = geom.At(p.Points, int(p.Indices[t+k]))
				if _, ok := ids[q[k]]; !ok {
					ids[q[k]] = len(ids)
				}
				id[k] = ids[q[k]]
			}
			faces++
			m.volume += q[0].Dot(q[1].Cross(q[2])) / 6
			m.area += q[1].Sub(q[0]).Cross(q[2].Sub(q[0])).Len() / 2
			for k := range 3 {
				a, b := id[k], id[(k+1)%3]
				e := edges[[2]int{min(a, b), max(a, b)}]
				if a < b {
					e[0]++
				} else {
					e[1]++
				}
				edges[[2]int{min(a, b), max(a, b)}] = e
			}
		}
	}
	for _, e := range edges {
		if e != [2]int{1, 1} {
			m.open++
		}
		if e[0]+e[1] == 1 {
			m.borders++
		}
	}
	m.euler = len(ids) - len(edges) + faces
	return m
}
