package rigydtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
)

// transport answers requests by calling a handler, without a socket. It keeps
// what clients rely on: bodies stream both ways, a 100-continue is asked for,
// announced lengths bind, an aborted handler is a cut connection, and leaving
// early cancels the request's context.
type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	in := serverRequest(ctx, req)
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
		traceRequest(trace, in)
	}
	w := &response{header: http.Header{}, ready: make(chan struct{})}
	w.out, w.in = io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer in.Body.Close()
		defer w.end()
		t.handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.ready:
	case <-ctx.Done():
		cancel()
		w.out.CloseWithError(ctx.Err())
		in.Body.Close() // a handler that reads it must not wait for a client that left
		<-ended
		return nil, ctx.Err()
	}
	if w.aborted {
		cancel()
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, ContentLength: w.length, Request: req,
		Body: &responseBody{w.out, cancel},
	}, nil
}

func serverRequest(ctx context.Context, req *http.Request) *http.Request {
	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	in.URL.Scheme, in.URL.Host = "", "" // a server sees only the path
	in.RemoteAddr = "127.0.0.1:50000"
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	// What a client sends ends where it said, or the request is broken.
	if req.ContentLength > 0 {
		in.Body = &exactBody{in.Body, req.ContentLength}
	}
	return in
}

// traceRequest calls the hooks at the moments at which a real connection does.
func traceRequest(trace *httptrace.ClientTrace, in *http.Request) {
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if in.Body == http.NoBody {
		if trace.WroteRequest != nil {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
		return
	}
	in.Body = &tracedBody{ReadCloser: in.Body, trace: trace, expect: in.Header.Get("Expect") != ""}
}

// response is the handler's side of an answer.
type response struct {
	header http.Header
	in     *io.PipeWriter
	out    *io.PipeReader
	once   sync.Once
	ready  chan struct{} // closed when the fields below are set

	sent    http.Header
	status  int
	length  int64 // -1: not announced
	aborted bool

	written int64
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	w.once.Do(func() {
		w.sent, w.status, w.length = w.header.Clone(), status, -1
		if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
			w.length = n
		}
		close(w.ready)
	})
}

func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.length >= 0 && w.written+int64(len(p)) > w.length {
		return 0, http.ErrContentLength
	}
	n, err := w.in.Write(p)
	w.written += int64(n)
	return n, err
}

// Flush has nothing to do: nothing is held back.
func (w *response) Flush() { w.WriteHeader(http.StatusOK) }

// end is deferred around the handler.
func (w *response) end() {
	switch v := recover(); {
	case v == nil:
		w.WriteHeader(http.StatusOK)
	case v != http.ErrAbortHandler:
		panic(v)
	default:
		w.once.Do(func() { w.aborted = true; close(w.ready) })
		w.in.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	if w.length > w.written {
		w.in.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	w.in.Close()
}

// responseBody cancels the request when the client is done with the answer.
type responseBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *responseBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

var errLongBody = errors.New("http: ContentLength does not match Body length")

// exactBody holds a body to its announced length.
type exactBody struct {
	io.ReadCloser
	left int64
}

func (b *exactBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	switch {
	case b.left < 0:
		return 0, errLongBody
	case err == io.EOF && b.left > 0:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// tracedBody tells the trace when the server asks for the body and when it has all of it.
type tracedBody struct {
	io.ReadCloser
	trace     *httptrace.ClientTrace
	expect    bool
	began, at bool
}

func (b *tracedBody) Read(p []byte) (int, error) {
	if !b.began {
		b.began = true
		if b.expect && b.trace.Got100Continue != nil {
			b.trace.Got100Continue()
		}
	}
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF && !b.at {
		b.at = true
		if b.trace.WroteRequest != nil {
			b.trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
	}
	return n, err
}
