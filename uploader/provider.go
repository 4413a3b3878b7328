// Package uploader moves jobs along: it freezes a queued asset, records the
// intent to submit it, hands it to its provider once, follows the remote job,
// fetches the result and publishes it. Workers take jobs from the queue; every
// step ends in one transition of the job, so that a crash at any point is
// continued by the same code.
//
// Each conversion API lives in a folder of its own below this one and
// implements Provider.
package uploader

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Provider is a conversion API. Its errors are of type *Error, classified where
// the fact is known.
type Provider interface {
	// Submit hands s over and returns the accepted remote job. It sends at most
	// one request that could be accepted, never retries and never follows a
	// redirect: who calls it decides what a doubtful answer means.
	Submit(ctx context.Context, s Submission) (Remote, error)
	// Poll returns the remote job's present state.
	Poll(ctx context.Context, id string) (Remote, error)
	// Fetch writes the result of a finished job to w, from its first byte, and
	// returns the number of bytes. A body that was cut short is an error; one
	// that cannot be known to be whole comes with ErrUnproven. A w that is
	// Resumable is gone on with where the server allows it; the number is then
	// that of the whole result.
	Fetch(ctx context.Context, id string, format string, w io.Writer) (int64, error)
}

// Resumable is a destination of Fetch that keeps what arrived before a cut.
type Resumable interface {
	io.Writer
	// Kept returns how many bytes are there and of which version of the result;
	// 0 when there is nothing to go on with. What is written next follows them.
	Kept() (int64, Version)
	// Begin throws away what is there, because a whole result of this version
	// follows. Its error ends the download.
	Begin(Version) error
}

// Version is by what a server tells that a result is still the same, byte for
// byte: only strong validators (RFC 9110, section 8.8).
type Version struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"` // Last-Modified, as it was sent
	Size     int64  `json:"size,omitempty"`     // bytes, 0 when the server did not say
}

// Lister is a Provider that can be asked afterwards which jobs it accepted.
// With it a lost answer is resolved; without it the job is held.
type Lister interface {
	// Newest returns the fence for a submission that is about to be sent.
	Newest(ctx context.Context) (Fence, error)
	// Since returns all jobs newer than the fence, newest first; all there are
	// for the zero Fence. An incomplete list is an error, never a short answer.
	Since(ctx context.Context, f Fence) ([]Remote, error)
}

// Shower is a Provider that shows many of its jobs in one answer.
type Shower interface {
	// Recent returns the n jobs, or some more, that were accepted last. It is a
	// glance: jobs may be missing that were pushed on while it was read, reports
	// and outputs are, and a state may be behind what Poll tells.
	Recent(ctx context.Context, n int) ([]Remote, error)
}

// Simulator is a Provider that can simulate a finished conversion, which makes a
// remote job of its own. The result is fetched output by output, see
// Remote.Outputs.
type Simulator interface {
	// Simulate starts a simulation of the finished job id in the given scene.
	// It is as ambiguous as Submit when the answer is lost; Simulations then tells
	// whether it was accepted.
	Simulate(ctx context.Context, id, scene string) (Remote, error)
	// Simulations returns all simulations that were made from the job id, each as
	// it is now. An incomplete answer is an error, never a short one.
	Simulations(ctx context.Context, id string) ([]Remote, error)
}

// Pricer is a Provider that publishes its prices.
type Pricer interface {
	// Pricing returns credits by the provider's own job type.
	Pricing(ctx context.Context) (map[string]float64, error)
}

// Teller is a Provider that tells whose key it is and what is left to spend. Not
// every deployment does: an error here says nothing about the key.
type Teller interface {
	Me(ctx context.Context) (Account, error)
}

// Account is who pays.
type Account struct {
	Email    string
	Username string
	Plan     string
	Status   string  // of the subscription, the provider's own word
	Credits  float64 // left to spend; meaningful when HasCredits
	// HasCredits tells a balance of zero from an answer without one.
	HasCredits bool
}

// Fence is a point in a provider's job list: what is accepted later is newer.
// It is an ordinal of the server's, so that our clock does not matter.
type Fence struct {
	RemoteID string    `json:"remote_id,omitempty"` // newest job at that time, empty when there was none
	At       time.Time `json:"at"`                  // the server's Date header
}

// Submission is what is handed over: a file (Filename, Size, Open), an image set
// (Images) or a text prompt (Prompt), exactly one of them.
type Submission struct {
	// Filename is the name the provider sees: it carries the key's token and generation.
	Filename string
	// Size is the exact number of bytes that Open's reader gives.
	Size int64
	// Open opens the frozen copy for reading from its start.
	Open func() (io.ReadCloser, error)
	// Images is a set of one to four images of one object, in the provider's
	// order: front, right, back, left.
	Images []Part
	// Prompt is the text to generate from.
	Prompt string
	// Fields are the conversion options in the provider's own words.
	Fields map[string]string
	// Sent, when not nil, is told the total of body bytes handed to the
	// connection. The envelope around the files counts too, so that the total
	// ends a little above their sizes. It is called often and must be quick.
	Sent func(n int64)
}

// Part is one file of a Submission, with the meaning of its namesakes there.
type Part struct {
	Filename string
	Size     int64
	Open     func() (io.ReadCloser, error)
}

// Phase is what a remote status means to us.
type Phase int

// The phases of a remote job.
const (
	Working Phase = iota // accepted and not finished, or in a status we do not know
	Finished
	Failed
)

// Remote is a provider's job as its answer tells it.
type Remote struct {
	ID       string
	Phase    Phase
	Status   string  // the provider's own word
	Known    bool    // whether Status is documented
	Stage    string  // free text, for people
	Progress int     // 0 to 100
	Error    string  // the provider's text when Phase is Failed
	Credits  float64 // charged; meaningful when HasCredits
	// HasCredits tells a charge of nothing from an answer that does not say.
	HasCredits bool
	Filename   string // as uploaded, empty when the provider does not say
	Size       int64  // bytes as uploaded, 0 when the provider does not say
	Type       string // the provider's own job type
	Created    time.Time
	Report     json.RawMessage // the provider's report, nil when there is none
	NoMJCF     bool            // finished without an MJCF package
	// Outputs names what can be fetched beside the result, each by passing the
	// name to Fetch as the format: "sim_video", "sim_gif", "sim_log".
	Outputs []string
	// Source is the job that a simulation was made from, empty otherwise.
	Source string
	// Simulations are the IDs of the simulations made from this job.
	Simulations []string
	// Simulation says that it is one, in the Scene where the provider tells it. Its
	// file name is its source's, and no sign that a submission was accepted.
	Simulation bool
	Scene      string
}
