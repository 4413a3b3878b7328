package queue

import "sync"

// subscribers are told of every job after the transaction that changed it, in
// the order of the transactions.
type subscribers struct {
	mu   sync.Mutex
	next int
	fns  map[int]func(Job)
}

// Subscribe calls f with every job that was changed, after the change is durable
// and in order, until the returned function is called. f must not block and must
// not call Update.
func (q *Queue) Subscribe(f func(Job)) (cancel func()) {
	s := &q.subs
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.next
	s.next++
	if s.fns == nil {
		s.fns = make(map[int]func(Job))
	}
	s.fns[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.fns, id)
	}
}

func (s *subscribers) tell(jobs []Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range jobs {
		for _, f := range s.fns {
			f(j)
		}
	}
}
