package watcher

import (
	"slices"
	"time"

	"simdrop/internal/asset"
)

// news is how a set differs from the last look at it.
type news struct {
	changed bool // a file changed or went
	arrived bool // a file came
	grown   bool // a file was written on in place: a pause before that was a stall
}

// observe takes over what a look saw.
func (s *settler) observe(c *candidate, r report, now time.Time) news {
	n := news{changed: !c.gone.IsZero()}
	c.gone = time.Time{}
	if r.inspect {
		s.adopt(c, r)
	}
	for _, p := range c.paths {
		sight, looked := r.files[p]
		old, had := c.files[p]
		switch {
		case !looked:
		case sight.absent:
			n.changed = n.changed || had
			delete(c.files, p)
		default:
			n.arrived = n.arrived || !had
			n.changed = n.changed || had && old != sight.tuple
			n.grown = n.grown || had && old.ID == sight.ID && old.Size < sight.Size
			c.files[p] = sight.tuple
		}
	}
	for p := range c.files {
		if !slices.Contains(c.paths, p) {
			delete(c.files, p)
			n.changed = true
		}
	}
	if n == (news{}) {
		c.restful = now
	}
	return n
}

// adopt takes over the references a look has read.
func (s *settler) adopt(c *candidate, r report) {
	c.hoped = r.hopes
	c.asset, c.invalid = r.asset, r.invalid
	for _, p := range c.paths {
		s.unwire(p, c)
	}
	c.paths, c.leader = []string{c.path}, ""
	if c.asset != nil && c.asset.Primary != c.path {
		s.follow(c, c.asset.Primary)
	} else if c.asset != nil {
		c.paths = pathsOf(c.asset, c.path)
	}
	s.wire(c)
	s.owners.set(c.path, c.paths[1:], c.missing())
	if c.leader != "" || c.asset != nil && len(c.missing()) == 0 {
		delete(s.open, c.path)
	} else if s.refers(c.path) {
		s.open[c.path] = c
	}
}

// follow notes that c is one picture of a set that goes by another one's name.
// The set has to be read again, now that c is there.
func (s *settler) follow(c *candidate, leader string) {
	c.asset, c.leader = nil, leader
	if lead := s.cands[leader]; lead != nil {
		lead.hopes++
	}
	delete(s.open, c.path)
}

// pathsOf lists the files of an asset, the primary first.
func pathsOf(a *asset.Asset, primary string) []string {
	list := []string{primary}
	for _, m := range a.Members {
		if m.Path != primary {
			list = append(list, m.Path)
		}
	}
	return list
}
