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
		err := s.change(j, true, func(j *job, _ time.Time) { j.Dropped = true })
		id := s.snapshot(j).ID
		if err != nil {
			s.log.Warn("cannot remove an old result", "job", id, "err", err)
			continue
		}
		// A file that is being downloaded may resist on Windows; it goes at the next start.
		if err := s.store.remove(s.store.archive(id), s.store.report(id)); err != nil {
			s.log.Debug("an old result could not be removed yet", "job", id, "err", err)
		}
	}
	s.forgetOldest()
}

// forgetOldest removes the records beyond Options.KeepRecords, oldest first and
// only of jobs that are finished, with all that they have.
func (s *Server) forgetOldest() {
	s.mu.Lock()
	var old []*job
	var ids []string
	for _, j := range s.order[:max(0, len(s.order)-s.opt.KeepRecords)] {
		if j.finished() {
			old, ids = append(old, j), append(ids, j.ID)
		}
	}
	for _, j := range old {
		s.forget(j)
	}
	s.mu.Unlock()
	for _, id := range ids {
		if err := s.store.remove(s.store.record(id), s.store.archive(id), s.store.report(id)); err != nil {
			s.log.Warn("cannot remove an old job", "job", id, "err", err)
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
