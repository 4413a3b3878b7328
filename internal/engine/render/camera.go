package render

import (
	"iter"

	"simdrop/internal/engine/geom"
)

// camera looks along forward; pixels are counted from the upper left.
type camera struct {
	eye, right, up, forward geom.Vec
	focal                   float64 // pixels
	half                    float64 // half the picture's edge, pixels
}

const (
	// lens is the distance at which the picture is one wide: a field of view of 28°.
	lens = 2.0
	// fill is how much of the picture's width or height the asset takes.
	fill = 0.78
)

// from is where the camera stands, seen from the asset: before it, to the right and
// above. Assets face −y.
var from = geom.Vec{0.62, -1, 0.52}

// fit places a camera so that all points are seen, as large as they can be and in
// the middle, in a picture of the given edge.
func fit(box geom.Box, points iter.Seq[geom.Vec], edge int) camera {
	back, _ := from.Unit()
	c := camera{forward: back.Scale(-1), half: float64(edge) / 2}
	c.right, _ = c.forward.Cross(geom.Vec{0, 0, 1}).Unit()
	c.up = c.right.Cross(c.forward)
	c.focal = lens * float64(edge)
	target := box.Centre()
	size := max(box.Diagonal(), 1e-6)
	distance := size * lens
	// Moving the target to the middle of what is seen changes what is seen a little:
	// three rounds are within a pixel.
	for range 3 {
		c.eye = target.Sub(c.forward.Scale(distance))
		lo, hi := [2]float64{1e300, 1e300}, [2]float64{-1e300, -1e300}
		for p := range points {
			x, y, near := c.project(p)
			lo[0], hi[0] = min(lo[0], x), max(hi[0], x)
			lo[1], hi[1] = min(lo[1], y), max(hi[1], y)
			if near <= 0 {
				lo[0], hi[0] = -1e9, 1e9
			}
		}
		px := distance / c.focal // metres a pixel spans at the target
		target = target.Add(c.right.Scale(((lo[0]+hi[0])/2 - c.half) * px)).Sub(c.up.Scale(((lo[1]+hi[1])/2 - c.half) * px))
		grow := max(hi[0]-lo[0], hi[1]-lo[1]) / (2 * c.half * fill)
		distance = min(max(distance*grow, 0.7*size), 20*size)
	}
	c.eye = target.Sub(c.forward.Scale(distance))
	return c
}

// project gives the place in the picture and one over the distance, which is not
// positive behind the camera.
func (c *camera) project(p geom.Vec) (x, y, near float64) {
	d := p.Sub(c.eye)
	near = 1 / d.Dot(c.forward)
	s := c.focal * near
	return c.half + float64(s*d.Dot(c.right)), c.half - float64(s*d.Dot(c.up)), near
}

// ray is the direction through the middle of a pixel, forward component 1.
func (c *camera) ray(x, y int) geom.Vec {
	u := (float64(x) + 0.5 - c.half) / c.focal
	v := (c.half - float64(y) - 0.5) / c.focal
	return c.forward.Add(c.right.Scale(u)).Add(c.up.Scale(v))
}

// world is what surrounds the body, in the body's own frame.
type world struct {
	cam       camera
	up        geom.Vec // away from the ground
	key, fill geom.Vec // towards the lights
	// East, north and height of a point of the body over the ground.
	axes   [3]geom.Vec
	origin geom.Vec // of the ground, as offsets: what axes·p lacks
	view   camera   // the camera in the ground's frame
}

// The lights' directions, seen from the asset.
var (
	keyLight  = geom.Vec{-0.45, -0.55, 1.0}
	fillLight = geom.Vec{0.9, -0.35, 0.35}
)

// surroundings turns camera and lights into the frame of a body at pose.
func surroundings(cam camera, pose geom.Affine) world {
	l := &pose.L
	w := world{view: cam, origin: pose.T}
	for k := range 3 {
		w.axes[k] = geom.Vec{l[3*k], l[3*k+1], l[3*k+2]}
	}
	in := func(v geom.Vec) geom.Vec {
		return w.axes[0].Scale(v[0]).Add(w.axes[1].Scale(v[1])).Add(w.axes[2].Scale(v[2]))
	}
	w.cam = camera{
		eye: in(cam.eye.Sub(pose.T)), right: in(cam.right), up: in(cam.up), forward: in(cam.forward),
		focal: cam.focal, half: cam.half,
	}
	w.up = in(geom.Vec{0, 0, 1})
	key, _ := keyLight.Unit()
	fill, _ := fillLight.Unit()
	w.key, w.fill = in(key), in(fill)
	return w
}

// ground gives a point of the body as east, north and height.
func (w *world) ground(p geom.Vec) geom.Vec {
	return geom.Vec{w.axes[0].Dot(p), w.axes[1].Dot(p), w.axes[2].Dot(p)}.Add(w.origin)
}
