package engine

// Version and BuildDate label the packages. Version is the program's own, which the
// command line sets before anything else; a release sets BuildDate at link time
// (-ldflags "-X simdrop/internal/engine.BuildDate=YYYY-MM-DD"). Neither is read from
// the clock, so that equal input gives equal bytes.
var (
	Version   = "devel"
	BuildDate = "2026-11-01"
)

// Generator is the label in everything the engine writes.
func Generator() string { return "simdrop local engine " + Version + " (not Rigyd)" }
