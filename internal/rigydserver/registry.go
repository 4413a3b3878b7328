package rigydserver

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// load reads the records of an earlier run and queues again what was not finished.
func (s *Server) load() error {
	recs, bad, err := s.store.all()
	if err != nil {
		return err
	}
	for _, name := range bad {
		s.log.Error("record is damaged and was set aside", "file", name)
	}
	slices.SortFunc(recs, func(a, b *record) int { return cmp.Compare(a.Seq, b.Seq) })
	uploads, results := map[string]bool{}, map[string]bool{}
	for _, r := range recs {
		j := &job{record: *r}
		s.remember(j)
		s.seq = r.Seq
		if r.finished() {
			j.progress = 100
			results[r.ID+".zip"], results[r.ID+".json"] = !r.Dropped, !r.Dropped
			continue
		}
		if r.Vanished {
			continue
		}
		for _, in := range r.Inputs {
			uploads[in.File] = true
		}
		j.initial(s.opt.Now())
		s.pending = append(s.pending, j)
	}
	return s.store.sweep(uploads, results)
}

// accept makes a job of r and its staged uploads: charged, durable and queued, in
// this order of importance. The record is the acceptance; an upload without one
// is swept at the next start.
func (s *Server) accept(r record, staged []upload) (view, error) {
	j := &job{record: r}
	j.ID = s.opt.IDPrefix + newID()
	for i, u := range staged {
		in := input{File: fmt.Sprintf("%s-%d%s", j.ID, i, strings.ToLower(filepath.Ext(u.name))), Name: u.name, Size: u.size}
		if err := s.store.keep(u.path, in.File); err != nil {
			return view{}, s.unavailable(err)
		}
		j.Inputs = append(j.Inputs, in)
	}
	if len(staged) > 0 {
		if err := s.store.syncDir(s.store.uploads()); err != nil {
			return view{}, s.unavailable(err)
		}
	}
	if err := s.admit(j); err != nil {
		s.removeInputs(&j.record)
		return view{}, err
	}
	if err := s.store.save(&j.record); err != nil {
		s.mu.Lock()
		s.forget(j)
		s.mu.Unlock()
		s.removeInputs(&j.record)
		return view{}, s.unavailable(err)
	}
	s.mu.Lock()
	j.hidden = false
	v := s.view(j) // before a worker may take it: the answer tells where a job begins
	s.pending = append(s.pending, j)
	s.mu.Unlock()
	s.poke()
	s.log.Info("job accepted", "job", v.ID, "file", v.Filename, "type", v.Type)
	return v, nil
}

// admit gives j its place in the order and takes its price, unless the rate or
// the balance forbids.
func (s *Server) admit(j *job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	if err := s.allow(j.Type, now); err != nil {
		return err
	}
	j.Credits = s.opt.Price(j.Type)
	s.seq++
	s.last = now
	j.Seq, j.Created, j.Updated, j.hidden = s.seq, now, now, true
	j.initial(now)
	s.remember(j)
	return nil
}

// allow refuses a job that comes too soon or is too dear. It is asked before the
// body is read, to spare the upload, and again when the job is accepted. The
// caller holds the lock.
func (s *Server) allow(jobType string, now time.Time) error {
	if wait := s.last.Add(s.opt.SubmitEvery).Sub(now); s.opt.SubmitEvery > 0 && !s.last.IsZero() && wait > 0 {
		return &refusal{status: 429, text: "Too many requests", retryAfter: strconv.Itoa(int(math.Ceil(wait.Seconds())))}
	}
	if s.opt.Account.Metered && s.opt.Price(jobType) > s.balance() {
		return errCredits
	}
	return nil
}

// remember makes j known. The caller holds the lock.
func (s *Server) remember(j *job) {
	s.jobs[j.ID] = j
	s.order = append(s.order, j)
	if j.SourceID != "" {
		s.sims[j.SourceID] = append(s.sims[j.SourceID], j)
	}
}

// forget undoes remember. The caller holds the lock.
func (s *Server) forget(j *job) {
	delete(s.jobs, j.ID)
	s.sims[j.SourceID] = slices.DeleteFunc(s.sims[j.SourceID], func(k *job) bool { return k == j })
	if len(s.sims[j.SourceID]) == 0 {
		delete(s.sims, j.SourceID)
	}
	if i := slices.Index(s.order, j); i >= 0 {
		s.order = slices.Delete(s.order, i, i+1)
	}
}

// balance is what is left of the account's credits. The caller holds the lock.
func (s *Server) balance() float64 {
	left := s.opt.Account.Credits
	for _, j := range s.order {
		if !j.Refunded {
			left -= j.Credits
		}
	}
	return left
}

// unavailable is the answer to a failure of our own, which the log explains.
func (s *Server) unavailable(err error) error {
	s.log.Error("cannot keep a submission", "err", err)
	return refuse(502, "Conversion service unavailable: the server could not store the upload")
}

// get returns a copy of the record with what is volatile, or errNoJob.
func (s *Server) get(id string) (view, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs[id]
	if !ok || !j.visible() {
		return view{}, errNoJob
	}
	return s.view(j), nil
}

// snapshot is a copy of the record as it is now.
func (s *Server) snapshot(j *job) record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.record
}

// view is a consistent copy of a job and its family.
type view struct {
	record
	stage    string
	progress int
	source   *record // of a simulation
	children []record
}

func (s *Server) view(j *job) view {
	v := view{record: j.record, stage: j.stage, progress: j.progress}
	if src := s.jobs[j.SourceID]; src != nil && src.visible() {
		r := src.record
		v.source = &r
	}
	for _, c := range s.sims[j.ID] {
		if c.visible() {
			v.children = append(v.children, c.record)
		}
	}
	return v
}

// change applies f to a job; with durable the record is written first, so that
// nobody is told what a crash would take back. When that fails the change holds
// all the same, until the next start: a job that ended has ended.
func (s *Server) change(j *job, durable bool, f func(j *job, now time.Time)) error {
	j.saving.Lock()
	defer j.saving.Unlock()
	s.mu.Lock()
	next := job{record: j.record.clone(), stage: j.stage, progress: j.progress}
	s.mu.Unlock()
	f(&next, s.opt.Now())
	var err error
	if durable {
		err = s.store.save(&next.record)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j.record, j.stage, j.progress = next.record, next.stage, next.progress
	return err
}

// push puts a job at the end of the queue.
func (s *Server) push(j *job) {
	s.mu.Lock()
	s.pending = append(s.pending, j)
	s.mu.Unlock()
	s.poke()
}

// poke tells Run that there may be work.
func (s *Server) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Server) removeInputs(r *record) {
	for _, in := range r.Inputs {
		if err := s.store.remove(s.store.upload(in.File)); err != nil {
			s.log.Warn("cannot remove an upload", "job", r.ID, "err", err)
		}
	}
}

// newID returns 24 lower-case letters and digits.
func newID() string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	id := make([]byte, 0, 24)
	var buf [32]byte
	for len(id) < cap(id) {
		rand.Read(buf[:])
		for _, b := range buf {
			if b < 252 && len(id) < cap(id) { // 252 = 7*36: every character is equally likely
				id = append(id, alphabet[b%36])
			}
		}
	}
	return string(id)
}
