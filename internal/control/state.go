package control

import "slices"

// The names of files in the state folder by which the daemon is found.
const (
	TokenFile = "control.token" // the token, hexadecimal, mode 0600
	AddrFile  = "control.addr"  // host:port in use, only while the daemon runs
)

// The states of a job, as State spells them.
const (
	Queued     = "queued"
	Submitting = "submitting"
	Converting = "converting"
	Fetching   = "fetching"
	Done       = "done"
	Failed     = "failed"
	Held       = "held"
	Cancelled  = "cancelled"
)

// States are the states in the order a job passes them.
func States() []string {
	return []string{Queued, Submitting, Converting, Fetching, Done, Failed, Held, Cancelled}
}

// Reasons are why a job is held.
func Reasons() []string {
	return []string{"existing", "approval", "budget", "credits", "key", "companions", "ambiguous", "deadline", "edited", "paused"}
}

// Resting says that the job does not move on without a person.
func (j Job) Resting() bool {
	return slices.Contains([]string{Done, Failed, Held, Cancelled}, j.State)
}

// Session is the answer to POST /api/login: a code that signs one browser in once.
type Session struct {
	Code string `json:"code"`
}

// Health is the answer to GET /healthz. Proof is there when the request had a
// challenge, and shows that the server holds the token.
type Health struct {
	Status string `json:"status"`
	Proof  string `json:"proof,omitempty"`
}
