package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"

	"simdrop/uploader"
)

// maxHops is how many redirects a download follows.
const maxHops = 5

// hop is the last station of a download.
type hop struct {
	resp    *http.Response
	away    bool // it has left the API's origin
	release func()
}

func (h hop) close() {
	h.resp.Body.Close()
	h.release()
}

// follow asks for d and goes along with redirects. Once it has left the API's
// origin it never uses the key again, not even if it is sent back; without withKey
// it never does. more is sent along on every hop.
func (a *API) follow(ctx context.Context, d Download, more http.Header, withKey bool) (hop, error) {
	target, err := a.firstTarget(d)
	if err != nil {
		return hop{}, a.fail(d.Op, uploader.Transient, "", err)
	}
	near := reachOfName(a.base.Hostname())
	if !withKey || !sameOrigin(a.base, target) {
		near = max(near, a.rt.lookup(ctx, a.base))
	}
	away := !withKey
	for range maxHops + 1 {
		away = away || !sameOrigin(a.base, target)
		if away && a.tells(target) {
			return hop{}, a.fail(d.Op, uploader.Transient, "", errTells)
		}
		h, err := a.visit(ctx, d.Op, target, more, away, &near)
		if err != nil {
			return hop{}, err
		}
		location := h.resp.Header.Get("Location")
		if !redirects(h.resp.StatusCode) || location == "" {
			return h, nil
		}
		h.close()
		next, err := target.Parse(location)
		if err == nil {
			err = checkTarget(target, next)
		}
		if err != nil {
			return hop{}, a.fail(d.Op, uploader.Transient, "", err)
		}
		target = next
	}
	return hop{}, a.fail(d.Op, uploader.Transient, "", fmt.Errorf("more than %d redirects", maxHops))
}

// errTells ends a download whose address a server has put our key into.
var errTells = errors.New("the download leads to another host with the API key in its address")

// tells reports whether a request to u would show our key.
func (a *API) tells(u *url.URL) bool {
	key := a.key()
	if key == "" {
		return false
	}
	plain, err := url.QueryUnescape(u.String())
	return strings.Contains(u.String(), key) || err == nil && strings.Contains(plain, key)
}

func (a *API) firstTarget(d Download) (*url.URL, error) {
	if d.URL == "" {
		u, err := url.Parse(a.base.String() + d.Path)
		if err == nil && len(d.Query) > 0 {
			u.RawQuery = d.Query.Encode()
		}
		return u, err
	}
	u, err := a.base.Parse(d.URL)
	if err != nil {
		return nil, errors.New("the address of the file is not a URL")
	}
	return u, checkTarget(a.base, u)
}

// checkTarget refuses what is not the web, and a step from https to http, which
// would show the file, and its signed URL, to everyone on the way.
func checkTarget(from, to *url.URL) error {
	switch {
	case to.Scheme != "http" && to.Scheme != "https" || to.Hostname() == "":
		return fmt.Errorf("the download leads to a %s address", to.Scheme)
	case from.Scheme == "https" && to.Scheme == "http":
		return errors.New("the download leads from https to http")
	}
	return nil
}

// visit makes one request, with the key if we are still at the API's origin.
// Where that turns out to be, in terms of addresses, is noted in near.
func (a *API) visit(ctx context.Context, op string, u *url.URL, more http.Header, away bool, near *reach) (hop, error) {
	req := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	for name, values := range more {
		req.Header[name] = values
	}
	rt, release := a.rt.result, func() {}
	if away {
		req.Header.Set("User-Agent", a.opt.UserAgent)
		var err error
		if rt, release, err = a.rt.elsewhere(u, *near); err != nil {
			return hop{}, a.fail(op, uploader.Transient, "", err)
		}
	} else {
		if err := a.authorize(op, req); err != nil {
			return hop{}, err
		}
		if !a.rt.proxied(u) {
			req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
				GotConn: func(i httptrace.GotConnInfo) { *near = max(*near, reachOfConn(i.Conn.RemoteAddr())) },
			}))
		}
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		release()
		return hop{}, a.fail(op, uploader.Transient, "", lostCause(ctx, err))
	}
	return hop{resp, away, release}, nil
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// sameOrigin compares scheme, host and port (RFC 6454, section 5).
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
