package control

// The verdicts of a Check.
const (
	CheckOK      = "ok"
	CheckWarn    = "warn"    // it works, and could be better
	CheckFail    = "fail"    // something does not work
	CheckUnknown = "unknown" // it could not be found out
)

// Check is one finding of `simdrop doctor`.
type Check struct {
	Name    string `json:"name"`    // configuration, service, daemon, state, key, provider, clock, folder, watching, space, inotify, files, assimp
	Subject string `json:"subject"` // the folder or provider it is about, may be empty
	Verdict string `json:"verdict"`
	What    string `json:"what"` // one sentence
	Hint    string `json:"hint"` // what to do, empty where there is nothing
}
