package config

import (
	"slices"
	"time"
)

// baseURLs are the providers' public addresses by type; local has none.
var baseURLs = map[string]string{
	Rigyd:     "https://api.rigyd.com/api",
	Toolkit:   "https://convert.toolkitapi.io",
	Convertly: "https://convertly.sh",
	Local:     "",
}

// Types are the known types of providers.
func Types() []string { return []string{Rigyd, Toolkit, Convertly, Local} }

// Default is the configuration of an empty file: one provider named rigyd, without
// a key since that comes from the environment, and nothing watched.
func Default() Config {
	return Config{
		Log:       Log{Level: "info", Format: "auto"},
		Control:   Control{Listen: "127.0.0.1:7420"},
		Providers: map[string]Provider{Rigyd: DefaultProvider(Rigyd)},

		Notifications: "auto",
	}
}

// DefaultProvider is a provider of that type with every default.
func DefaultProvider(typ string) Provider {
	return Provider{
		Type:          typ,
		BaseURL:       baseURLs[typ],
		MaxUploads:    2,
		MaxInFlight:   16,
		PollInterval:  Duration(4 * time.Second),
		GiveUpAfter:   Duration(2 * time.Hour),
		AmbiguousWait: Duration(5 * time.Minute),
		Budget:        Budget{ApproveAbove: 25},
	}
}

// DefaultWatch is a watched folder with every default and no path.
func DefaultWatch() Watch {
	return Watch{
		Provider:       Rigyd,
		Accept:         []string{"models"},
		Recursive:      true,
		Existing:       "hold",
		Detect:         "auto",
		SettlePeriod:   Duration(5 * time.Second),
		RescanInterval: Duration(5 * time.Minute),
		PollInterval:   Duration(15 * time.Second),
		Companions:     Companions{Wait: Duration(time.Minute), Missing: "hold"},
		Convert:        Convert{Format: "usd", Simulate: "none"},
		Result:         Result{Place: "beside"},
	}
}

// defaultType is the type of a provider that does not state one: its name where
// that is a type, so that `toolkit: {}` is what it looks like.
func defaultType(name string) string {
	if slices.Contains(Types(), name) {
		return name
	}
	return Rigyd
}
