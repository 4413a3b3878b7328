package drop

import (
	"math"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/hull"
	"simdrop/internal/engine/prop"
)

// body is the prop in the frame of its principal axes about its centre of mass,
// where its inertia is three numbers.
type body struct {
	mass                  float64
	moments               geom.Vec
	points                []geom.Vec // of the hull
	origin                geom.Vec   // the centre of mass, seen from the package's origin
	frame                 quat       // the principal axes, seen from the package
	size                  float64    // diameter of the hull about the centre
	friction, restitution float64

	turn     quat // of the principal axes
	rows     [3]geom.Vec
	centre   geom.Vec
	velocity geom.Vec
	momentum geom.Vec // angular
	touching int
	contacts []contact
}

func newBody(p *prop.Prop, o *Options) *body {
	b := &body{
		mass: p.Body.Mass, moments: geom.Vec(p.Body.Principal.Moments),
		origin: p.Body.Centre, frame: quat(p.Body.Principal.Axes).unit(),
	}
	var all []float32
	for i := range p.Colliders {
		all = append(all, p.Colliders[i].Points...)
	}
	if len(all) > 0 {
		all = hull.Of(all, 0, prop.Thickness).Points
	}
	back := b.frame.conjugate()
	for i := range len(all) / 3 {
		q := back.rotate(geom.At(all, i).Sub(b.origin))
		b.points = append(b.points, q)
		b.size = max(b.size, 2*q.Len())
	}
	b.feel(p, o)
	return b
}

// feel averages friction and restitution over the colliders.
func (b *body) feel(p *prop.Prop, o *Options) {
	n := 0.0
	for i := range p.Colliders {
		if k := p.Colliders[i].Substance; k >= 0 && k < len(p.Substances) {
			b.friction += p.Substances[k].Dynamic
			b.restitution += p.Substances[k].Restitution
			n++
		}
	}
	if n > 0 {
		b.friction, b.restitution = b.friction/n, b.restitution/n
	}
	if o.Friction != nil {
		b.friction = *o.Friction
	}
	if o.Restitution != nil {
		b.restitution = *o.Restitution
	}
	b.friction, b.restitution = max(b.friction, 0), min(max(b.restitution, 0), 1)
}

// refresh brings what follows from the turn up to date.
func (b *body) refresh() { b.rows = b.turn.matrix() }

// world turns a vector of the principal frame into the world.
func (b *body) world(v geom.Vec) geom.Vec {
	return geom.Vec{b.rows[0].Dot(v), b.rows[1].Dot(v), b.rows[2].Dot(v)}
}

// local is world's inverse.
func (b *body) local(v geom.Vec) geom.Vec {
	return b.rows[0].Scale(v[0]).Add(b.rows[1].Scale(v[1])).Add(b.rows[2].Scale(v[2]))
}

// spin is the angular velocity that goes with an angular momentum.
func (b *body) spin(momentum geom.Vec) geom.Vec {
	l := b.local(momentum)
	return b.world(geom.Vec{l[0] / b.moments[0], l[1] / b.moments[1], l[2] / b.moments[2]})
}

// inertia is spin's inverse.
func (b *body) inertia(spin geom.Vec) geom.Vec {
	l := b.local(spin)
	return b.world(geom.Vec{l[0] * b.moments[0], l[1] * b.moments[1], l[2] * b.moments[2]})
}

// lowest is the height of the hull's lowest point.
func (b *body) lowest() float64 {
	low := math.Inf(1)
	for _, p := range b.points {
		low = min(low, b.rows[2].Dot(p))
	}
	if math.IsInf(low, 0) {
		low = 0
	}
	return b.centre[2] + low
}

func (b *body) kinetic() float64 {
	return float64(b.mass*b.velocity.Dot(b.velocity))/2 + b.spin(b.momentum).Dot(b.momentum)/2
}

func (b *body) energy() float64 {
	return b.kinetic() + float64(float64(b.mass*Gravity)*b.centre[2])
}

// impacts is how many times a step may be split where a point meets the floor.
const impacts = 8

// deepest is how far a point may be under the floor, of the body's size.
const deepest = 1e-5

// step advances the body by one step. Where a fast point would enter the floor, the
// step is split at the moment they meet, so that it bounces there.
func (b *body) step() {
	before := b.energy()
	left := Step
	for n := 0; left > 1e-9; n++ {
		last := n == impacts
		b.velocity[2] -= Gravity * left
		b.touch(left, last)
		b.solve()
		turn, centre := b.turn, b.centre
		b.advance(left)
		if last || b.lowest() >= -deepest*b.size {
			break
		}
		part := b.meeting(turn, centre, left)
		b.velocity[2] += Gravity * (left - part) // for the time that is still to come
		left -= part
	}
	b.lift(before)
	b.damp(before)
}

// advance moves the body with its velocities; it turns at constant angular
// momentum, by the midpoint's spin.
func (b *body) advance(dt float64) {
	start := b.turn
	b.turn = start.turned(b.spin(b.momentum), dt/2)
	b.refresh()
	b.turn = start.turned(b.spin(b.momentum), dt)
	b.refresh()
	b.centre = b.centre.Add(b.velocity.Scale(dt))
}

// meeting advances the body from where it was to when its lowest point is at the
// floor, found by halving, and returns how long that takes.
func (b *body) meeting(turn quat, centre geom.Vec, within float64) float64 {
	before, after := 0.0, within
	for range 24 {
		b.turn, b.centre = turn, centre
		b.refresh()
		mid := (before + after) / 2
		b.advance(mid)
		low := b.lowest()
		if low < 0 {
			after = mid
		} else {
			before = mid
		}
		if low >= -deepest*b.size/2 && low <= deepest*b.size/2 {
			return mid
		}
	}
	b.turn, b.centre = turn, centre
	b.refresh()
	b.advance(after)
	return after
}

// lift takes the body out of the floor as far as the energy lost in this step pays
// for it.
func (b *body) lift(before float64) {
	if low := b.lowest(); low < 0 {
		b.centre[2] += min(-low, max(before-b.energy(), 0)/(b.mass*Gravity))
	}
}

// damp takes from the motion what rounding or the order of impulses gave it.
func (b *body) damp(before float64) {
	over := b.energy() - before
	if !(over > 0) {
		return
	}
	f := 0.0
	if k := b.kinetic(); k > over {
		f = math.Sqrt(1 - over/k)
	}
	b.velocity, b.momentum = b.velocity.Scale(f), b.momentum.Scale(f)
}
