// Package config reads simdrop's configuration: one YAML file, decoded strictly,
// all mistakes reported at once with their line and YAML path. Reading it has no
// side effect.
package config

import "time"

// The types of providers.
const (
	Rigyd     = "rigyd"
	Toolkit   = "toolkit"
	Convertly = "convertly"
	Local     = "local"
)

// Config is the whole configuration. Default gives every key its default.
type Config struct {
	// File is where it was read from, empty for defaults.
	File string `yaml:"-"`
	// Warnings are what a person should know and may leave as it is.
	Warnings []Mistake `yaml:"-"`

	// StateDir is absolute after Load, the OS's own place when the key is empty.
	StateDir  string              `yaml:"state_dir"`
	Log       Log                 `yaml:"log"`
	Control   Control             `yaml:"control"`
	Providers map[string]Provider `yaml:"providers"`
	Watch     []Watch             `yaml:"watch"`
	Hooks     Hooks               `yaml:"hooks"`
	Webhooks  []Webhook           `yaml:"webhooks"`
	// Notifications are messages on the desktop: auto, where there is one, or off.
	Notifications string `yaml:"notifications"`
}

// Log says what is logged, how and where.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // auto, text, json
	File   string `yaml:"file"`   // empty: stderr
}

// Control is the dashboard and API.
type Control struct {
	Listen string `yaml:"listen"` // empty turns both off
}

// Provider is a configured conversion API.
type Provider struct {
	Type          string   `yaml:"type"` // rigyd, toolkit, convertly, local
	BaseURL       string   `yaml:"base_url,omitempty"`
	Account       string   `yaml:"account,omitempty"` // names the account in job keys, where one URL serves several
	APIKey        Secret   `yaml:"api_key,omitempty"`
	APIKeyFile    string   `yaml:"api_key_file,omitempty"`
	MaxUploads    int      `yaml:"max_uploads"`
	MaxInFlight   int      `yaml:"max_in_flight"`
	PollInterval  Duration `yaml:"poll_interval"`
	GiveUpAfter   Duration `yaml:"give_up_after"`
	AmbiguousWait Duration `yaml:"ambiguous_wait"`
	Bandwidth     Size     `yaml:"bandwidth"` // bytes per second, 0 is unlimited
	Budget        Budget   `yaml:"budget"`
}

// Budget is in credits; 0 is no limit.
type Budget struct {
	PerDay       float64 `yaml:"per_day"`
	PerMonth     float64 `yaml:"per_month"`
	ApproveAbove int     `yaml:"approve_above"`
}

// Limits are what a folder's assets may cost, in credits; 0 is no limit.
type Limits struct {
	PerDay   float64 `yaml:"per_day"`
	PerMonth float64 `yaml:"per_month"`
}

// Watch is one watched folder.
type Watch struct {
	Path           string     `yaml:"path"`
	Provider       string     `yaml:"provider"`
	Accept         []string   `yaml:"accept"`
	Recursive      bool       `yaml:"recursive"`
	Ignore         []string   `yaml:"ignore"`
	Existing       string     `yaml:"existing"` // hold, convert, skip
	Detect         string     `yaml:"detect"`   // auto, events, poll
	SettlePeriod   Duration   `yaml:"settle_period"`
	RescanInterval Duration   `yaml:"rescan_interval"`
	PollInterval   Duration   `yaml:"poll_interval"`
	UndoWindow     Duration   `yaml:"undo_window"`
	Companions     Companions `yaml:"companions"`
	Convert        Convert    `yaml:"convert"`
	Budget         Limits     `yaml:"budget"`
	Result         Result     `yaml:"result"`
}

// Companions is what happens when a companion is missing.
type Companions struct {
	Wait    Duration `yaml:"wait"`
	Missing string   `yaml:"missing"` // hold, send, fail
}

// Convert holds the conversion options. Zero values are not sent.
type Convert struct {
	Format              string   `yaml:"format"`   // usd, mjcf, all
	Simulate            string   `yaml:"simulate"` // none, demo, drop
	TargetTriangleCount int      `yaml:"target_triangle_count,omitempty"`
	Threshold           *float64 `yaml:"threshold,omitempty"`
	LLMProvider         string   `yaml:"llm_provider,omitempty"`
	SkipValidation      bool     `yaml:"skip_validation,omitempty"`
	FaceLimit           int      `yaml:"face_limit,omitempty"`
	ModelVersion        string   `yaml:"model_version,omitempty"`
	Target              string   `yaml:"target,omitempty"` // toolkit and convertly
	Units               string   `yaml:"units,omitempty"`  // local: mm, cm, m, in
}

// Result is where results go.
type Result struct {
	Place        string `yaml:"place"` // beside, mirror
	Root         string `yaml:"root"`
	KeepVersions int    `yaml:"keep_versions"`
}

// Hooks are command lines that get the job as JSON on stdin.
type Hooks struct {
	OnDone   string `yaml:"on_done"`
	OnFailed string `yaml:"on_failed"`
	OnHeld   string `yaml:"on_held"`
}

// Webhook is a URL that gets the job as a signed POST.
type Webhook struct {
	URL    string   `yaml:"url"`
	Events []string `yaml:"events"`
	Secret Secret   `yaml:"secret"`
}

// Duration is a Go duration in YAML: 300ms, 5s, 2h.
type Duration time.Duration

// Size is a number of bytes in YAML: 4096, 8MiB, 1GB.
type Size int64

// Secret is a value that never shows: it prints as [redacted] everywhere.
type Secret string
