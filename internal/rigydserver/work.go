package rigydserver

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// errStopping is why a conversion is cancelled when the server stops.
var errStopping = errors.New("the server is stopping")

// Run converts queued jobs until ctx ends. Then it takes no more, lets those
// that run finish for Options.Grace, and cancels the rest: they are queued again,
// for the next Run or the next start. It returns when no worker is left.
func (s *Server) Run(ctx context.Context) error {
	convert, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	var workers sync.WaitGroup
	slots := make(chan struct{}, s.opt.Workers)
	ticker := time.NewTicker(max(time.Minute, min(time.Hour, s.opt.Retention/4)))
	defer ticker.Stop()
	s.retain()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-ticker.C:
			s.retain()
			continue
		case slots <- struct{}{}:
		}
		j := s.next(ctx, ticker.C)
		if j == nil {
			<-slots
			continue
		}
		workers.Go(func() {
			s.step(convert, j)
			<-slots
		})
	}
	ended := make(chan struct{})
	go func() { workers.Wait(); close(ended) }()
	grace := time.NewTimer(s.opt.Grace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		cancel(errStopping)
		<-ended
	}
	return nil
}

// next waits for a job, and meanwhile keeps the disk from filling. It returns
// nil when ctx ends.
func (s *Server) next(ctx context.Context, tick <-chan time.Time) *job {
	for {
		s.mu.Lock()
		for len(s.pending) > 0 && ctx.Err() == nil {
			j := s.pending[0]
			s.pending = s.pending[1:]
			if !j.Vanished {
				s.mu.Unlock()
				return j
			}
		}
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-tick:
			s.retain()
		case <-s.wake:
		}
	}
}

// step takes a job one state further: preprocessing to queued, or queued to its end.
func (s *Server) step(ctx context.Context, j *job) {
	r := s.snapshot(j)
	if r.Status == statusPreprocessing {
		s.preprocess(j, r)
		return
	}
	s.begin(j)
	pack, out, err := s.perform(ctx, r)
	switch {
	case err == nil:
		s.complete(j, pack, out)
	case errors.Is(context.Cause(ctx), errStopping):
		s.requeue(j)
	default:
		s.fail(j, explain(err, r.Filename))
	}
}

// preprocess looks at the input once more, as it lies on disk, and queues the
// job. What it can say about the content comes from the conversion itself.
func (s *Server) preprocess(j *job, r record) {
	_ = s.change(j, false, func(j *job, now time.Time) { // not durable: cannot fail
		j.stage, j.Preprocess.Status, j.Preprocess.Started, j.Updated = "Preprocessing", "running", now, now
	})
	steps := []string{"verify upload"}
	err := s.verifyInputs(&r)
	if err == nil && r.Archive != nil {
		steps = append(steps, "check archive", "select "+r.Archive.Primary)
	}
	if err != nil {
		s.fail(j, err.Error())
		return
	}
	_ = s.change(j, false, func(j *job, now time.Time) {
		p := j.Preprocess
		p.Status, p.Steps, p.Completed = "completed", steps, now
		j.Status, j.stage, j.progress, j.Queued, j.Updated = statusQueued, "Waiting for a worker", 20, now, now
	})
	s.push(j)
}

func (s *Server) verifyInputs(r *record) error {
	for _, in := range r.Inputs {
		st, err := os.Stat(s.store.upload(in.File))
		if err != nil || st.Size() != in.Size {
			return errors.New("the uploaded file was damaged on the server's disk; send it again")
		}
	}
	return nil
}

func (s *Server) begin(j *job) {
	_ = s.change(j, false, func(j *job, now time.Time) {
		j.Status, j.stage, j.progress, j.Started, j.Updated = statusRunning, "Converting", 40, now, now
	})
}

func (s *Server) requeue(j *job) {
	_ = s.change(j, false, func(j *job, now time.Time) {
		j.initial(now)
		j.Updated = now
	})
	s.push(j)
	s.log.Info("job queued again", "job", s.snapshot(j).ID)
}

// fail ends a job and returns its credits.
func (s *Server) fail(j *job, why string) {
	s.end(j, func(j *job, now time.Time) {
		j.Status, j.Error, j.Refunded, j.stage = statusFailed, why, true, "Failed"
		if p := j.Preprocess; p != nil && p.Status != "completed" {
			p.Status, p.Error, p.Completed = "failed", why, now
		}
	})
}

// end finishes a job with what f says, for good: its upload goes.
func (s *Server) end(j *job, f func(j *job, now time.Time)) {
	err := s.change(j, true, func(j *job, now time.Time) {
		f(j, now)
		j.progress, j.Completed, j.Updated = 100, now, now
	})
	r := s.snapshot(j)
	if err != nil {
		// The upload stays: the job runs again after a restart.
		s.log.Error("cannot keep the end of a job", "job", r.ID, "err", err)
		return
	}
	s.removeInputs(&r)
	s.log.Info("job ended", "job", r.ID, "file", r.Filename, "status", r.Status, "reason", r.Error)
}
