package prop

import (
	"cmp"
	"slices"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/mass"
	"simdrop/internal/engine/mesh"
)

// solids are the closed surfaces of one group of meshes.
type solids struct {
	meshes   []*mesh.Mesh
	top      *mesh.Topology
	boxes    []geom.Box
	area     []float64
	moments  []mass.Moments // by component; the volume is 0 for what encloses nothing
	owner    []int          // by component: the mesh with most of its area
	cavities int
}

func newSolids(b *builder, group []int) *solids {
	g := &solids{}
	box := geom.Empty()
	for _, i := range group {
		g.meshes = append(g.meshes, b.meshes[i])
		box.Union(geom.Bounds(b.meshes[i].Points))
	}
	g.top = mesh.Analyse(g.meshes, weldTolerance*box.Diagonal())
	n := g.top.Components
	g.boxes, g.area = make([]geom.Box, n), make([]float64, n)
	g.moments, g.owner = make([]mass.Moments, n), make([]int, n)
	for c := range g.boxes {
		g.boxes[c] = geom.Empty()
	}
	g.measure()
	g.integrate(box.Centre())
	g.orient()
	return g
}

// solid reports that component c is closed and encloses something.
func (g *solids) solid(c int) bool { return g.moments[c].Volume != 0 }

// measure finds boxes, areas and owners.
func (g *solids) measure() {
	here := make([]float64, len(g.area)) // area in the mesh at hand
	most := make([]float64, len(g.area))
	for k, m := range g.meshes {
		var touched []int32
		for t, c := range g.top.Of[k] {
			if c < 0 {
				continue
			}
			p, q, r := m.Corner(t)
			g.boxes[c].Add(p)
			g.boxes[c].Add(q)
			g.boxes[c].Add(r)
			a := q.Sub(p).Cross(r.Sub(p)).Len() / 2
			if here[c] == 0 && a > 0 {
				touched = append(touched, c)
			}
			here[c] += a
			g.area[c] += a
		}
		for _, c := range touched {
			if here[c] > most[c] {
				most[c], g.owner[c] = here[c], k
			}
			here[c] = 0
		}
	}
}

// integrate sums the closed components about a point near them, where the signed
// tetrahedra cancel with the least rounding.
func (g *solids) integrate(ref geom.Vec) {
	for c := range g.moments {
		g.moments[c].Ref = ref
	}
	for k, m := range g.meshes {
		for t, c := range g.top.Of[k] {
			if c >= 0 && g.top.Open[c] == 0 {
				p, q, r := m.Corner(t)
				g.moments[c].Triangle(p, q, r)
			}
		}
	}
	for c := range g.moments {
		v := g.moments[c].Volume
		if !(max(v, -v) > thinnest*g.area[c]*g.boxes[c].Diagonal()) {
			g.moments[c] = mass.Moments{Ref: ref}
		}
	}
}

// orient decides about components that are inside out: within another solid they
// are its cavity, else the file has their triangles the wrong way round.
func (g *solids) orient() {
	var outer []int
	for c := range g.moments {
		if g.moments[c].Volume > 0 {
			outer = append(outer, c)
		}
	}
	slices.SortStableFunc(outer, func(x, y int) int {
		return cmp.Compare(g.moments[y].Volume, g.moments[x].Volume)
	})
	outer = outer[:min(len(outer), 64)]
	turn := map[int32]bool{}
	for c := range g.moments {
		if g.moments[c].Volume >= 0 {
			continue
		}
		in := slices.IndexFunc(outer, func(o int) bool {
			return g.boxes[c].Inside(g.boxes[o]) && -g.moments[c].Volume < g.moments[o].Volume
		})
		if in >= 0 {
			g.cavities++
			g.owner[c] = g.owner[outer[in]]
			continue
		}
		g.moments[c] = g.moments[c].Scale(-1)
		turn[int32(c)] = true
	}
	if len(turn) == 0 {
		return
	}
	for k, m := range g.meshes {
		m.Turn(func(t int) bool { return turn[g.top.Of[k][t]] })
	}
}

// openPoints are the points of mesh k that bound no solid.
func (g *solids) openPoints(k int) []float32 {
	of := g.top.Of[k]
	return pointsOf(g.meshes[k], func(t int) bool { return of[t] >= 0 && !g.solid(int(of[t])) })
}

// hullMoments estimates what an open surface encloses: a share of its hull, or all
// of the plate it becomes when it is flat.
func hullMoments(pts []float32) (m mass.Moments, floored bool) {
	h := hull.Of(pts, hull.MaxVertices, Thickness)
	m.Ref = geom.Bounds(pts).Centre()
	addHull(&m, h)
	if h.Floored {
		return m, true
	}
	return m.Scale(fill), false
}

func addHull(m *mass.Moments, h hull.Hull) {
	for t := 0; t+2 < len(h.Indices); t += 3 {
		i := h.Indices[t : t+3]
		m.Triangle(geom.At(h.Points, int(i[0])), geom.At(h.Points, int(i[1])), geom.At(h.Points, int(i[2])))
	}
}
