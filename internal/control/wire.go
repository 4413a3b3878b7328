// Package control is the daemon's control API as other programs see it: the JSON
// objects, and a client that finds the running daemon through its state folder.
package control

import "time"

// Job is the job object of the contract: the same in --json, API, hooks and webhooks.
type Job struct {
	ID           string     `json:"id"`
	Path         string     `json:"path"`     // the primary, absolute
	Watch        string     `json:"watch"`    // the watched root, empty for `convert`
	Provider     string     `json:"provider"` // configured name
	Type         string     `json:"type"`     // the provider's type: rigyd, local, …
	State        string     `json:"state"`
	Reason       string     `json:"reason"` // why it is held
	Error        string     `json:"error"`
	Hint         string     `json:"hint"`
	RemoteID     string     `json:"remote_id"`
	RemoteStatus string     `json:"remote_status"`
	Stage        string     `json:"stage"`
	Progress     int        `json:"progress"` // 0 to 100
	Attempts     int        `json:"attempts"`
	NextAttempt  *time.Time `json:"next_attempt"` // null when none is due
	Credits      float64    `json:"credits"`
	Key          string     `json:"key"`
	Bundle       []string   `json:"bundle"` // places in the bundle
	Bytes        int64      `json:"bytes"`
	Result       string     `json:"result"`         // the published folder, empty before
	Note         string     `json:"note,omitempty"` // what a person should know of the result
	// A conversion that is simulated afterwards names that job, and it names the
	// conversion and the scene.
	Simulation string    `json:"simulation,omitempty"`
	Simulates  string    `json:"simulates,omitempty"`
	Scene      string    `json:"scene,omitempty"`
	Created    time.Time `json:"created"`
	Updated    time.Time `json:"updated"`
}

// Status is what `simdrop status` shows.
type Status struct {
	Version   string           `json:"version"`
	PID       int              `json:"pid"`
	Started   time.Time        `json:"started"`
	StateDir  string           `json:"state_dir"`
	Control   string           `json:"control"` // address of the API, empty when off
	Paused    bool             `json:"paused"`
	Watch     []WatchStatus    `json:"watch"`
	Providers []ProviderStatus `json:"providers"`
	Jobs      map[string]int   `json:"jobs"` // by state
}

// WatchStatus is one watched root.
type WatchStatus struct {
	Path       string     `json:"path"`
	Provider   string     `json:"provider"`
	State      string     `json:"state"`  // starting, watching, offline, standby
	Detect     string     `json:"detect"` // events or poll: what is in use
	DetectWhy  string     `json:"detect_why"`
	FileSystem string     `json:"file_system"`
	Problem    string     `json:"problem"`
	Hint       string     `json:"hint"`
	Settling   int        `json:"settling"` // files on their way through the gates
	LastScan   *time.Time `json:"last_scan"`
}

// ProviderStatus is one configured provider.
type ProviderStatus struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	BaseURL  string `json:"base_url"`
	Problem  string `json:"problem"` // why nothing is submitted, empty when all is well
	Hint     string `json:"hint"`
	InFlight int    `json:"in_flight"`
}

// Explanation says why a file waits, is ignored, is held, or which job it became.
type Explanation struct {
	Path    string     `json:"path"`
	Verdict string     `json:"verdict"` // one sentence
	Gates   []Gate     `json:"gates"`
	Refs    []Ref      `json:"references"`
	Missing []string   `json:"missing"`
	Next    *time.Time `json:"next_check"`
	Job     *Job       `json:"job"`
}

// Gate is one gate's verdict: pass, wait, fail or unknown.
type Gate struct {
	Name    string     `json:"name"` // name, quiet, no writer, whole, complete, same bytes
	Verdict string     `json:"verdict"`
	Why     string     `json:"why"`
	Until   *time.Time `json:"until,omitempty"`
}

// Ref is one reference of the asset and what answers it.
type Ref struct {
	From  string `json:"from"`
	Where string `json:"where"`
	Raw   string `json:"raw"`
	Path  string `json:"path"`
	How   string `json:"how"`
	Note  string `json:"note,omitempty"` // why nothing answers, and what may be meant
}

// Convert is the body of POST /api/convert.
type Convert struct {
	Paths []string `json:"paths"`
}

// Problem is the body of every answer that is not a success.
type Problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}
