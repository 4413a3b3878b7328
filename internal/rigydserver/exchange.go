package rigydserver

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// exchange is one request to the API on its way to an answer, with the fault
// that was chosen for it.
type exchange struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	op    Op
	fault Fault // Kind is empty when there is none
	fired bool
}

// errAnswered ends a handler whose answer was written already.
var errAnswered = errors.New("answered")

// api wraps a handler in what every request goes through.
func (s *Server) api(op Op, serve func(*exchange) error) http.Handler {
	return s.guard.local(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "simdrop-engine/"+s.opt.Version)
		x := &exchange{s: s, w: w, r: r, op: op}
		defer x.release()
		err := s.guard.authorize(r)
		if err == nil {
			err = x.begin()
		}
		if err == nil {
			err = serve(x)
		}
		var no *refusal
		switch {
		case err == nil || errors.Is(err, errAnswered):
		case errors.As(err, &no):
			writeRefusal(w, no)
		default:
			// The body could not be read: nobody is there to hear an answer.
			s.log.Debug("request ended early", "path", r.URL.Path, "err", err)
			panic(http.ErrAbortHandler)
		}
	}))
}

// begin counts the request and lets faults strike before it is looked at.
func (x *exchange) begin() error {
	if x.s.faults == nil {
		return nil
	}
	x.s.faults.count(x.op)
	x.choose(x.jobSubject(), x.op == OpSubmit)
	return x.at(Arrival)
}

// jobSubject is what Match is compared with: the job that the path names.
func (x *exchange) jobSubject() string {
	id := x.r.PathValue("id")
	if id == "" {
		return ""
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	if j := x.s.jobs[id]; j != nil {
		return j.subject()
	}
	return id
}

// named is called when a submission's file name or prompt is known.
func (x *exchange) named(name string) error {
	if x.s.faults == nil || x.fault.Kind != "" {
		return nil
	}
	x.choose(name, false)
	return x.at(Arrival)
}

func (x *exchange) choose(subject string, unnamed bool) {
	if f, ok := x.s.faults.pick(x.op, subject, unnamed); ok {
		x.fault = f
	}
}

// fire counts the fault as struck.
func (x *exchange) fire() {
	x.fired = true
	x.s.faults.fire(x.fault)
}

// release gives a fault that found nothing to spoil to the next request.
func (x *exchange) release() {
	if x.fault.Kind != "" && !x.fired {
		x.s.faults.unpick(x.fault)
	}
}

// at does what the fault does at this point. An error ends the handler.
func (x *exchange) at(p Point) error {
	f := x.fault
	if f.Kind == "" || f.At != p {
		return nil
	}
	switch f.Kind {
	case Drop, LoseAnswer:
		x.fire()
		x.cut()
	case Answer, AnswerAfter:
		x.fire()
		writeRefusal(x.w, f.refusal(x.s.opt.Now()))
		return errAnswered
	case Garble:
		x.fire()
		x.w.Header().Set("Content-Type", "application/json")
		x.w.WriteHeader(successStatus(x.op))
		_, _ = io.WriteString(x.w, `{"data":{"id":"local_`)
		return errAnswered
	case Redirect:
		if x.op == OpResult {
			return nil // the result handler knows where to
		}
		x.fire()
		x.w.Header().Set("Location", f.URL)
		x.w.WriteHeader(f.statusOr(http.StatusTemporaryRedirect))
		return errAnswered
	case Hang, HangAfter:
		x.fire()
		x.wait(0)
		x.cut()
	case Delay:
		x.fire()
		x.wait(f.After)
	}
	return nil
}

// wait waits for d (0: for ever), the client's leaving or the server's closing.
func (x *exchange) wait(d time.Duration) {
	var due <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-due:
	case <-x.r.Context().Done():
	case <-x.s.done:
	}
}

// cut closes the connection without another byte.
func (x *exchange) cut() { panic(http.ErrAbortHandler) }

// reply answers with data, unless a fault strikes now that the deed is done.
func (x *exchange) reply(status int, v any) error {
	if err := x.at(Done); err != nil {
		return err
	}
	writeJSON(x.w, status, v)
	return nil
}

func successStatus(op Op) int {
	if op == OpSubmit || op == OpSimulate {
		return http.StatusAccepted
	}
	return http.StatusOK
}
