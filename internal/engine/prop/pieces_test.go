package prop

import (
	"fmt"
	"testing"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/scene"
)

// merged makes one mesh of several.
func merged(parts ...scene.Part) scene.Part {
	out := parts[0]
	out.Points, out.Indices = nil, nil
	for _, p := range parts {
		n := uint32(len(out.Points) / 3)
		out.Points = append(out.Points, p.Points...)
		for _, i := range p.Indices {
			out.Indices = append(out.Indices, n+i)
		}
	}
	return out
}

// cell is a cube with a corner at the origin, moved.
func cell(size, x, y, z float64) scene.Part {
	return block(geom.Vec{x, y, z}, geom.Vec{x + size, y + size, z + size})
}

// table has four legs and a top that do not share a corner.
func table() scene.Part {
	return merged(
		block(geom.Vec{0, 0, 0.7}, geom.Vec{1, 1, 0.75}),
		block(geom.Vec{0.01, 0.01, 0}, geom.Vec{0.06, 0.06, 0.7}), block(geom.Vec{0.94, 0.01, 0}, geom.Vec{0.99, 0.06, 0.7}),
		block(geom.Vec{0.01, 0.94, 0}, geom.Vec{0.06, 0.99, 0.7}), block(geom.Vec{0.94, 0.94, 0}, geom.Vec{0.99, 0.99, 0.7}),
	)
}

// panels are the sides of a cube, apart from each other.
func panels() scene.Part {
	cube := cell(1, 0, 0, 0)
	var sides []scene.Part
	for s := range 6 {
		side := merged(cube)
		side.Indices = side.Indices[6*s : 6*s+6]
		d := float32(s+1) * 0.01
		for i := range side.Points {
			side.Points[i] += d
		}
		sides = append(sides, side)
	}
	return merged(sides...)
}

func TestHullPerComponent(t *testing.T) {
	var crowd []scene.Part
	for i := range 90 {
		crowd = append(crowd, cell(0.6, float64(i%10), float64(i/10), float64(i%3)))
	}
	for _, c := range []struct {
		name      string
		part      scene.Part
		colliders int
		volume    float64 // of them together, 0: not looked at
	}{
		{"one cube", cell(1, 0, 0, 0), 1, 1},
		{"two cubes apart", merged(cell(1, 0, 0, 0), cell(1, 5, 0, 0)), 2, 2},
		{"two cubes that nearly touch", merged(cell(1, 0, 0, 0), cell(1, 1.01, 0, 0)), 1, 2.01},
		{"cavity", merged(cell(1, 0, 0, 0), inside(cell(0.5, 0.25, 0.25, 0.25))), 1, 1},
		{"cube within one of two", merged(cell(1, 0, 0, 0), cell(1, 5, 0, 0), cell(0.5, 0.25, 0.25, 0.25)), 2, 2},
		{"table", table(), 5, 0.05 + 4*0.05*0.05*0.7},
		{"screw beside one of two", merged(cell(1, 0, 0, 0), cell(1, 5, 0, 0), cell(0.01, 1.1, 0, 0)), 2, 0},
		{"cube of loose panels", panels(), 1, 0},
		{"crowd", merged(crowd...), MaxPieces, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := build(t, &scene.Scene{Up: scene.Z, Parts: []scene.Part{c.part}})
			if len(p.Colliders) != c.colliders {
				t.Errorf("%d colliders, want %d", len(p.Colliders), c.colliders)
			}
			if want := len(p.Colliders) > 1; want != (p.Facts.Split.Parts == 1) || want && p.Facts.Split.Hulls != c.colliders {
				t.Errorf("said: %+v", p.Facts.Split)
			}
			sum := 0.0
			for _, h := range p.Colliders {
				sum += volume(h.Hull)
				if n := len(h.Points) / 3; n > hull.MaxVertices {
					t.Errorf("%s has %d vertices", h.Name, n)
				}
			}
			if c.volume > 0 && !near(sum, c.volume) {
				t.Errorf("%g m³ collide, want %g", sum, c.volume)
			}
			held(t, p)
		})
	}
}

// held wants every visible point within some collider.
func held(t *testing.T, p *Prop) {
	t.Helper()
	pts := p.Meshes[0].Points
	for i := 0; i < len(pts); i += 3 {
		in := false
		for k := range p.Colliders {
			in = in || p.Colliders[k].Contains(pts[i:i+3])
		}
		if !in {
			t.Fatalf("point %v is in no collider", pts[i:i+3])
		}
	}
}

func TestPiecesAreBoundedForTheWholeProp(t *testing.T) {
	var parts []scene.Part
	for i := range 200 {
		p := merged(cell(0.5, float64(i), 0, 0), cell(0.5, float64(i), 1, 0), cell(0.5, float64(i), 2, 0),
			cell(0.5, float64(i), 3, 0), cell(0.5, float64(i), 4, 0), cell(0.5, float64(i), 5, 0), cell(0.5, float64(i), 6, 0))
		p.Name, p.Group = fmt.Sprint("row ", i), i
		parts = append(parts, p)
	}
	p := build(t, &scene.Scene{Up: scene.Z, Parts: parts})
	if n := len(p.Colliders); n > maxPieces || n < 2*len(parts) {
		t.Errorf("%d colliders for %d parts", n, len(parts))
	}
}
