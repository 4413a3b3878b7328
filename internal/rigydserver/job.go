package rigydserver

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// The states of a job, in the API's words. A job starts as preprocessing (every
// format but GLB) or queued.
const (
	statusPreprocessing = "preprocessing" // its input is being checked and unpacked
	statusQueued        = "queued"        // waits for a worker
	statusRunning       = "running"       // a worker converts it
	statusCompleted     = "completed"     // the result is there, credits are charged
	statusFailed        = "failed"        // error says why, credits are returned
)

// job is a conversion. The server's mutex guards the record and what is not kept;
// what a record points to is never changed, only replaced, so that copies hold.
type job struct {
	record
	stage    string
	progress int
	hidden   bool // not durable yet: nobody may see it, or a crash would take back what was told

	saving sync.Mutex // one writer of the record's file at a time, in order
}

// record is what survives a restart. A job that is not finished has only its
// input; how far it had come is not worth keeping, it runs again.
type record struct {
	ID         string            `json:"id"`
	Seq        int64             `json:"seq"` // order of acceptance
	Type       string            `json:"type"`
	Filename   string            `json:"filename"`
	Alias      string            `json:"alias,omitempty"` // what a fault makes the API say instead of Filename
	Size       *int64            `json:"size"`            // nil for prompts
	SHA256     string            `json:"sha256"`
	Inputs     []input           `json:"inputs,omitempty"`
	Prompt     string            `json:"prompt,omitempty"`
	Scene      string            `json:"scene,omitempty"`
	SourceID   string            `json:"source_id,omitempty"`
	Fields     map[string]string `json:"fields,omitempty"`     // as sent
	Parameters map[string]any    `json:"parameters,omitempty"` // as echoed
	Archive    *archiveInfo      `json:"archive,omitempty"`    // ZIP uploads
	Credits    float64           `json:"credits"`
	Refunded   bool              `json:"refunded,omitempty"`
	Status     string            `json:"status"`
	Error      string            `json:"error,omitempty"`
	Created    time.Time         `json:"created"`
	Updated    time.Time         `json:"updated"`
	Queued     time.Time         `json:"queued,omitzero"`
	Started    time.Time         `json:"started,omitzero"`
	Completed  time.Time         `json:"completed,omitzero"`
	Preprocess *preprocess       `json:"preprocess,omitempty"`
	InputStats json.RawMessage   `json:"input_stats,omitempty"`
	Output     *output           `json:"output,omitempty"`
	Fetched    time.Time         `json:"fetched,omitzero"`  // last complete download
	Dropped    bool              `json:"dropped,omitempty"` // the result was removed to save space
	Vanished   bool              `json:"vanished,omitempty"`
}

// input is one uploaded file.
type input struct {
	File string `json:"file"` // name below uploads
	Name string `json:"name"` // as uploaded
	Size int64  `json:"size"`
}

// preprocess is what was done before the conversion proper.
type preprocess struct {
	Status    string    `json:"status"`
	Steps     []string  `json:"steps,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Completed time.Time `json:"completed,omitzero"`
	Error     string    `json:"error,omitempty"`
}

// output is what a finished job made.
type output struct {
	Name    string    `json:"name"` // base name of the package
	Size    int64     `json:"size"` // of the whole archive
	Files   []outFile `json:"files"`
	HasMJCF bool      `json:"has_mjcf,omitempty"`
}

type outFile struct {
	Name string `json:"name"` // in the archive
	Size int64  `json:"size"`
}

func (j *job) visible() bool { return !j.hidden && !j.Vanished }

func (r *record) finished() bool { return r.Status == statusCompleted || r.Status == statusFailed }

// clone is a copy whose blocks may be changed.
func (r *record) clone() record {
	c := *r
	if r.Preprocess != nil {
		p := *r.Preprocess
		c.Preprocess = &p
	}
	return c
}

// shown is the file name as the API tells it.
func (r *record) shown() string {
	if r.Alias != "" {
		return r.Alias
	}
	return r.Filename
}

// subject is what a Fault's Match is compared with.
func (r *record) subject() string { return r.Filename + "\n" + r.ID }

// initial puts the job where an accepted one starts.
func (j *job) initial(now time.Time) {
	j.stage, j.progress = "Waiting for a worker", 0
	j.Status, j.Queued, j.Started = statusQueued, now, time.Time{}
	j.Preprocess = nil
	if j.Type == TypeFile && !strings.HasSuffix(strings.ToLower(j.Filename), ".glb") {
		j.Status, j.Queued, j.stage = statusPreprocessing, time.Time{}, "Waiting for preprocessing"
		j.Preprocess = &preprocess{Status: "pending"}
	}
}
