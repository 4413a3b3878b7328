package rigydserver

import (
	"encoding/binary"
	"hash/fnv"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults makes the server behave as a remote API does on its worst days. The
// first fault that matches a request strikes; how often each struck is counted,
// so that a test can assert that its fault happened at all.
type Faults struct {
	mu       sync.Mutex
	seed     uint64
	rules    []*rule
	seen     map[string]uint64 // requests per operation and subject, for the dice
	fired    map[string]int
	requests map[Op]int
}

// rule is a fault with its counters.
type rule struct {
	Fault
	skipped, used int
}

// NewFaults returns faults whose dice are thrown from seed: for one seed the n-th
// request for a file always meets the same fate, whatever else runs beside it.
func NewFaults(seed uint64, faults ...Fault) *Faults {
	f := &Faults{seed: seed, seen: map[string]uint64{}, fired: map[string]int{}, requests: map[Op]int{}}
	f.Add(faults...)
	return f
}

// Add appends faults; earlier ones are asked first. A kind that does not exist
// for its operation panics: a test with such a fault would prove nothing.
func (f *Faults) Add(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, ft := range faults {
		if err := ft.fill(); err != nil {
			panic(err)
		}
		f.rules = append(f.rules, &rule{Fault: ft})
	}
}

// Clear removes all faults; the counters stay.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// Fired says how often faults of a name struck: Fault.Name, or the kind's name,
// followed for Answer and AnswerAfter by "-" and the status: "answer-429".
func (f *Faults) Fired(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired[name]
}

// AllFired returns every counter by name.
func (f *Faults) AllFired() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.fired)
}

// Requests says how many authorised requests of an operation arrived.
func (f *Faults) Requests(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[op]
}

func (f *Faults) count(op Op) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests[op]++
}

func (f *Faults) fire(ft Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fired[ft.Name]++
}

// pick chooses the fault for a request. A submission is asked about twice: as it
// arrives, when its name is unknown and only faults that need none may strike,
// and once it is named.
func (f *Faults) pick(op Op, subject string, unnamed bool) (Fault, bool) {
	if f == nil {
		return Fault{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := string(op) + "\n" + subject
	if !unnamed {
		f.seen[key]++
	}
	for i, r := range f.rules {
		early := r.At == Arrival && r.Match == "" && r.P == 0
		if r.Op != op || r.Kind == ListLag || op == OpSubmit && early != unnamed {
			continue
		}
		if !strings.Contains(subject, r.Match) || r.P > 0 && f.dice(i, key) >= r.P {
			continue
		}
		if r.skipped < r.Skip {
			r.skipped++
			continue
		}
		if r.Times > 0 && r.used >= r.Times {
			continue
		}
		r.used++
		ft := r.Fault
		ft.from = r
		return ft, true
	}
	return Fault{}, false
}

// unpick takes back a pick that did not strike.
func (f *Faults) unpick(ft Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ft.from.used--
}

// dice returns a number in [0, 1) for a rule and the present request of key. The
// ID in a subject is random and must not weigh: only what comes before it does.
func (f *Faults) dice(i int, key string) float64 {
	op, rest, _ := strings.Cut(key, "\n")
	name, _, _ := strings.Cut(rest, "\n")
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, []uint64{f.seed, uint64(i), f.seen[key]})
	_, _ = h.Write([]byte(op + "\n" + name))
	// FNV mixes its low bits badly for short inputs; one round of a multiplicative finaliser does.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// hides says whether a job of that age is not listed yet.
func (f *Faults) hides(r *record, age time.Duration) bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if rule.Kind == ListLag && age < rule.After && strings.Contains(r.subject(), rule.Match) {
			f.fired[rule.Name]++
			return true
		}
	}
	return false
}

// refusal is the answer of an Answer fault, in the documented words where there are any.
func (ft Fault) refusal(now time.Time) *refusal {
	e := refuse(ft.Status, "%s", ft.text())
	e.html = ft.Status == http.StatusRequestEntityTooLarge && ft.Op == OpSubmit
	switch {
	case ft.RetryAfter != "":
		e.retryAfter = ft.RetryAfter
	case ft.RetryDate > 0:
		e.retryAfter = now.Add(ft.RetryDate).UTC().Format(http.TimeFormat)
	}
	if ft.Status == http.StatusConflict {
		e.jobStatus = statusRunning
	}
	return e
}

func (ft Fault) text() string {
	switch {
	case ft.Text != "":
		return ft.Text
	case ft.Status == 401:
		return errBadKey.text
	case ft.Status == 402:
		return errCredits.text
	case ft.Status == 404 && ft.Op != OpSubmit:
		return errNoJob.text
	case ft.Status == 409 && ft.Op != OpSubmit:
		return "Job not yet completed"
	case ft.Status == 502:
		return "Conversion service unavailable: upstream timed out"
	case http.StatusText(ft.Status) != "":
		return http.StatusText(ft.Status)
	}
	return "Status " + strconv.Itoa(ft.Status)
}

func (ft Fault) statusOr(status int) int {
	if ft.Status != 0 {
		return ft.Status
	}
	return status
}
