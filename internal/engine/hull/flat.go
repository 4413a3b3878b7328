package hull

import "simdrop/internal/engine/geom"

// thicken gives points without volume a thickness: those of a plane become a
// prism over their outline, those of a line or of one place a box. limit is the
// most corners the outline may have (0: all); extents up to least count as none.
func thicken(pts []geom.Vec, least, thickness float64, limit int) Hull {
	h := thickness / 2
	o, dir, long := spine(pts, least)
	if !long {
		box := geom.Empty()
		for _, p := range pts {
			box.Add(p)
		}
		return prism(ring4(box.Centre(), geom.Vec{h, 0, 0}, geom.Vec{0, h, 0}), geom.Vec{0, 0, h})
	}
	n, flat := plane(pts, o, dir, least)
	if !flat {
		lo, hi := span(pts, o, dir)
		u := dir.Perpendicular()
		mid := o.Add(dir.Scale(lo/2 + hi/2))
		return prism(ring4(mid, dir.Scale(hi/2-lo/2), u.Scale(h)), dir.Cross(u).Scale(h))
	}
	return prism(outline(pts, o, dir, n.Cross(dir), limit), n.Scale(h))
}

func ring4(c, x, y geom.Vec) []geom.Vec {
	return []geom.Vec{c.Sub(x).Sub(y), c.Add(x).Sub(y), c.Add(x).Add(y), c.Sub(x).Add(y)}
}

// prism spans from −h to h over a convex ring, counter-clockwise seen from where h points.
func prism(ring []geom.Vec, h geom.Vec) Hull {
	b := &builder{}
	n := int32(len(ring))
	for _, p := range ring {
		b.pts = append(b.pts, p.Add(h))
	}
	for _, p := range ring {
		b.pts = append(b.pts, p.Sub(h))
	}
	for i := range n {
		j := (i + 1) % n
		b.faces = append(b.faces, face{v: [3]int32{n + i, n + j, j}}, face{v: [3]int32{n + i, j, i}})
		if i > 0 && j > 0 {
			b.faces = append(b.faces, face{v: [3]int32{0, i, j}}, face{v: [3]int32{n, n + j, n + i}})
		}
	}
	out := b.result(false)
	out.Floored = true
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
