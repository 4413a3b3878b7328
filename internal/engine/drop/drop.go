// Package drop lets a prop fall on a plane and tells how it comes to rest: a rigid
// body of convex hulls under gravity, with Coulomb friction and restitution.
//
// Time goes in fixed steps of 1/240 s: semi-implicit Euler for the velocity,
// the midpoint rule at constant angular momentum for the rotation, sequential
// impulses (Catto, GDC 2006) at the contacts. Energy never grows. Only a body's
// convex hull can touch a plane, so the hulls are made one first.
package drop

import (
	"context"
	"math"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/prop"
)

const (
	// Step is the time between two states, in seconds.
	Step = 1.0 / 240
	// Gravity, m/s², as in MuJoCo's default.
	Gravity = 9.81
	// longest is how much time is simulated, in seconds.
	longest = 10.0
	// quiet is how long a body must hardly move to be at rest, in seconds.
	quiet = 0.5
)

// Options say how the body starts. The zero value lets it fall from its size or
// half a metre, whichever is less, a little tilted.
type Options struct {
	Height   float64    // of its lowest point over the floor, metres; 0 is the default, negative on the floor
	Turn     [4]float64 // unit quaternion w, x, y, z; zero is the default tilt, unless Upright
	Upright  bool       // start as it stands
	Velocity geom.Vec   // m/s
	Spin     geom.Vec   // rad/s
	// Friction and Restitution replace the package's where not nil.
	Friction, Restitution *float64
}

// State is a body at one time. Position is that of the package's origin, the middle
// of the asset's base; the orientation is w, x, y, z.
type State struct {
	Time        float64
	Position    geom.Vec
	Orientation [4]float64
	Velocity    geom.Vec // of the centre of mass, m/s
	Spin        geom.Vec // rad/s
	Contacts    int
	Lowest      float64 // height of the lowest point of the hull, metres
	Energy      float64 // kinetic and potential, joules; 0 at rest with the centre on the floor
}

// Pose places the package's points in the world.
func (s *State) Pose() geom.Affine {
	r := quat(s.Orientation).matrix()
	return geom.Affine{L: [9]float64{r[0][0], r[0][1], r[0][2], r[1][0], r[1][1], r[1][2], r[2][0], r[2][1], r[2][2]}, T: s.Position}
}

// Run is what happened.
type Run struct {
	States                []State // one each step, the start first
	Rest                  bool    // it came to rest
	Friction, Restitution float64
	Mass                  float64
}

// Last is the final state.
func (r *Run) Last() *State { return &r.States[len(r.States)-1] }

// Simulate lets the prop fall until it rests, ten seconds at most. It fails only
// with the context.
func Simulate(ctx context.Context, p *prop.Prop, o Options) (*Run, error) {
	b := newBody(p, &o)
	b.place(&o)
	run := &Run{Friction: b.friction, Restitution: b.restitution, Mass: b.mass}
	still := 0.0
	run.States = append(run.States, b.state(0))
	for n := 1; float64(n)*Step <= longest; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		b.step()
		run.States = append(run.States, b.state(float64(n)*Step))
		still += Step
		if b.moves() {
			still = 0
		}
		if still >= quiet {
			run.Rest = true
			break
		}
	}
	return run, nil
}

// place puts the body where it starts.
func (b *body) place(o *Options) {
	turn := quat(o.Turn)
	if turn == (quat{}) {
		turn = quat{1, 0, 0, 0}
		if !o.Upright {
			turn = rotation(geom.Vec{1, 0.6, 0}, 0.2)
		}
	}
	height := o.Height
	if height == 0 {
		height = min(max(b.size, 0.05), 0.5)
	}
	b.turn = turn.times(b.frame).unit()
	b.refresh()
	b.centre = geom.Vec{0, 0, 0}
	b.centre[2] = max(height, 0) - b.lowest()
	b.velocity = o.Velocity
	b.momentum = b.inertia(o.Spin)
}

// state describes the body as the package's writers place it.
func (b *body) state(t float64) State {
	q := b.turn.times(b.frame.conjugate()).unit()
	s := State{Time: t, Orientation: q, Velocity: b.velocity, Spin: b.spin(b.momentum), Contacts: b.touching}
	s.Position = b.centre.Sub(q.rotate(b.origin))
	s.Lowest, s.Energy = b.lowest(), b.energy()
	return s
}

// moves reports that some point is faster than a body at rest may be.
func (b *body) moves() bool {
	slow := min(0.02, 0.01*math.Sqrt(Gravity*b.size))
	return b.touching == 0 || b.velocity.Len()+b.spin(b.momentum).Len()*b.size/2 > slow
}
