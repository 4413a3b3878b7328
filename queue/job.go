// Package queue is simdrop's memory: one durable record, a job, for each
// conversion, in a bbolt database that one process owns.
//
// States are data. A job is changed only by Update, which checks the table of
// transitions and commits in one synced transaction, so that whoever reads a job
// after a crash reads what was decided before it. A retry is a time on the job,
// not a state; being polled is not an attempt.
package queue

import (
	"encoding/json"
	"slices"
	"time"
)

// State is where a job stands.
type State string

// The states.
const (
	// Queued: due for submission. Enters when a drop settles, when a held job is
	// released or a failed one retried, and when a submission was provably not
	// accepted. Leaves when the intent to submit is recorded.
	Queued State = "queued"
	// Submitting: the intent is recorded and no answer is stored. Leaves with
	// the provider's answer, or with what its job list says about a lost one.
	Submitting State = "submitting"
	// Converting: accepted, remote ID stored. Leaves when the provider reports
	// an end.
	Converting State = "converting"
	// Fetching: finished remotely; the result is being downloaded, or waits in
	// the spool for its place. Leaves when it is published.
	Fetching State = "fetching"
	// Done: the result is in place.
	Done State = "done"
	// Failed: this asset will not convert as it is. A person may retry it.
	Failed State = "failed"
	// Held: waits for a person, for the Reason. Released, it returns to where it was.
	Held State = "held"
	// Cancelled: a person stopped it, it was superseded, or its file went away.
	Cancelled State = "cancelled"
)

// States lists all states in the order of a job's life.
var States = []State{Queued, Submitting, Converting, Fetching, Done, Failed, Held, Cancelled}

// transitions lists for each state the states a job may enter from it.
var transitions = map[State][]State{
	"":         {Queued, Held, Failed, Done}, // done: restored from its result
	Queued:     {Submitting, Converting, Fetching, Held, Failed, Cancelled},
	Submitting: {Queued, Converting, Held, Failed},
	Converting: {Fetching, Held, Failed, Cancelled},
	Fetching:   {Done, Converting, Held, Failed, Cancelled},
	Done:       {Fetching}, // the result was removed and is wanted again
	Failed:     {Queued, Converting, Fetching, Cancelled},
	Held:       {Queued, Submitting, Converting, Fetching, Failed, Cancelled},
	Cancelled:  {Queued, Converting, Fetching},
}

// May reports whether a job may go from one state to another.
func May(from, to State) bool { return slices.Contains(transitions[from], to) }

// Ended reports whether nothing more happens to a job in this state by itself.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Reason is why a job is held.
type Reason string

// The reasons.
const (
	Existing   Reason = "existing"   // was there before the first run
	Approval   Reason = "approval"   // many drops arrived together
	Budget     Reason = "budget"     // a limit on credits is reached
	Credits    Reason = "credits"    // the provider says none are left
	Key        Reason = "key"        // the provider refuses the API key
	Companions Reason = "companions" // files it refers to are missing
	Ambiguous  Reason = "ambiguous"  // it may have been accepted, and nobody can say
	Deadline   Reason = "deadline"   // not finished within give_up_after
	Edited     Reason = "edited"     // a person changed the result that is in place
	Paused     Reason = "paused"     // submissions are paused
)

// Job is the durable record of one conversion.
type Job struct {
	ID       string `json:"id"`
	Path     string `json:"path"`     // the primary, absolute
	Watch    string `json:"watch"`    // the watched root, empty for a command's asset
	Root     string `json:"root"`     // the folder above which none of its files is read
	Provider string `json:"provider"` // configured name
	Type     string `json:"type"`     // the provider's type
	Account  string `json:"account"`  // who pays: part of the key
	// User is who the file belonged to when it settled, empty when the system does not tell.
	User string `json:"user,omitempty"`

	State  State  `json:"state"`
	Reason Reason `json:"reason,omitempty"`
	Error  string `json:"error,omitempty"`
	Hint   string `json:"hint,omitempty"`
	// Back is the state a held job returns to.
	Back State `json:"back,omitempty"`
	// Released says that a person let the job go: what holds new drops no longer does.
	Released bool `json:"released,omitempty"`
	// Asked says that a person asked for this asset, by a command or by what is
	// configured for its folder, so that it needs no approval.
	Asked bool `json:"asked,omitempty"`
	// Again says that a person asked for it again after it had ended.
	Again bool `json:"again,omitempty"`
	// After is the ID of a job that has to end before this one is submitted:
	// the same path's earlier version, or an asset of the same content.
	After string `json:"after,omitempty"`
	// Due is when the next step may be tried, zero for at once.
	Due time.Time `json:"due,omitzero"`

	Stamp   string            `json:"stamp"`          // what was seen on disk when it settled
	Mark    string            `json:"mark,omitempty"` // the primary's state, whatever its name
	Options map[string]string `json:"options"`        // conversion options, in the provider's words
	Format  string            `json:"format"`         // usd, mjcf, all: what is fetched

	Key    string   `json:"key,omitempty"`    // of the frozen bundle
	Alias  string   `json:"alias,omitempty"`  // what the key would be under the name the asset has now
	Bundle []string `json:"bundle,omitempty"` // places
	Bytes  int64    `json:"bytes,omitempty"`
	// Sources are the files as they were read, the primary first, for the sidecar.
	Sources []Source `json:"sources,omitempty"`

	Intent       *Intent `json:"intent,omitempty"`
	Submissions  int     `json:"submissions"`
	RemoteID     string  `json:"remote_id,omitempty"`
	RemoteType   string  `json:"remote_type,omitempty"`
	RemoteStatus string  `json:"remote_status,omitempty"`
	Stage        string  `json:"stage,omitempty"`
	Progress     int     `json:"progress"`
	Credits      float64 `json:"credits"`
	// Estimate is what a submission is expected to cost, Reserved what is kept aside
	// for an open one, Booked what the ledger says of the present one.
	Estimate float64  `json:"estimate,omitempty"`
	Reserved float64  `json:"reserved,omitempty"`
	Booked   *Booking `json:"booked,omitempty"`
	Adopted  bool     `json:"adopted,omitempty"` // found in the provider's list, not answered to us
	// RemoteFailed says that the provider ended the remote job without a result,
	// so that only a new submission can help.
	RemoteFailed bool            `json:"remote_failed,omitempty"`
	Report       json.RawMessage `json:"report,omitempty"`

	// Simulate is the scene to simulate once a conversion is done, empty for none;
	// Simulated the ID of the job that does it.
	Simulate  string `json:"simulate,omitempty"`
	Simulated string `json:"simulated,omitempty"`
	// Simulation is what the job simulates, nil for a conversion.
	Simulation *Simulation `json:"simulation,omitempty"`

	// CopyFrom is a published result of the same key, to be copied instead of fetched.
	CopyFrom string `json:"copy_from,omitempty"`
	// Fetches counts damaged or unusable downloads of this result.
	Fetches int `json:"fetches,omitempty"`
	// Publish is what is about to be published, recorded before the rename.
	Publish json.RawMessage `json:"publish,omitempty"`
	Result  string          `json:"result,omitempty"` // the published folder
	// Remark is what a person should know of the result, such as what it lacks.
	Remark string `json:"remark,omitempty"`

	Tries   int       `json:"tries"`             // failed tries of the present step, for the back-off
	History []Attempt `json:"history,omitempty"` // the latest failed attempts, oldest first

	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Submitted time.Time `json:"submitted,omitzero"`
	Completed time.Time `json:"completed,omitzero"`

	// news says that the present change is one to tell others of; it is not stored.
	news bool
}

// Source is a file of the asset as it was read when the bundle was frozen.
type Source struct {
	Path   string `json:"path"` // absolute
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Intent is what is recorded before the first byte of a submission is sent.
type Intent struct {
	Token      string          `json:"token"`
	Generation int             `json:"generation"`
	Filename   string          `json:"filename"` // carries token and generation, empty for a prompt
	Prompt     string          `json:"prompt,omitempty"`
	Size       int64           `json:"size"` // bytes of the upload
	Fence      json.RawMessage `json:"fence,omitempty"`
	Recorded   time.Time       `json:"recorded"`
	// Doubt is when an answer was known to be lost, zero while none is.
	Doubt time.Time `json:"doubt,omitzero"`
	// Checks counts complete lists that did not show the job.
	Checks int `json:"checks,omitempty"`
	// Resent says that this is the second submission after a doubt: there is no third.
	Resent bool `json:"resent,omitempty"`
}

// Attempt is one failed try.
type Attempt struct {
	At    time.Time `json:"at"`
	State State     `json:"state"`
	Error string    `json:"error"`
}

// maxHistory bounds a job's kept attempts: the latest explain why it waits.
const maxHistory = 20

// Enter moves j to the state and forgets what belonged to the one before. Update
// checks that the table allows it.
func (j *Job) Enter(s State) {
	j.news = j.news || s != j.State
	j.State, j.Reason, j.Error, j.Hint, j.Back = s, "", "", "", ""
	j.Due, j.Tries, j.After = time.Time{}, 0, ""
}

// Hold holds j for the reason; released, it returns to its present state.
func (j *Job) Hold(r Reason, err, hint string) {
	back := j.State
	if j.State == Held {
		back = j.Back
		j.news = j.news || j.Reason != r
	}
	if back == "" {
		back = Queued
	}
	j.Enter(Held)
	j.Reason, j.Error, j.Hint, j.Back = r, err, hint, back
}

// Fail ends j with an error.
func (j *Job) Fail(err, hint string) {
	j.Note(err)
	j.Enter(Failed)
	j.Error, j.Hint = err, hint
}

// Retry notes a failed try and says when the next one is due. The state stays.
func (j *Job) Retry(err, hint string, due time.Time) {
	j.Note(err)
	j.Error, j.Hint, j.Due = err, hint, due
	j.Tries++
}

// Note adds an attempt's error to the history.
func (j *Job) Note(err string) {
	j.History = append(j.History, Attempt{At: time.Now().UTC(), State: j.State, Error: err})
	if n := len(j.History) - maxHistory; n > 0 {
		j.History = slices.Delete(j.History, 0, n)
	}
}

// Unsent reports whether nothing of j was ever handed to a provider, so that it
// can be replaced or withdrawn at no cost.
func (j *Job) Unsent() bool {
	if j.RemoteID != "" || j.Intent != nil {
		return false
	}
	return j.State == Queued || j.State == Held && j.Back == Queued
}
