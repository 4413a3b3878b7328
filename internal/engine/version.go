package engine

// Version and BuildDate label the packages. A release sets both at link time
// (-ldflags "-X simdrop/internal/engine.Version=… -X …BuildDate=YYYY-MM-DD"); they
// are never read from the clock, so that equal input gives equal bytes.
var (
	Version   = "dev"
	BuildDate = "2026-11-01"
)

// Generator is the label in everything the engine writes.
func Generator() string { return "simdrop local engine " + Version + " (not Rigyd)" }
