package watcher

import (
	"fmt"
	"path/filepath"
	"time"

	"simdrop/internal/asset"
)

// gatesOf asks the gates behind the quiet one, in order, about a set that has
// rested for its quiet time. A gate that stays closed sets the next look.
func (s *settler) gatesOf(c *candidate, r report, now time.Time) (verdict, Outcome) {
	T := s.quietOf(c, now)
	if r.barred != "" {
		s.bar(c, r.barred, now)
		return waiting, 0
	}
	c.gate(GateName, Pass, acceptedWhy, time.Time{})
	c.gate(GateQuiet, Pass, "no change for "+round(now.Sub(c.changed)), time.Time{})
	if !s.writerGate(c, r, now) {
		return waiting, 0
	}
	if c.leader != "" {
		return withdrawn, 0
	}
	if reason, bad := notWhole(c, r); bad {
		return s.patient(c, reason, now)
	}
	if !s.longerQuiet(c, r, T, now) {
		return waiting, 0
	}
	if !s.completeGate(c, now) {
		return waiting, 0
	}
	if _, owned := s.owners.owner(c.path); owned {
		return withdrawn, 0
	}
	if s.ownable(c.path) && now.Sub(c.changed) < T+s.wait(c.path) {
		if by, open := s.undecided(c); open {
			s.later(c, GateComplete, "it may be a companion of "+by, time.Time{}, now)
			if s.listing {
				c.next = now.Add(leastRecheck)
			}
			return waiting, 0
		}
	}
	if end := c.changed.Add(T + s.undo); s.undo > 0 && now.Before(end) {
		c.kept = true
		s.later(c, GateQuiet, "kept back for the undo window", end, now)
		return waiting, 0
	}
	if len(c.missing()) > 0 {
		return s.finish(c, Missing)
	}
	return s.finish(c, Ready)
}

// finish ends a candidate whose gates have all answered.
func (s *settler) finish(c *candidate, out Outcome) (verdict, Outcome) {
	if !c.forced && !c.written && s.known(c) {
		return unchanged, 0
	}
	return settled, out
}

// later closes a gate until a time, when one is known, and looks again then or
// after a while.
func (s *settler) later(c *candidate, gate, why string, until, now time.Time) {
	c.gate(gate, Wait, why, until)
	c.closeAfter(gate, "the gate before it is closed")
	again := now.Add(min(max(s.quietOf(c, now)/2, leastRecheck), mostRecheck))
	if costly := now.Add(10 * c.took); again.Before(costly) {
		again = costly
	}
	if until.After(now) && (until.Before(again) || gate == GateQuiet && !s.network) {
		again = until
	}
	c.next, c.nextInspect, c.nextJudge = again, false, true
}

func (s *settler) writerGate(c *candidate, r report, now time.Time) bool {
	unknown := ""
	for _, p := range c.paths {
		switch sight := r.files[p]; {
		case sight.absent:
		case sight.writer == writerBusy:
			s.later(c, GateWriter, filepath.Base(p)+" "+sight.writerWhy, time.Time{}, now)
			return false
		case sight.writer == writerUnknown:
			unknown = sight.writerWhy
		}
	}
	if unknown != "" {
		c.gate(GateWriter, Unknown, unknown, time.Time{})
	} else {
		c.gate(GateWriter, Pass, "nobody has it open for writing", time.Time{})
	}
	return true
}

// notWhole names the first member that cannot be finished.
func notWhole(c *candidate, r report) (string, bool) {
	for _, p := range c.paths {
		if f := r.files[p]; !f.absent && f.proof.State == asset.NotWhole {
			return filepath.Base(p) + ": " + f.proof.Reason, true
		}
	}
	if c.invalid != nil {
		return filepath.Base(c.invalid.Path) + ": " + c.invalid.Reason, true
	}
	if c.asset == nil {
		return "", false
	}
	for _, m := range c.asset.Members {
		if f, ok := c.files[m.Path]; ok && f.Size < m.Need {
			return fmt.Sprintf("%s: it has %d of the %d bytes that are asked for", filepath.Base(m.Path), f.Size, m.Need), true
		}
	}
	return "", false
}

// patient waits for a file that is not whole: a copy may have stalled. After
// its patience without a change it is broken.
func (s *settler) patient(c *candidate, reason string, now time.Time) (verdict, Outcome) {
	end := c.changed.Add(patience(s.quietOf(c, now)))
	if now.Before(end) {
		s.later(c, GateWhole, reason, end, now)
		return waiting, 0
	}
	c.broken = reason
	c.gate(GateWhole, Fail, reason, time.Time{})
	return s.finish(c, Broken)
}

// longerQuiet asks more rest of files that may go on: the most after a tail of
// zeros in a format that only knows its length, four times the quiet time after
// another sign of a cut, twice where neither a writer nor the end can be known.
func (s *settler) longerQuiet(c *candidate, r report, T time.Duration, now time.Time) bool {
	why, need, proved := "", T, true
	ask := func(rest time.Duration, reason string) {
		if rest = min(rest, quietCap); rest > need {
			need, why = rest, reason
		}
	}
	for _, p := range c.paths {
		f := r.files[p]
		if f.absent {
			continue
		}
		name := filepath.Base(p)
		proved = proved && f.proof.State == asset.Proved
		if f.proof.State == asset.Suspicious {
			ask(quietCap, name+": "+f.proof.Reason)
		}
		if f.proof.Soft != "" {
			ask(4*T, name+": "+f.proof.Soft)
		}
		if f.proof.State == asset.Unproved && f.writer == writerUnknown && !s.network {
			ask(2*T, name+": neither a writer nor the end can be known")
		}
	}
	if end := c.changed.Add(need); now.Before(end) {
		s.later(c, GateQuiet, "it must rest for "+need.String()+", because "+why, end, now)
		return false
	}
	if proved {
		c.gate(GateWhole, Pass, "the format proves its end", time.Time{})
	} else {
		c.gate(GateWhole, Unknown, "the format cannot prove its end", time.Time{})
	}
	return true
}

func (s *settler) completeGate(c *candidate, now time.Time) bool {
	missing := c.missing()
	if len(missing) == 0 {
		c.gate(GateComplete, Pass, "every companion is there", time.Time{})
		return true
	}
	why := missing[0] + " is missing"
	if len(missing) > 1 {
		why = missing[0] + " and other companions are missing"
	}
	if end := c.changed.Add(s.wait(c.path)); now.Before(end) {
		s.later(c, GateComplete, why, end, now)
		return false
	}
	c.gate(GateComplete, Fail, why, time.Time{})
	return true
}

func round(d time.Duration) string {
	if d > time.Second {
		return d.Round(time.Second / 10).String()
	}
	return d.Round(time.Millisecond).String()
}
