package render

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/gif"
	"iter"
	"slices"

	"simdrop/internal/engine/decimate"
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/mesh"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
)

const (
	// AnimationSize is the edge of an animation in pixels.
	AnimationSize = 320
	// FrameTime is how long a frame is shown, in hundredths of a second.
	FrameTime = 5
	// MostFrames makes three seconds.
	MostFrames = 60
	// animated is how many triangles are drawn in a frame.
	animated = 40_000
)

// Animation draws the prop at each pose, one every twentieth of a second and three
// seconds at most, as a GIF file. It fails only with the context.
func Animation(ctx context.Context, p *prop.Prop, poses []geom.Affine) ([]byte, error) {
	poses = poses[:min(len(poses), MostFrames)]
	p, err := fewer(ctx, p)
	if err != nil {
		return nil, err
	}
	s := newStage(p)
	box, points := s.sweep(poses)
	cam := fit(box, points, AnimationSize*oversample)
	frames := make([]*image.RGBA, 0, len(poses))
	for _, pose := range poses {
		img, err := s.draw(ctx, cam, pose, AnimationSize)
		if err != nil {
			return nil, err
		}
		frames = append(frames, img)
	}
	return encode(frames)
}

// sweep gives the box around the whole movement and the corners of the asset's
// bounds at each pose.
func (s *stage) sweep(poses []geom.Affine) (geom.Box, iter.Seq[vec]) {
	body := s.bounds()
	var all []vec
	box := geom.Empty()
	for i := range poses {
		for k := range 8 {
			c := body.Min
			for axis := range 3 {
				if k>>axis&1 == 1 {
					c[axis] = body.Max[axis]
				}
			}
			q := poses[i].Apply(c)
			box.Add(q)
			all = append(all, of(q))
		}
	}
	return box, slices.Values(all)
}

// fewer reduces what would take long to draw many times.
func fewer(ctx context.Context, p *prop.Prop) (*prop.Prop, error) {
	total := 0
	parts := make([]scene.Part, len(p.Meshes))
	for i := range p.Meshes {
		m := &p.Meshes[i]
		total += m.Triangles()
		parts[i] = scene.Part{Transform: scene.Identity, Group: m.Group, Points: m.Points, UVs: m.UVs, Colors: m.Colors, Indices: m.Indices}
		if !m.PerCorner {
			parts[i].Normals = m.Normals
		}
	}
	if total <= animated {
		return p, nil
	}
	parts, _, err := decimate.Reduce(ctx, parts, animated)
	if err != nil {
		return nil, err
	}
	out := *p
	out.Meshes = nil
	for i := range p.Meshes {
		q := &parts[i]
		m := p.Meshes[i]
		m.Mesh = &mesh.Mesh{Points: q.Points, Normals: q.Normals, UVs: q.UVs, Colors: q.Colors, Indices: q.Indices}
		out.Meshes = append(out.Meshes, m)
	}
	return &out, nil
}

// encode makes a GIF that starts over after its last frame. Each frame holds only
// the rectangle that differs from the one before.
func encode(frames []*image.RGBA) ([]byte, error) {
	pal := newPalette(frames)
	g := &gif.GIF{Config: image.Config{ColorModel: pal.colors, Width: AnimationSize, Height: AnimationSize}}
	var last *image.Paletted
	for _, f := range frames {
		whole := pal.apply(f)
		show := whole
		if last != nil {
			show = whole.SubImage(changed(last, whole)).(*image.Paletted)
		}
		g.Image = append(g.Image, show)
		g.Delay = append(g.Delay, FrameTime)
		last = whole
	}
	if n := len(g.Delay); n > 0 {
		g.Delay[n-1] = 150 // to be looked at before it starts over
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		return nil, fmt.Errorf("encode the animation: %w", err)
	}
	return out.Bytes(), nil
}

// changed is the rectangle in which two frames differ, one pixel at least.
func changed(a, b *image.Paletted) (r image.Rectangle) {
	for y := range a.Rect.Dy() {
		ra, rb := a.Pix[y*a.Stride:(y+1)*a.Stride], b.Pix[y*b.Stride:(y+1)*b.Stride]
		if bytes.Equal(ra, rb) {
			continue
		}
		lo, hi := 0, len(ra)
		for ra[lo] == rb[lo] {
			lo++
		}
		for ra[hi-1] == rb[hi-1] {
			hi--
		}
		r = r.Union(image.Rect(lo, y, hi, y+1))
	}
	if r.Empty() {
		return image.Rect(0, 0, 1, 1)
	}
	return r
}
