package hull

import "simdrop/internal/engine/geom"

// thicken gives points without volume a thickness: those of a plane become two
// layers, those of a line or of one place a box. limit is the most points a layer
// may keep (0: all); extents up to least count as none.
func thicken(pts []geom.Vec, least, thickness float64, limit int) []geom.Vec {
	h := thickness / 2
	box := geom.Empty()
	for _, p := range pts {
		box.Add(p)
	}
	o, dir, long := spine(pts, least)
	if !long {
		return corners(box.Centre(), geom.Vec{h, 0, 0}, geom.Vec{0, h, 0}, geom.Vec{0, 0, h})
	}
	n, flat := plane(pts, o, dir, least)
	if !flat {
		lo, hi := span(pts, o, dir)
		u := dir.Perpendicular()
		mid := o.Add(dir.Scale(lo/2 + hi/2))
		return corners(mid, dir.Scale(hi/2-lo/2), u.Scale(h), dir.Cross(u).Scale(h))
	}
	if limit > 0 {
		pts = outline(pts, o, dir, n.Cross(dir), limit)
	}
	out := make([]geom.Vec, 0, 2*len(pts))
	for _, p := range pts {
		out = append(out, p.Add(n.Scale(h)), p.Sub(n.Scale(h)))
	}
	return out
}

// spine returns a point of the set and the direction to the one farthest from it.
func spine(pts []geom.Vec, least float64) (o, dir geom.Vec, ok bool) {
	o = pts[0]
	for _, p := range pts {
		if compare(p, o) < 0 {
			o = p
		}
	}
	far, best := o, least
	for _, p := range pts {
		if d := p.Sub(o).Len(); d > best {
			far, best = p, d
		}
	}
	dir, ok = far.Sub(o).Unit()
	return o, dir, ok
}

func plane(pts []geom.Vec, o, dir geom.Vec, least float64) (n geom.Vec, ok bool) {
	best := least
	for _, p := range pts {
		c := dir.Cross(p.Sub(o))
		if l := c.Len(); l > best {
			if u, unit := c.Unit(); unit {
				best, n, ok = l, u, true
			}
		}
	}
	return n, ok
}

func span(pts []geom.Vec, o, dir geom.Vec) (lo, hi float64) {
	for _, p := range pts {
		d := p.Sub(o).Dot(dir)
		lo, hi = min(lo, d), max(hi, d)
	}
	return lo, hi
}

func corners(c, x, y, z geom.Vec) []geom.Vec {
	var out []geom.Vec
	for i := range 8 {
		p := c
		for k, e := range [3]geom.Vec{x, y, z} {
			if i>>k&1 == 0 {
				p = p.Sub(e)
			} else {
				p = p.Add(e)
			}
		}
		out = append(out, p)
	}
	return out
}
