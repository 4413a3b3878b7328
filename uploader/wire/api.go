// Package wire is what the clients of conversion APIs share: how a request that
// costs money is sent once, how an answer is read, and what it means.
//
// Three rules shape it. A submission is one POST on a connection of its own: no
// keep-alive, no HTTP/2, no redirect, no retry, and nothing for net/http to replay;
// it announces its body with "Expect: 100-continue" (RFC 9110, section 10.1.1), so
// that a refusal arrives before the first byte is sent. The key goes to exactly
// one origin, the configured one; downloads from elsewhere use a client that has
// no key. And whatever a server answers is bounded, cleaned and classified here,
// in one place, so that nobody else reads status codes.
//
// Requests go through a RoundTripper rather than an http.Client: that one would
// follow redirects, keep cookies and print whole URLs in its errors.
package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"simdrop/internal/mutant"
	"simdrop/internal/redact"
	"simdrop/uploader"
)

// Defaults of Options.
const (
	DefaultIdle      = 60 * time.Second
	DefaultCall      = 60 * time.Second
	DefaultMaxResult = 16 << 30
)

// Options describes one provider's API.
type Options struct {
	Provider string // configured name, for errors
	BaseURL  string // http or https; a trailing slash is stripped
	// Key returns the API key, asked anew for every request. Nil: the API takes
	// none. An empty key is an error of class KeyRefused and nothing is sent.
	Key func() string
	// Authorize puts the key into a request's header. Nil: a Bearer token.
	Authorize func(h http.Header, key string)
	Header    http.Header // sent with every request that carries the key
	// UserAgent is sent with every request.
	UserAgent string
	Bandwidth int64         // bytes per second for all uploads together, 0 is unlimited
	Idle      time.Duration // without progress in an upload or download, 0 is DefaultIdle
	Answer    time.Duration // of silence after an upload's last byte, 0 is Idle
	Call      time.Duration // for a whole question and its small answer, 0 is DefaultCall
	MaxResult int64         // bytes of a download, 0 is DefaultMaxResult
	// Transport replaces the network. An *http.Transport gives its proxy, dialer
	// and TLS settings (such as further root certificates) to the hardened
	// transports made here; any other RoundTripper is used as it is. Nil: the
	// system's settings.
	Transport http.RoundTripper
}

// API sends requests to one provider. It is safe for concurrent use.
type API struct {
	opt   Options
	base  *url.URL
	rt    transports
	limit *limiter
}

// New checks the options. It opens no connection.
func New(o Options) (*API, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Bandwidth < 0 {
		return nil, fmt.Errorf("bandwidth %d: must not be negative", o.Bandwidth)
	}
	o.Idle = orDefault(o.Idle, DefaultIdle)
	o.Answer = orDefault(o.Answer, o.Idle)
	o.Call = orDefault(o.Call, DefaultCall)
	if o.MaxResult == 0 {
		o.MaxResult = DefaultMaxResult
	}
	if o.Authorize == nil {
		o.Authorize = func(h http.Header, key string) { h.Set("Authorization", "Bearer "+key) }
	}
	return &API{opt: o, base: base, rt: newTransports(o.Transport), limit: newLimiter(o.Bandwidth)}, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	switch {
	case err != nil:
		return nil, errors.New("base URL: not a URL") // the parser's text would repeat what may hold a password
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("base URL %q: must begin with https:// or http://", redact.Text(s))
	case u.Hostname() == "":
		return nil, fmt.Errorf("base URL %q: has no host", redact.Text(s))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("base URL: must have no user, query or fragment")
	}
	return u, nil
}

// BaseURL is the normalised base URL, without a trailing slash.
func (a *API) BaseURL() string { return a.base.String() }

// Close drops idle connections.
func (a *API) Close() { a.rt.closeIdle() }

// request makes a request to path below the base URL, with the key. The path is
// already escaped.
func (a *API) request(ctx context.Context, op, method, path string, q url.Values) (*http.Request, error) {
	target := a.base.String() + path
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, a.fail(op, uploader.NotSent, "", err)
	}
	if err := a.authorize(op, req); err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}

func (a *API) authorize(op string, req *http.Request) error {
	for name, values := range a.opt.Header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", a.opt.UserAgent)
	if a.opt.Key == nil {
		return nil
	}
	key := a.key()
	if key == "" {
		return a.fail(op, uploader.KeyRefused, "no API key is configured", nil)
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return a.fail(op, uploader.KeyRefused, "the API key holds a character that no key has", nil)
	}
	a.opt.Authorize(req.Header, key)
	if op == "poll" && mutant.Is(mutant.TellKey) {
		panic("no request with the key " + key + " can be made")
	}
	return nil
}

// key is the present key without the line break that key files end with.
func (a *API) key() string {
	if a.opt.Key == nil {
		return ""
	}
	return strings.TrimSpace(a.opt.Key())
}

// fail makes the error for a request that got no answer.
func (a *API) fail(op string, c uploader.Class, detail string, cause error) *uploader.Error {
	key := a.key()
	return &uploader.Error{Provider: a.opt.Provider, Op: op, Class: c,
		Detail: redact.Text(detail, key), Cause: redact.Error(cause, key)}
}
