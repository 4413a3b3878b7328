package rigydserver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"simdrop/internal/engine"
)

// The job types of the documented API.
const (
	TypeFile      = "glb_to_simready"
	TypeText      = "text_to_simready"
	TypeImage     = "image_to_simready"
	TypeMultiview = "multiview_to_simready"
	TypeSimulate  = "simulate_usd"
)

// jobTypes in the order in which the price list shows them.
var jobTypes = []string{TypeFile, TypeText, TypeImage, TypeMultiview, TypeSimulate}

// Documented is the list of upload formats in the order of the API's documentation.
var Documented = []string{"glb", "gltf", "fbx", "obj", "stl", "ply", "usd", "usda", "usdc", "usdz", "zip"}

// Options configures a Server. Dir and Convert are required; every other zero
// value means the default that is named with it.
type Options struct {
	// Dir holds uploads, records and results. It belongs to one Server at a time.
	Dir string
	// Convert turns an uploaded file into a package. It should watch its context;
	// when it does not, its goroutine is abandoned and its job fails or is queued again.
	Convert func(context.Context, engine.Input, engine.Writer) (engine.Output, error)
	// Generate serves image and prompt jobs. Nil: they are refused with a 422.
	Generate func(context.Context, Prompt, engine.Writer) (engine.Output, error)
	// Simulate serves simulations. Nil: they are refused with a 422.
	Simulate func(context.Context, Simulation, engine.Writer) error

	Workers int           // conversions at the same time; 1
	Grace   time.Duration // how long Run lets conversions finish when it is stopped; 10 s
	Timeout time.Duration // of one conversion; 30 min

	// Retention is how long a result stays after it was fetched; 24 h. One that
	// nobody fetched stays thirty times as long. Records stay listed.
	Retention time.Duration
	// KeepResults bounds the results on disk: of those that were fetched the
	// oldest go first; 0 is no bound.
	KeepResults int
	// KeepRecords bounds the jobs that are remembered at all, and with them the
	// list and the ledger; 10,000. Jobs that are not finished always are.
	KeepRecords int

	MaxUpload   int64         // bytes of one upload; 500 MiB
	MaxUploads  int           // uploads at the same time, more are told 429; 8
	SubmitEvery time.Duration // least time between two accepted jobs, sooner ones are told 429; 0 is no limit

	Formats []string // upload formats without the dot; Documented
	Keys    []string // accepted bearer keys; empty accepts any that is not empty
	Hosts   []string // host names beside the loopback ones that requests may be addressed to

	// Account is who /me says the caller is. With Metered, a job is refused with
	// a 402 when Credits do not cover it.
	Account Account
	// Price is what a job of a type costs in credits; nil: nothing.
	Price func(jobType string) float64

	// NoSync does not wait for the disk. Jobs then survive a crash of the process,
	// not of the machine: for tests.
	NoSync bool

	IDPrefix string           // of job IDs; "local_"
	Version  string           // of simdrop, for the Server header
	Now      func() time.Time // time.Now
	Logger   *slog.Logger     // discards
	Faults   *Faults          // nil in production
}

// Account is the owner of the keys.
type Account struct {
	Email, Username string
	Plan            string  // "local engine"
	Credits         float64 // balance before the first job
	Metered         bool    // whether Credits is a limit
}

// Prompt is the input of a generation: a text or images, never both.
type Prompt struct {
	Text   string
	Images []Image
	Fields map[string]string
}

// Image is an uploaded picture.
type Image struct {
	Path string // on disk
	Name string // as uploaded
}

// Simulation is the input of a simulation.
type Simulation = engine.Simulation

func (o *Options) fill() error {
	if o.Dir == "" {
		return errors.New("rigydserver: Options.Dir is required")
	}
	if o.Convert == nil {
		return errors.New("rigydserver: Options.Convert is required")
	}
	def(&o.Workers, 1)
	def(&o.Grace, 10*time.Second)
	def(&o.Timeout, 30*time.Minute)
	def(&o.Retention, 24*time.Hour)
	def(&o.KeepRecords, 10_000)
	def(&o.MaxUpload, 500<<20)
	def(&o.MaxUploads, 8)
	def(&o.IDPrefix, "local_")
	def(&o.Account.Plan, "local engine")
	def(&o.Account.Username, "local")
	if len(o.Formats) == 0 {
		o.Formats = Documented
	}
	if o.Price == nil {
		o.Price = func(string) float64 { return 0 }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// def sets *p to v when it is zero.
func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
