package rigydserver

import (
	"net/http"
	"regexp"
	"time"
)

// Entry is one accepted submission as it truly was.
type Entry struct {
	ID       string    `json:"id"`
	Filename string    `json:"filename"` // a prompt for text jobs
	Type     string    `json:"job_type"`
	Size     int64     `json:"size"`
	SHA256   string    `json:"sha256"` // of the upload, the first one of several
	Credits  float64   `json:"credits"`
	Refunded bool      `json:"refunded"`
	Status   string    `json:"status"`
	Time     time.Time `json:"time"` // of acceptance
	Token    string    `json:"token"`
}

// Ledger is every accepted submission, oldest first, those too that the API no
// longer admits to.
type Ledger []Entry

var tokenPattern = regexp.MustCompile(`_sd-[0-9a-z]+`)

// token is the part of a file name by which simdrop knows its own submissions,
// the whole name where there is none.
func token(filename string) string {
	if t := tokenPattern.FindString(filename); t != "" {
		return t[1:]
	}
	return filename
}

// Ledger returns the truth so far.
func (s *Server) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := make(Ledger, 0, len(s.order))
	for _, j := range s.order {
		if j.hidden {
			continue
		}
		e := Entry{ID: j.ID, Filename: j.Filename, Type: j.Type, SHA256: j.SHA256, Credits: j.Credits,
			Refunded: j.Refunded, Status: j.Status, Time: j.Created, Token: token(j.Filename)}
		if j.Size != nil {
			e.Size = *j.Size
		}
		if j.Type == TypeSimulate { // of the same file as its source, and another submission
			e.Token += " " + j.Scene
		}
		l = append(l, e)
	}
	return l
}

// Accepted counts the accepted submissions per token.
func (l Ledger) Accepted() map[string]int {
	m := map[string]int{}
	for _, e := range l {
		m[e.Token]++
	}
	return m
}

// Charged sums what was charged and not returned per token.
func (l Ledger) Charged() map[string]float64 {
	m := map[string]float64{}
	for _, e := range l {
		if !e.Refunded {
			m[e.Token] += e.Credits
		}
	}
	return m
}

// Total sums what was charged and not returned.
func (l Ledger) Total() float64 {
	var sum float64
	for _, c := range l.Charged() {
		sum += c
	}
	return sum
}

// Refunds sums what was returned.
func (l Ledger) Refunds() float64 {
	var sum float64
	for _, e := range l {
		if e.Refunded {
			sum += e.Credits
		}
	}
	return sum
}

// Twice names the tokens that were accepted more than once without a failure in
// between to justify it: what must never happen.
func (l Ledger) Twice() []string {
	paid := map[string]int{}
	var out []string
	for _, e := range l {
		if e.Refunded {
			continue
		}
		if paid[e.Token]++; paid[e.Token] == 2 {
			out = append(out, e.Token)
		}
	}
	return out
}

// truth is GET /truth, for rigs that run the server as a process of its own.
func (s *Server) truth(w http.ResponseWriter, _ *http.Request) {
	l := s.Ledger()
	requests := map[Op]int{}
	for _, op := range []Op{OpSubmit, OpSimulate, OpPoll, OpList, OpResult, OpPricing, OpMe} {
		requests[op] = s.faults.Requests(op)
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"ledger": l, "twice": l.Twice(), "total": l.Total(), "refunds": l.Refunds(),
		"fired": s.faults.AllFired(), "requests": requests,
	})
}
