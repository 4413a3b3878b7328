package render

import (
	"iter"

	"simdrop/internal/engine/geom"
)

// camera looks along forward; pixels are counted from the upper left.
type camera struct {
	eye, right, up, forward vec
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
var from = vec{0.62, -1, 0.52}

// fit places a camera so that all points are seen, as large as they can be and in
// the middle, in a picture of the given edge.
func fit(box geom.Box, points iter.Seq[vec], edge int) camera {
	back, _ := from.unit()
	c := camera{forward: back.scale(-1), half: float64(edge) / 2}
	c.right, _ = c.forward.cross(vec{0, 0, 1}).unit()
	c.up = c.right.cross(c.forward)
	c.focal = lens * float64(edge)
	target := of(box.Centre())
	size := max(box.Diagonal(), 1e-6)
	distance := size * lens
	// Moving the target to the middle of what is seen changes what is seen a little:
	// three rounds are within a pixel.
	for range 3 {
		c.eye = target.sub(c.forward.scale(distance))
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
		target = target.add(c.right.scale(((lo[0]+hi[0])/2 - c.half) * px)).sub(c.up.scale(((lo[1]+hi[1])/2 - c.half) * px))
		grow := max(hi[0]-lo[0], hi[1]-lo[1]) / (2 * c.half * fill)
		distance = min(max(distance*grow, 0.7*size), 20*size)
	}
	c.eye = target.sub(c.forward.scale(distance))
	return c
}

// project gives the place in the picture and one over the distance, which is not
// positive behind the camera.
func (c *camera) project(p vec) (x, y, near float64) {
	d := p.sub(c.eye)
	near = 1 / d.dot(c.forward)
	s := c.focal * near
	return c.half + float64(s*d.dot(c.right)), c.half - float64(s*d.dot(c.up)), near
}

// ray is the direction through a place of the picture, forward component 1.
func (c *camera) ray(x, y float64) vec {
	u, v := (x-c.half)/c.focal, (c.half-y)/c.focal
	return c.forward.add(c.right.scale(u)).add(c.up.scale(v))
}

// world is what surrounds the body, in the body's own frame.
type world struct {
	cam       camera
	up        vec // away from the ground
	key, fill vec // towards the lights
	// East, north and height of a point of the body over the ground.
	axes   [3]vec
	origin vec    // of the ground, as offsets: what axes·p lacks
	view   camera // the camera in the ground's frame
}

// The lights' directions, seen from the asset.
var (
	keyLight  = vec{-0.45, -0.55, 1.0}
	fillLight = vec{0.9, -0.35, 0.35}
)

// surroundings turns camera and lights into the frame of a body at pose.
func surroundings(cam camera, pose geom.Affine) world {
	l := &pose.L
	w := world{view: cam, origin: of(pose.T)}
	for k := range 3 {
		w.axes[k] = vec{l[3*k], l[3*k+1], l[3*k+2]}
	}
	in := func(v vec) vec {
		return w.axes[0].scale(v.x).add(w.axes[1].scale(v.y)).add(w.axes[2].scale(v.z))
	}
	w.cam = camera{
		eye: in(cam.eye.sub(w.origin)), right: in(cam.right), up: in(cam.up), forward: in(cam.forward),
		focal: cam.focal, half: cam.half,
	}
	w.up = in(vec{0, 0, 1})
	key, _ := keyLight.unit()
	fill, _ := fillLight.unit()
	w.key, w.fill = in(key), in(fill)
	return w
}

// ground gives a point of the body as east, north and height.
func (w *world) ground(p vec) vec {
	return vec{w.axes[0].dot(p), w.axes[1].dot(p), w.axes[2].dot(p)}.add(w.origin)
}
