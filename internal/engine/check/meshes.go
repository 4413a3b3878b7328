package check

import (
	"math"
	"slices"

	"simdrop/internal/engine/usd"
)

// view is a mesh's arrays, as far as they are there and of the right type.
type view struct {
	points, normals usd.Vec3s
	counts          usd.Ints
	indices         usd.Indices
	interpolation   string
	valid           bool // the topology can be walked
}

func look(n *node) (v view) {
	get(n, "points", &v.points)
	get(n, "faceVertexCounts", &v.counts)
	get(n, "faceVertexIndices", &v.indices)
	if a := n.Attr("normals"); a != nil {
		v.normals, _ = a.Value.(usd.Vec3s)
		t, _ := a.Meta.Get("interpolation").(usd.Token)
		v.interpolation = string(t)
	}
	v.valid = v.trouble() == ""
	return v
}

func get[T any](n *node, name string, to *T) {
	if a := n.Attr(name); a != nil {
		if v, ok := a.Value.(T); ok {
			*to = v
		}
	}
}

// trouble says what is wrong with the topology, "" for nothing.
func (v *view) trouble() string {
	if len(v.points) == 0 || len(v.points)%3 != 0 {
		return "has no points"
	}
	if len(v.counts) == 0 {
		return "has no faces"
	}
	sum := 0
	for _, c := range v.counts {
		if c < 3 {
			return "has a face with fewer than three corners"
		}
		sum += int(c)
	}
	if sum != len(v.indices) {
		return "has face counts that do not add up to its indices"
	}
	n := uint32(len(v.points) / 3)
	for _, i := range v.indices {
		if i >= n {
			return "has an index beyond its points"
		}
	}
	return ""
}

func (v *view) point(i uint32) [3]float64 {
	p := v.points[3*i : 3*i+3]
	return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
}

func validTopology(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		v := look(n)
		if t := v.trouble(); t != "" {
			bad.add("%s %s", n.path, t)
		}
	})
}

func extents(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		var e usd.Vec3s
		get(n, "extent", &e)
		if len(e) != 6 {
			bad.add("%s has no extent", n.path)
			return
		}
		v := look(n)
		want := [6]float32{e[0], e[1], e[2], e[3], e[4], e[5]}
		lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
		real := [6]float32{lo, lo, lo, hi, hi, hi}
		for i, f := range v.points {
			real[i%3] = min(real[i%3], f)
			real[3+i%3] = max(real[3+i%3], f)
		}
		if real != want {
			bad.add("%s has the extent %v, its points %v", n.path, want, real)
		}
	})
}

// duplicateMeshes compares all meshes, guides too, as VG.008 does. Everything is
// baked, so all stand at one transform.
func duplicateMeshes(s *stage) []string {
	type shape struct {
		v    view
		path string
	}
	seen := map[[3]int64][]shape{}
	cell := func(f float32) int64 { return int64(math.RoundToEven(float64(f) * 1e6)) }
	return s.each("Mesh", func(n *node, bad *problems) {
		v := look(n)
		var sum int64
		for i, f := range v.points {
			sum = sum*31 + cell(f)*int64(i%3+1)
		}
		key := [3]int64{int64(len(v.points)), int64(len(v.indices)), sum}
		for _, o := range seen[key] {
			if slices.Equal(v.counts, o.v.counts) && slices.Equal(v.indices, o.v.indices) &&
				slices.EqualFunc(v.points, o.v.points, func(a, b float32) bool { return cell(a) == cell(b) }) {
				bad.add("%s equals %s", n.path, o.path)
			}
		}
		seen[key] = append(seen[key], shape{v, n.path})
	})
}

func normalsExist(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		own, primvar := n.Attr("normals") != nil, n.Attr("primvars:normals") != nil
		switch {
		case own && primvar:
			bad.add("%s has normals twice", n.path)
		case !own && !primvar:
			bad.add("%s has no normals", n.path)
		}
	})
}

func normalsValid(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		v := look(n)
		want, ok := v.wanted()
		if !ok {
			bad.add("%s has normals of the interpolation %q", n.path, v.interpolation)
			return
		}
		if len(v.normals) != 3*want {
			bad.add("%s has %d normals where %d are needed", n.path, len(v.normals)/3, want)
			return
		}
		for i := 0; i+2 < len(v.normals); i += 3 {
			x, y, z := float64(v.normals[i]), float64(v.normals[i+1]), float64(v.normals[i+2])
			if l := math.Sqrt(x*x + y*y + z*z); !(math.Abs(l-1) < 1e-4) {
				bad.add("%s has a normal of the length %g", n.path, l)
				return
			}
		}
	})
}

// wanted is how many normals the interpolation calls for.
func (v *view) wanted() (int, bool) {
	switch v.interpolation {
	case "vertex":
		return len(v.points) / 3, true
	case "faceVarying":
		return len(v.indices), true
	case "uniform":
		return len(v.counts), true
	}
	return 0, false
}

// normalsAgree wants the mean normal of every face on its counter-clockwise side.
func normalsAgree(s *stage) []string {
	return s.each("Mesh", func(n *node, bad *problems) {
		v := look(n)
		want, ok := v.wanted()
		if !v.valid || !ok || len(v.normals) != 3*want {
			bad.add("%s has no normals to compare", n.path)
			return
		}
		at, against := 0, 0
		for f, c := range v.counts {
			if v.against(f, at, int(c)) {
				against++
			}
			at += int(c)
		}
		if against > 0 {
			bad.add("%s has %d faces whose normals look to the back", n.path, against)
		}
	})
}

func (v *view) against(face, at, corners int) bool {
	a, b, c := v.point(v.indices[at]), v.point(v.indices[at+1]), v.point(v.indices[at+2])
	var e, f, sum [3]float64
	for k := range 3 {
		e[k], f[k] = b[k]-a[k], c[k]-a[k]
	}
	for j := at; j < at+corners; j++ {
		i := int(v.indices[j])
		switch v.interpolation {
		case "faceVarying":
			i = j
		case "uniform":
			i = face
		}
		for k := range 3 {
			sum[k] += float64(v.normals[3*i+k])
		}
	}
	n := [3]float64{e[1]*f[2] - e[2]*f[1], e[2]*f[0] - e[0]*f[2], e[0]*f[1] - e[1]*f[0]}
	return n[0]*sum[0]+n[1]*sum[1]+n[2]*sum[2] < 0
}
