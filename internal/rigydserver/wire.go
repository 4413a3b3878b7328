package rigydserver

import (
	"encoding/json"
	"time"
)

// envelope is the outermost object of a success.
type envelope struct {
	Data any       `json:"data"`
	Meta *pageMeta `json:"meta,omitempty"`
}

type pageMeta struct {
	Page      int `json:"page"`
	PageSize  int `json:"pageSize"`
	PageCount int `json:"pageCount"`
	Total     int `json:"total"`
}

// stamp is a time as the API writes it: UTC with milliseconds; null when zero.
type stamp time.Time

func (t stamp) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// submitted is the answer to a submission.
type submitted struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"`
	Filename    string  `json:"filename"`
	Progress    int     `json:"progress"`
	JobType     string  `json:"job_type"`
	Credits     float64 `json:"credits_charged"`
	SourceJobID string  `json:"source_job_id,omitempty"`
	CreatedAt   stamp   `json:"createdAt"`
}

func submittedJob(v view) submitted {
	return submitted{ID: v.ID, Status: v.Status, Filename: v.shown(), Progress: v.progress, JobType: v.Type,
		Credits: v.Credits, SourceJobID: v.SourceID, CreatedAt: stamp(v.Created)}
}

// listed is a job in the list.
type listed struct {
	ID        string  `json:"id"`
	Status    string  `json:"status"`
	Filename  string  `json:"filename"`
	Size      *int64  `json:"file_size_bytes"`
	Stage     string  `json:"stage"`
	Progress  int     `json:"progress"`
	JobType   string  `json:"job_type"`
	Credits   float64 `json:"credits_charged"`
	CreatedAt stamp   `json:"createdAt"`
	UpdatedAt stamp   `json:"updatedAt"`
}

func listedJob(v view) listed {
	return listed{ID: v.ID, Status: v.Status, Filename: v.shown(), Size: v.Size, Stage: v.stage, Progress: v.progress,
		JobType: v.Type, Credits: v.Credits, CreatedAt: stamp(v.Created), UpdatedAt: stamp(v.Updated)}
}

// fullJob is everything about a job. Dates are camelCase outside and snake_case
// in the blocks, as documented.
type fullJob struct {
	ID          string          `json:"id"`
	Status      string          `json:"status"`
	Stage       string          `json:"stage"`
	Progress    int             `json:"progress"`
	Error       *string         `json:"error"`
	Filename    string          `json:"filename"`
	Size        *int64          `json:"file_size_bytes"`
	Timing      timing          `json:"timing"`
	Parameters  map[string]any  `json:"parameters"`
	Report      json.RawMessage `json:"report"`
	JobType     string          `json:"job_type"`
	Credits     float64         `json:"credits_charged"`
	Input       inputBlock      `json:"input"`
	Preprocess  preprocessBlock `json:"preprocess"`
	Output      outputBlock     `json:"output"`
	SourceJobID string          `json:"source_job_id,omitempty"`
	SourceJob   *relative       `json:"source_job"`
	Simulations []relative      `json:"simulations"`
	CreatedAt   stamp           `json:"createdAt"`
	UpdatedAt   stamp           `json:"updatedAt"`
}

type timing struct {
	QueuedAt    stamp `json:"queued_at"`
	StartedAt   stamp `json:"started_at"`
	CompletedAt stamp `json:"completed_at"`
}

type inputBlock struct {
	Model    *link        `json:"model"`
	Images   []link       `json:"images"`
	Metadata *archiveInfo `json:"metadata"`
}

type preprocessBlock struct {
	Status          string          `json:"status"`
	Steps           []string        `json:"steps"`
	StartedAt       stamp           `json:"started_at"`
	CompletedAt     stamp           `json:"completed_at"`
	Error           *string         `json:"error"`
	InputStats      json.RawMessage `json:"input_stats"`
	Telemetry       *struct{}       `json:"telemetry"`        // never measured here
	IntermediateGLB *link           `json:"intermediate_glb"` // the engine makes none
}

type outputBlock struct {
	Model       *link  `json:"model"`
	Textures    []link `json:"textures"`
	MJCFPackage *link  `json:"mjcf_package"`
	SimVideo    *link  `json:"sim_video"`
	SimGIF      *link  `json:"sim_gif"`
	SimLog      *link  `json:"sim_log"`
}

// link names a file and where it can be had for a while without a key.
type link struct {
	URL  string `json:"url"`
	Name string `json:"name"`
	Size int64  `json:"size,omitempty"`
}

// relative is a job in another one's family.
type relative struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Filename string `json:"filename"`
	JobType  string `json:"job_type"`
}

func relativeJob(r *record) relative {
	return relative{ID: r.ID, Status: r.Status, Filename: r.shown(), JobType: r.Type}
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
