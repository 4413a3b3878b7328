package hull

import (
	"slices"

	"simdrop/internal/engine/geom"
)

// outline returns at most limit (0: all) corners of the convex outline of points in
// a plane, counter-clockwise, having taken those first that lie farthest outside
// what is already there: quickhull in two dimensions. x and y are unit vectors of
// the plane, o its origin.
func outline(pts []geom.Vec, o, x, y geom.Vec, limit int) []geom.Vec {
	flat := make([][2]float64, len(pts))
	lo, hi := 0, 0
	for i, p := range pts {
		d := p.Sub(o)
		flat[i] = [2]float64{d.Dot(x), d.Dot(y)}
		if flat[i][0] < flat[lo][0] {
			lo = i
		}
		if flat[i][0] > flat[hi][0] {
			hi = i
		}
	}
	side := func(a, b int) gap { return farthest(flat, a, b, 1e-9*(flat[hi][0]-flat[lo][0])) }
	ring := []gap{side(lo, hi), side(hi, lo)}
	for limit == 0 || len(ring) < limit {
		at := 0
		for e := range ring {
			if ring[e].dist > ring[at].dist {
				at = e
			}
		}
		g := ring[at]
		if g.dist == 0 {
			break
		}
		ring[at] = side(g.from, g.who)
		ring = slices.Insert(ring, at+1, side(g.who, g.to))
	}
	out := make([]geom.Vec, len(ring))
	for i, g := range ring {
		f := flat[g.from]
		out[i] = o.Add(x.Scale(f[0])).Add(y.Scale(f[1]))
	}
	return out
}

// gap is a side of the outline and the point farthest beyond it.
type gap struct {
	from, to, who int
	dist          float64 // 0 when no point lies beyond
}

func farthest(flat [][2]float64, from, to int, least float64) gap {
	g := gap{from: from, to: to}
	a, b := flat[from], flat[to]
	nx, ny := b[1]-a[1], a[0]-b[0]
	length := geom.Vec{nx, ny}.Len()
	for i, p := range flat {
		d := (float64(nx*(p[0]-a[0])) + float64(ny*(p[1]-a[1]))) / length
		if d > least {
			g.who, least = i, d
			g.dist = d
		}
	}
	return g
}
