package watcher

import (
	"container/heap"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// rules are the times the settler goes by.
type rules struct {
	quiet   time.Duration                   // least quiet time
	network bool                            // files are looked at every few seconds while they settle
	wait    func(path string) time.Duration // for missing companions
	undo    time.Duration                   // kept back after the last gate
	ownable func(path string) bool
	refers  func(path string) bool
	known   func(c *candidate) bool // its state was reported before
}

const (
	networkProbe = 5 * time.Second // between looks at a file on a network
	leastRecheck = 200 * time.Millisecond
	mostRecheck  = 5 * time.Second
	mostBackoff  = time.Minute
)

// settler decides what to look at next and when an asset has settled. It is
// pure: it gets reports and times, and never touches the disk or a clock.
type settler struct {
	rules
	cands    map[string]*candidate
	byMember map[string][]*candidate
	open     map[string]*candidate // candidates whose references are not all known yet
	queue    schedule
	stalls   stalls
	owners   owners
	listing  bool // a listing is under way: more may be found
}

func newSettler(r rules) *settler {
	return &settler{
		rules: r, cands: map[string]*candidate{}, byMember: map[string][]*candidate{},
		open: map[string]*candidate{}, stalls: stalls{}, owners: newOwners(),
	}
}

// add makes path a candidate, or returns the one it is already. recorded are
// the companions known from an earlier report: when nothing changed they need
// not be read again.
func (s *settler) add(path string, origin Origin, recorded []string, now time.Time) *candidate {
	if c := s.cands[path]; c != nil {
		return c
	}
	c := newCandidate(path, origin, now)
	if recorded != nil {
		c.paths = append([]string{path}, recorded...)
		c.nextInspect = false
	}
	s.cands[path] = c
	if recorded == nil && s.refers(path) {
		s.open[path] = c
	}
	s.wire(c)
	heap.Push(&s.queue, c)
	return c
}

// remove takes a candidate out. What is known of its companions stays.
func (s *settler) remove(c *candidate) {
	for _, p := range c.paths {
		s.unwire(p, c)
	}
	delete(s.cands, c.path)
	delete(s.open, c.path)
	if c.index >= 0 {
		heap.Remove(&s.queue, c.index)
	}
}

func (s *settler) wire(c *candidate) {
	for _, p := range c.paths {
		s.byMember[p] = append(s.byMember[p], c)
	}
}

func (s *settler) unwire(p string, c *candidate) {
	list := slices.DeleteFunc(slices.Clone(s.byMember[p]), func(o *candidate) bool { return o == c })
	if len(list) == 0 {
		delete(s.byMember, p)
		return
	}
	s.byMember[p] = list
}

// touch is news of a write, creation or rename: the quiet time of every set
// with that file starts anew. It reports whether anybody cared.
func (s *settler) touch(path string, now time.Time) bool {
	list := s.byMember[path]
	for _, c := range list {
		s.restart(c, now, true)
		c.written = true
		c.stale = true
	}
	return len(list) > 0
}

// nudge is news of changed attributes: it causes one look and restarts nothing.
func (s *settler) nudge(path string, now time.Time) bool {
	list := s.byMember[path]
	for _, c := range list {
		s.lookSoon(c, now)
	}
	return len(list) > 0
}

// hope is news of a file that could answer a missing reference.
func (s *settler) hope(c *candidate, now time.Time) {
	c.hopes++
	s.lookSoon(c, now)
}

func (s *settler) lookSoon(c *candidate, now time.Time) {
	if at := now.Add(s.quietOf(c, now) / 4); c.next.After(at) {
		c.nextInspect, c.nextJudge = c.hopeful() || c.inspected.Before(c.changed), false
		s.at(c, at)
	}
}

// restart begins the quiet time of a set. announced says that now is the moment
// of the change; otherwise it is that of its discovery, and the pause before it
// lasted at least as long as all was seen at rest.
func (s *settler) restart(c *candidate, now time.Time, announced bool) {
	pause := c.restful.Sub(c.changed)
	if announced {
		pause = now.Sub(c.changed)
	}
	if !c.kept {
		c.pause = max(c.pause, pause)
	}
	c.changed, c.restful, c.kept = now, now, false
	c.moved = c.moved || c.quick || announced
	c.closeAfter(GateQuiet, "the files are still changing")
	T := s.quietOf(c, now)
	c.gate(GateQuiet, Wait, "a file changed", now.Add(T))
	if at := now.Add(T / 4); c.nextJudge || c.next.After(at) {
		c.nextInspect, c.nextJudge = true, false
		s.at(c, at)
	}
}

func (s *settler) quietOf(c *candidate, now time.Time) time.Duration {
	return s.stalls.quiet(c.path, s.quiet, now)
}

func (s *settler) at(c *candidate, t time.Time) {
	c.next = t
	if c.index >= 0 {
		heap.Fix(&s.queue, c.index)
	}
}

// due hands out the next candidate whose time has come, nil when there is none.
// It is then on its way to a probe and comes back by settle.
func (s *settler) due(now time.Time) *candidate {
	if len(s.queue) == 0 || s.queue[0].next.After(now) {
		return nil
	}
	c := heap.Pop(&s.queue).(*candidate)
	c.flying = true
	return c
}

// wake is when due has something again.
func (s *settler) wake() (time.Time, bool) {
	if len(s.queue) == 0 {
		return time.Time{}, false
	}
	return s.queue[0].next, true
}

// verdict is what became of a candidate after a report.
type verdict int

const (
	waiting   verdict = iota // it stays a candidate
	unchanged                // this very state was reported before
	settled                  // a drop
	vanished                 // its primary is gone
	refused                  // the name gate, after a look at the file
	withdrawn                // it is another asset's companion
)

// settle takes in what a probe found. All but waiting end the candidate.
func (s *settler) settle(r report, now time.Time) (*candidate, verdict, Outcome) {
	c := s.cands[r.path]
	if c == nil || !c.flying {
		return nil, waiting, 0
	}
	c.flying = false
	heap.Push(&s.queue, c)
	v, out := s.judge(c, r, now)
	if v != waiting {
		s.remove(c)
	} else {
		heap.Fix(&s.queue, c.index)
	}
	return c, v, out
}

func (s *settler) judge(c *candidate, r report, now time.Time) (verdict, Outcome) {
	switch {
	case r.refused != "":
		return refused, 0
	case r.err != nil:
		return s.unreadable(c, r.err, now)
	case r.files[c.path].absent:
		return s.absent(c, now), 0
	}
	c.tries, c.took, c.locked = 0, r.took, false
	touched := c.stale
	c.stale = r.since.Before(c.changed) // touched while the probe was out
	seen := s.observe(c, r, now)
	if seen.arrived || seen.changed && !touched {
		s.restart(c, now, false)
	}
	if seen.grown && 2*c.pause > s.quiet {
		s.stalls.note(filepath.Dir(c.path), c.pause, now)
	}
	c.pause = 0
	if r.inspect {
		c.inspected = c.changed
		if c.stale {
			c.inspected = r.since
		}
	}
	c.quick = true
	if !c.moved && !c.forced && !c.written && !c.hopeful() && s.known(c) {
		return unchanged, 0
	}
	if now.Before(c.changed.Add(s.quietOf(c, now))) || !r.judge || r.since.Before(c.changed) || c.hopeful() {
		s.plan(c, now)
		return waiting, 0
	}
	return s.gatesOf(c, r, now)
}

// unreadable waits longer after each read that fails. A file that we are not
// allowed to read is reported after its patience: only a person can change that.
// Anything else may pass by itself.
func (s *settler) unreadable(c *candidate, err error, now time.Time) (verdict, Outcome) {
	c.tries++
	c.next = now.Add(min(time.Second<<min(c.tries, 10), mostBackoff))
	c.nextInspect, c.nextJudge = true, false
	c.gate(GateQuiet, Wait, "it cannot be read: "+err.Error(), c.next)
	c.closeAfter(GateQuiet, "it cannot be read")
	if !errors.Is(err, fs.ErrPermission) || now.Before(c.changed.Add(patience(s.quietOf(c, now)))) {
		return waiting, 0
	}
	c.broken, c.locked = "simdrop is not allowed to read it", true
	c.gate(GateQuiet, Fail, c.broken, time.Time{})
	return s.finish(c, Broken)
}

// absent lets a primary be away for twice the quiet time: tools that save
// safely delete or rename the old file first.
func (s *settler) absent(c *candidate, now time.Time) verdict {
	grace := 2 * s.quietOf(c, now)
	if c.gone.IsZero() {
		c.gone = now
	}
	if now.Sub(c.gone) >= grace {
		s.owners.drop(c.path)
		return vanished
	}
	c.next, c.nextInspect, c.nextJudge = c.gone.Add(grace), true, false
	c.gate(GateQuiet, Wait, "the file is not there just now", c.next)
	c.closeAfter(GateQuiet, "the file is not there")
	return waiting
}

// plan sets the next look at a candidate that is not quiet yet.
func (s *settler) plan(c *candidate, now time.Time) {
	T := s.quietOf(c, now)
	end := c.changed.Add(T)
	c.next, c.nextInspect, c.nextJudge = end, true, true
	if c.inspected.Before(c.changed) {
		if early := c.changed.Add(T / 4); early.After(now) {
			c.next, c.nextInspect, c.nextJudge = early, true, false
		}
	}
	if probe := now.Add(networkProbe); s.network && c.next.After(probe) {
		c.next, c.nextInspect, c.nextJudge = probe, false, false
	}
	c.gate(GateQuiet, Wait, "changed a moment ago; it must rest for "+T.String(), end)
}

// near says whether an asset could reasonably own a file: the file lies under
// the folder above the asset's.
func near(primary, file string) bool {
	top := filepath.Dir(filepath.Dir(primary))
	return strings.HasPrefix(file, strings.TrimSuffix(top, string(filepath.Separator))+string(filepath.Separator))
}

// undecided names an asset that may yet turn out to own c.
func (s *settler) undecided(c *candidate) (string, bool) {
	if s.listing {
		return "the listing that is under way", true
	}
	for p, other := range s.open {
		if other != c && near(p, c.path) {
			return filepath.Base(p), true
		}
	}
	return "", false
}
