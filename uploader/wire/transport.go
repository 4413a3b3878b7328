package wire

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 15 * time.Second
	// continueWait is how long a server that ignores Expect is waited for.
	continueWait = 3 * time.Second
	// copyBuffer is the one buffer a transfer of any size takes.
	copyBuffer = 256 << 10
	// maxConns bounds the connections that polling many jobs opens.
	maxConns = 8
)

// transports are the ways out. Submissions have one each, see submit; downloads
// from other origins too, see elsewhere.
type transports struct {
	base   *http.Transport   // nil when custom is used
	custom http.RoundTripper // used as it is
	api    http.RoundTripper // questions, with the key
	result http.RoundTripper // downloads from the API's origin, with the key
}

func newTransports(rt http.RoundTripper) transports {
	base, ok := rt.(*http.Transport)
	if rt != nil && !ok {
		return transports{custom: rt, api: rt, result: rt}
	}
	if base == nil {
		base = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	base = harden(base)
	api := base.Clone()
	api.ForceAttemptHTTP2 = true
	api.MaxConnsPerHost = maxConns
	api.MaxIdleConnsPerHost = maxConns
	result := base.Clone()
	result.DisableCompression = true
	return transports{base: base, api: api, result: result}
}

// harden keeps proxy, dialer and TLS settings of t and sets what safety needs.
func harden(t *http.Transport) *http.Transport {
	t = t.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	t.TLSHandshakeTimeout = handshakeTimeout
	t.ExpectContinueTimeout = continueWait
	t.IdleConnTimeout = 90 * time.Second
	t.MaxResponseHeaderBytes = 256 << 10
	return t
}

// submit returns a transport for one POST: HTTP/1.1, which costs less per byte
// than HTTP/2, on a fresh connection, because net/http may send a request again
// when a reused one is cut. All that moves on the connection feeds w.
func (t transports) submit(w *watchdog) (http.RoundTripper, func()) {
	if t.custom != nil {
		return t.custom, func() {}
	}
	tr := t.base.Clone()
	tr.DisableKeepAlives = true
	tr.DisableCompression = true
	tr.ForceAttemptHTTP2 = false
	tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	tr.Protocols = new(http.Protocols)
	tr.Protocols.SetHTTP1(true)
	dial := dialer(tr)
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		w.follow(conn)
		return &watchedConn{Conn: conn, w: w, chunk: oneWrite}, nil
	}
	return tr, tr.CloseIdleConnections
}

func dialer(t *http.Transport) func(ctx context.Context, network, addr string) (net.Conn, error) {
	if t.DialContext != nil {
		return t.DialContext
	}
	return (&net.Dialer{Timeout: dialTimeout}).DialContext
}

func (t transports) closeIdle() {
	for _, rt := range []http.RoundTripper{t.api, t.result} {
		if c, ok := rt.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}
