package rigydserver

import (
	"slices"
	"time"
)

// unfetchedFactor is how many times longer a result stays that nobody fetched.
const unfetchedFactor = 30

// retain removes results whose time is over, and the oldest fetched ones beyond
// Options.KeepResults. Their jobs stay listed.
func (s *Server) retain() {
	for _, j := range s.overdue() {
		// The record first: a result without a record's blessing is swept, one
		// that a record still promises would be missed.
		if err := s.change(j, true, func(time.Time) { j.Dropped = true }); err != nil {
			s.log.Warn("cannot remove an old result", "job", j.ID, "err", err)
			continue
		}
		// A file that is being downloaded may resist on Windows; it goes at the next start.
		if err := s.store.remove(s.store.archive(j.ID), s.store.report(j.ID)); err != nil {
			s.log.Debug("old result stays for now", "job", j.ID, "err", err)
		}
	}
}

func (s *Server) overdue() []*job {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	var out, fetched []*job
	kept := 0
	for _, j := range s.order {
		if j.Status != statusCompleted || j.Dropped {
			continue
		}
		last, stay := j.Completed, s.opt.Retention*unfetchedFactor
		if !j.Fetched.IsZero() {
			last, stay = j.Fetched, s.opt.Retention
		}
		if now.Sub(last) >= stay {
			out = append(out, j)
			continue
		}
		kept++
		if !j.Fetched.IsZero() {
			fetched = append(fetched, j)
		}
	}
	if s.opt.KeepResults > 0 {
		slices.SortStableFunc(fetched, func(a, b *job) int { return a.Fetched.Compare(b.Fetched) })
		out = append(out, fetched[:min(len(fetched), max(0, kept-s.opt.KeepResults))]...)
	}
	return out
}
