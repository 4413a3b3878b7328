package drop

import (
	"math"

	"simdrop/internal/engine/geom"
)

const (
	// bounceFrom is the speed towards the floor, m/s, from which a contact bounces.
	// Slower ones only stop: gravity alone gives a resting body a part of that in
	// each step.
	bounceFrom = 0.1
	// near is how far over the floor a point touches it, of the body's size.
	near = 1e-4
	// mostContacts are kept of a step's, the outermost: those in between carry nothing.
	mostContacts = 16
	rounds       = 200
	settled      = 1e-10 // change of speed, m/s, at which the rounds end
)

// contact is a point of the hull at the floor.
type contact struct {
	arm    geom.Vec    // from the centre of mass
	goal   float64     // the least upward speed after the step, m/s
	give   [3]float64  // speed along x, y, z that a unit impulse along it gives
	effect [3]geom.Vec // change of spin by that impulse
	push   geom.Vec    // impulse so far, newton seconds
}

// touch finds the contacts for the next dt. A fast point that is not yet down is
// left to meet the floor and bounce then, unless all are to be stopped.
func (b *body) touch(dt float64, all bool) {
	b.contacts = b.contacts[:0]
	spin := b.spin(b.momentum)
	for _, p := range b.points {
		gap := b.centre[2] + b.rows[2].Dot(p)
		arm := b.world(p)
		down := b.velocity[2] + spin.Cross(arm)[2]
		if gap > float64(near*b.size) && gap > -2*down*dt {
			continue
		}
		c := contact{arm: arm, goal: -max(gap, 0) / dt}
		if down < -bounceFrom && !all {
			if gap > near*b.size {
				continue
			}
			c.goal = -b.restitution * down
		}
		b.contacts = append(b.contacts, c)
	}
	b.outermost()
	for i := range b.contacts {
		b.contacts[i].prepare(b)
	}
}

// outermost keeps the contacts that lie farthest out in evenly spread directions.
func (b *body) outermost() {
	if len(b.contacts) <= mostContacts {
		return
	}
	var keep []contact
	var taken [mostContacts]int
	for k := range mostContacts {
		s, c := math.Sincos(2 * math.Pi * float64(k) / mostContacts)
		best, far := 0, math.Inf(-1)
		for i := range b.contacts {
			if d := float64(b.contacts[i].arm[0]*c) + float64(b.contacts[i].arm[1]*s); d > far {
				best, far = i, d
			}
		}
		taken[k] = best
		if k == 0 || best != taken[k-1] && best != taken[0] {
			keep = append(keep, b.contacts[best])
		}
	}
	b.contacts = append(b.contacts[:0], keep...)
}

func (c *contact) prepare(b *body) {
	for k := range 3 {
		var n geom.Vec
		n[k] = 1
		c.effect[k] = b.spin(c.arm.Cross(n))
		c.give[k] = 1/b.mass + c.effect[k].Cross(c.arm)[k]
	}
}

// solve finds the impulses by going round the contacts until nothing changes.
func (b *body) solve() {
	v, w := b.velocity, b.spin(b.momentum)
	b.touching = 0
	var linear, angular geom.Vec // impulse, and its moment about the centre
	apply := func(c *contact, k int, j float64) {
		v[k] += j / b.mass
		w = w.Add(c.effect[k].Scale(j))
		linear[k] += j
		var f geom.Vec
		f[k] = j
		angular = angular.Add(c.arm.Cross(f))
		c.push[k] += j
	}
	for range rounds {
		change := 0.0
		for i := range b.contacts {
			c := &b.contacts[i]
			at := v[2] + w.Cross(c.arm)[2]
			j := max((c.goal-at)/c.give[2], -c.push[2])
			apply(c, 2, j)
			change = max(change, math.Abs(j)/b.mass)
			change = max(change, b.rub(c, &v, &w, apply)/b.mass)
		}
		if change < settled {
			break
		}
	}
	for i := range b.contacts {
		if b.contacts[i].push[2] > 0 {
			b.touching++
		}
	}
	b.velocity = b.velocity.Add(linear.Scale(1 / b.mass))
	b.momentum = b.momentum.Add(angular)
}

// rub applies friction: it stops the point, as far as the cone allows.
func (b *body) rub(c *contact, v, w *geom.Vec, apply func(*contact, int, float64)) (change float64) {
	slide := w.Cross(c.arm)
	wish := [2]float64{
		c.push[0] - (v[0]+slide[0])/c.give[0],
		c.push[1] - (v[1]+slide[1])/c.give[1],
	}
	most := b.friction * c.push[2]
	if l := math.Hypot(wish[0], wish[1]); l > most {
		s := 0.0
		if l > 0 {
			s = most / l
		}
		wish[0], wish[1] = wish[0]*s, wish[1]*s
	}
	for k := range 2 {
		j := wish[k] - c.push[k]
		apply(c, k, j)
		change = max(change, math.Abs(j))
	}
	return change
}
