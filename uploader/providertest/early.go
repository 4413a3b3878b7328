package providertest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"simdrop/uploader"
)

// earlyAnswer refuses by the header alone, as servers do with uploads that are too
// large or not paid for. Then nothing was sent, and a 5xx is no mystery.
func (s suite) earlyAnswer(t *testing.T) {
	want := map[int]uploader.Class{
		404: uploader.NotSent, 408: uploader.NotSent, 417: uploader.NotSent,
		500: uploader.NotSent, 502: uploader.NotSent, 503: uploader.NotSent, 504: uploader.NotSent,
		302: uploader.Ambiguous, 307: uploader.Ambiguous, 409: uploader.Ambiguous, 200: uploader.Ambiguous,
	}
	for code, class := range refusals {
		want[code] = class
	}
	for code, class := range want {
		for _, header := range []string{"", "Connection: close\r\n"} {
			s.refuseEarly(t, code, header, class)
		}
	}
}

func (s suite) refuseEarly(t *testing.T, code int, header string, class uploader.Class) {
	t.Run(fmt.Sprint(code, header), func(t *testing.T) {
		var bodyBytes atomic.Int64
		srv := serveRaw(t, func(c *net.TCPConn, r *bufio.Reader) {
			if head, _ := readHeader(r); head == "" {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 %d Early\r\nContent-Length: 2\r\n%s\r\n{}", code, header)
			n, _ := io.Copy(io.Discard, r)
			bodyBytes.Add(n)
		})
		sub := submission()
		var told atomic.Int64
		sub.Sent = func(n int64) { told.Store(n) }
		_, err := s.provider(t, srv.url(), nil).Submit(ctx(t), sub)
		if e := wantClass(t, err, class); e.Status != code {
			t.Errorf("status %d", e.Status)
		}
		srv.wait()
		if bodyBytes.Load() != 0 || told.Load() != 0 {
			t.Errorf("%d body bytes arrived, %d were told", bodyBytes.Load(), told.Load())
		}
		if n := srv.conns.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// notSent has nobody to send to.
func (s suite) notSent(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	secure.Config.ErrorLog = discardLog
	t.Cleanup(secure.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	noName := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}}
	}}
	for name, at := range map[string]struct {
		url string
		rt  http.RoundTripper
	}{
		"name":        {"http://api.example", noName},
		"refused":     {"http://" + closed.Addr().String(), nil},
		"certificate": {secure.URL, nil},
		"no TLS":      {"https://" + plain.Listener.Addr().String(), nil},
		"old TLS":     {oldTLS(t), &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.provider(t, at.url, at.rt)
			_, err := p.Submit(ctx(t), submission())
			wantClass(t, err, uploader.NotSent)
			_, err = p.Poll(ctx(t), s.d.ID)
			wantClass(t, err, uploader.Transient)
		})
	}
	t.Run("unreadable file", func(t *testing.T) {
		srv := s.serve(t, false, nil)
		sub := submission()
		gone := errors.New("no such file")
		sub.Open = func() (io.ReadCloser, error) { return nil, gone }
		_, err := s.provider(t, srv.URL, nil).Submit(ctx(t), sub)
		wantClass(t, err, uploader.NotSent)
		if !errors.Is(err, gone) {
			t.Errorf("the reason is lost: %v", err)
		}
	})
}

// oldTLS is a server that speaks nothing newer than TLS 1.1.
func oldTLS(t *testing.T) string {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	srv.Config.ErrorLog = discardLog
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL
}
