package config

import (
	"net/url"
	"regexp"
	"time"
)

// providerName keeps names fit for logs, keychain entries and file names.
var providerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (k checker) provider(path, name string, p Provider) {
	if !providerName.MatchString(name) {
		k.wrong(path, "want a name of letters, digits, - and _, got %q", clip(name))
	}
	k.oneOf(path+".type", p.Type, Types()...)
	k.baseURL(path, p)
	if p.APIKey != "" && p.APIKeyFile != "" {
		k.wrong(path+".api_key_file", "api_key is given too: keep one of them")
	}
	if k.given(path+".api_key") && p.APIKey == "" {
		k.warn(path+".api_key", "is empty: the environment variable is not set")
	}
	k.between(path+".max_uploads", p.MaxUploads, 1, 64)
	k.between(path+".max_in_flight", p.MaxInFlight, 1, 10000)
	k.duration(path+".poll_interval", p.PollInterval, false)
	if d := p.PollInterval.D(); d > 0 && d < time.Second {
		k.warn(path+".poll_interval", "%v asks the provider more than once a second: it may refuse", p.PollInterval)
	}
	k.duration(path+".give_up_after", p.GiveUpAfter, false)
	k.duration(path+".ambiguous_wait", p.AmbiguousWait, false)
	k.credits(path+".budget.per_day", p.Budget.PerDay)
	k.credits(path+".budget.per_month", p.Budget.PerMonth)
	k.atLeast(path+".budget.approve_above", p.Budget.ApproveAbove, 0)
}

func (k checker) baseURL(path string, p Provider) {
	path += ".base_url"
	switch {
	case p.Type == Local:
		if p.BaseURL != "" {
			k.wrong(path, "a local provider converts in this process: remove base_url, or use type: rigyd for an engine elsewhere")
		}
		return
	case p.BaseURL == "":
		k.wrong(path, "is needed")
		return
	}
	if text := webURL(p.BaseURL); text != "" {
		k.wrong(path, "%s", text)
		return
	}
	if u, err := url.Parse(p.BaseURL); err == nil && (u.RawQuery != "" || u.ForceQuery) {
		k.wrong(path, "must not have a query (?…)")
	}
	if clear(p.BaseURL) {
		k.warn(path, "the key and the assets travel unencrypted to %s", p.BaseURL)
	}
}
