// Package rigydserver is a Rigyd-compatible conversion API: the documented
// endpoints, states, fields and refusals, with jobs that really queue and run.
//
// It has two lives. In production it is the local engine: it listens on
// loopback, converts without an account, charges nothing and keeps its jobs over
// restarts. In tests it is the provider everything is tried against: it charges,
// refuses, rate-limits and, through Faults, lies in all the ways a remote API
// can; its Ledger is the truth that a client's story is compared with.
//
// An upload goes from the socket to disk without being held in memory. A job
// exists from the moment its record is durable; the 202 is written after that.
// What a conversion does to itself (an error, a panic, a timeout) ends its job
// and nothing else.
package rigydserver

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Server is the API with its jobs. Its methods may be called from any goroutine.
type Server struct {
	opt    Options
	log    *slog.Logger
	store  store
	faults *Faults
	guard  guard
	signer signer

	uploads chan struct{} // one token for each upload under way
	wake    chan struct{} // told when something was queued
	done    chan struct{} // closed by Close
	late    sync.WaitGroup

	mu      sync.Mutex
	jobs    map[string]*job
	order   []*job            // by acceptance, oldest first
	sims    map[string][]*job // simulations by their source's ID
	pending []*job            // waiting for a worker
	seq     int64
	last    time.Time // of the last acceptance
	closed  bool
}

// New opens the state folder and queues again what was not finished. Nothing
// runs before Run.
func New(opt Options) (*Server, error) {
	if err := opt.fill(); err != nil {
		return nil, err
	}
	s := &Server{
		opt:     opt,
		log:     opt.Logger,
		faults:  opt.Faults,
		uploads: make(chan struct{}, opt.MaxUploads),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		jobs:    map[string]*job{},
		sims:    map[string][]*job{},
	}
	s.guard.hosts = opt.Hosts
	s.guard.setKeys(opt.Keys)
	rand.Read(s.signer.key[:])
	var err error
	if s.store, err = openStore(opt.Dir, opt.NoSync); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.store.lock.Close())
	}
	return s, nil
}

// SetKeys replaces the accepted keys, as their owner does in the web application.
func (s *Server) SetKeys(keys ...string) { s.guard.setKeys(keys) }

// Close lets go of requests that a fault keeps waiting and of submissions that
// were to be accepted later, and of the state folder. It does not stop Run: that
// ends with its context, and should have ended before.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if !first {
		return nil
	}
	close(s.done)
	s.late.Wait()
	return s.store.lock.Close()
}

// Handler serves the API under /api and signed files under /files.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range []struct {
		pattern string
		op      Op
		serve   func(*exchange) error
	}{
		{"POST /api/conversions", OpSubmit, s.submit},
		{"POST /api/conversions/generate", OpSubmit, s.generate},
		{"POST /api/conversions/{id}/simulate", OpSimulate, s.simulate},
		{"GET /api/conversions", OpList, s.list},
		{"GET /api/conversions/pricing", OpPricing, s.pricing},
		{"GET /api/conversions/{id}", OpPoll, s.poll},
		{"GET /api/conversions/{id}/result", OpResult, s.result},
		{"GET /api/me", OpMe, s.me},
		{"/api/", "", notOffered},
	} {
		mux.Handle(rt.pattern, s.api(rt.op, rt.serve))
	}
	mux.Handle("GET /files/{id}/{name...}", s.guard.local(http.HandlerFunc(s.file)))
	if s.faults != nil {
		mux.Handle("GET /truth", s.guard.local(http.HandlerFunc(s.truth)))
	}
	return mux
}

// HTTPServer returns a server for a listener, with the limits that a long
// upload on a slow line still passes.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}
