// Package render draws a prop in software: a picture of it as it stands, and an
// animation of it moving. A z-buffer of twice the size holds, for each pixel, the
// nearest triangle; what a pixel of the picture shows of it is then shaded once.
//
// It is made for small pictures that tell assets apart at a glance, not for
// judging materials: one soft key light, a sky, a ground that catches the shadow.
// Equal props give equal bytes.
package render

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"iter"
	"slices"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
)

// oversample is how many pixels are drawn for one, in each direction.
const oversample = 2

// ThumbnailSize is the edge of a thumbnail in pixels, which SimReady's SR.002 sets.
const ThumbnailSize = 256

// Thumbnail draws the prop from the front, right and above, as a PNG file of
// 256×256 pixels. It fails only with the context.
func Thumbnail(ctx context.Context, p *prop.Prop) ([]byte, error) {
	s := newStage(p)
	cam := fit(s.bounds(), s.points(), ThumbnailSize*oversample)
	img, err := s.draw(ctx, cam, identity, ThumbnailSize)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode the thumbnail: %w", err)
	}
	return out.Bytes(), nil
}

var identity = geom.Affine{L: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}}

// stage is a prop made ready for drawing.
type stage struct {
	meshes []drawn
	total  int     // triangles
	cam    *camera // in the body's frame
	last   face    // the last triangle asked about
	canvas canvas
	shadow shadow
	x, y   []float64 // projected points of the mesh at hand
	near   []float64 // one over their distance
}

// drawn is a mesh with its look. Triangles are numbered through all meshes.
type drawn struct {
	*prop.Mesh
	look  *look
	first int
}

func newStage(p *prop.Prop) *stage {
	s := &stage{}
	looks := newLooks(p)
	for i := range p.Meshes {
		m := &p.Meshes[i]
		s.meshes = append(s.meshes, drawn{m, &looks[m.Surface], s.total})
		s.total += m.Triangles()
	}
	return s
}

// meshOf finds the mesh that has the triangle.
func (s *stage) meshOf(t int) *drawn {
	lo, hi := 0, len(s.meshes)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.meshes[mid].first <= t {
			lo = mid
		} else {
			hi = mid
		}
	}
	return &s.meshes[lo]
}

// blended reports that something shines through.
func (s *stage) blended() bool {
	return slices.ContainsFunc(s.meshes, func(m drawn) bool { return m.look.blended })
}

func (s *stage) bounds() geom.Box {
	b := geom.Empty()
	for i := range s.meshes {
		b.Union(geom.Bounds(s.meshes[i].Points))
	}
	return b
}

// points are all of them, for a camera to fit.
func (s *stage) points() iter.Seq[vec] {
	return func(yield func(vec) bool) {
		for i := range s.meshes {
			for k := range s.meshes[i].Vertices() {
				if !yield(at(s.meshes[i].Points, k)) {
					return
				}
			}
		}
	}
}

// draw draws the prop where pose puts it. The body keeps its frame: the camera,
// the lights and the ground are brought into it.
func (s *stage) draw(ctx context.Context, cam camera, pose geom.Affine, size int) (*image.RGBA, error) {
	s.canvas.reset(size*oversample, s.blended())
	sc := surroundings(cam, pose)
	if err := s.shadow.cast(ctx, s, &sc); err != nil {
		return nil, err
	}
	s.cam, s.last.id = &sc.cam, 0
	for i := range s.meshes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if m := &s.meshes[i]; !m.look.blended {
			s.project(m, &sc.cam)
			s.keep(m)
		}
	}
	s.shade(&sc)
	s.blend(&sc)
	s.canvas.settle()
	return s.canvas.img, nil
}
