// Package rigydtest runs a Rigyd-compatible provider for tests: a real server
// with real jobs, a small converter, faults on demand and a ledger of truth.
//
//	p := rigydtest.Start(t)                          // on 127.0.0.1, port of the system's choice
//	p := rigydtest.Start(t, rigydtest.InProcess())   // no socket: for synctest bubbles
//
// Give p.URL as base URL, p.Key as key and p.Client() as HTTP client to what is
// tested, add faults with p.Faults.Add, and compare with p.Ledger() at the end.
package rigydtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
)

// Provider is a running server. It ends with its test.
type Provider struct {
	*rigydserver.Server
	URL     string // base URL, with /api
	Storage string // base URL of another host of the same server, for signed URLs
	Key     string
	Faults  *rigydserver.Faults
	Options rigydserver.Options // as given to New; Restart uses them again

	t       testing.TB
	local   bool // no socket
	handler atomic.Pointer[http.Handler]
	leaks   atomic.Int64
	gate    gate
	stop    func()
}

// Option changes how a provider is started.
type Option func(*Provider)

// InProcess leaves the network out: only Client reaches the server. A listener
// would freeze the clock of a synctest bubble.
func InProcess() Option { return func(p *Provider) { p.local = true } }

// With changes the server's options. What it leaves alone is made for tests:
// formats as documented, 1 credit for a file, 1000 credits on the account.
func With(change func(*rigydserver.Options)) Option {
	return func(p *Provider) { change(&p.Options) }
}

// WithFaults adds faults before the first request.
func WithFaults(faults ...rigydserver.Fault) Option {
	return func(p *Provider) { p.Faults.Add(faults...) }
}

// Took makes each conversion take d.
func Took(d time.Duration) Option { return func(p *Provider) { p.gate.took = d } }

// Prices are the documented prices in credits.
var Prices = map[string]float64{
	rigydserver.TypeFile: 1, rigydserver.TypeText: 2, rigydserver.TypeImage: 3, rigydserver.TypeMultiview: 3,
}

// Start starts a provider.
func Start(t testing.TB, opts ...Option) *Provider {
	t.Helper()
	p := &Provider{t: t, Key: "rgyd_test_0123456789abcdefghijklmnopqrstuvwxyz0123456", Faults: rigydserver.NewFaults(1)}
	p.Options = rigydserver.Options{
		Dir: t.TempDir(), Convert: Convert, Generate: Generate, Simulate: Simulate,
		NoSync: true, Workers: 2, Grace: time.Second, Keys: []string{p.Key}, Faults: p.Faults,
		Account: rigydserver.Account{Email: "artist@example.com", Username: "artist", Plan: "test", Credits: 1000, Metered: true},
		Price:   func(jobType string) float64 { return Prices[jobType] },
	}
	for _, o := range opts {
		o(p)
	}
	convert := p.Options.Convert
	p.Options.Convert = func(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
		if err := p.gate.pass(ctx); err != nil {
			return engine.Output{}, err
		}
		return convert(ctx, in, w)
	}
	p.run()
	t.Cleanup(func() { p.stop() })
	if p.local {
		p.URL, p.Storage = "http://localhost/api", "http://127.0.0.1"
		return p
	}
	api, storage := p.listen(), p.listen()
	p.URL, p.Storage = api+"/api", storage
	return p
}

// listen opens one more address for the same server.
func (p *Provider) listen() string {
	srv := httptest.NewServer(http.HandlerFunc(p.serve))
	p.t.Cleanup(func() {
		p.stop() // lets go of requests that a fault keeps waiting
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL
}

// run opens the state folder and starts the workers.
func (p *Provider) run() {
	p.t.Helper()
	s, err := rigydserver.New(p.Options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Server = s
	h := s.Handler()
	p.handler.Store(&h)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil {
			p.t.Errorf("run the provider: %v", err)
		}
	}()
	p.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		if err := s.Close(); err != nil {
			p.t.Errorf("close the provider: %v", err)
		}
	})
}

// Restart stops the server and starts one on the same state folder and address,
// as after an update. Faults and their counters stay.
func (p *Provider) Restart() {
	p.t.Helper()
	p.stop()
	p.run()
}

// Stop ends the workers, as before a shutdown; requests are still answered.
func (p *Provider) Stop() { p.stop() }

// Hold lets conversions begin but not go on until Release.
func (p *Provider) Hold() { p.gate.hold() }

// Release ends Hold.
func (p *Provider) Release() { p.gate.release() }

// Leaks counts requests that carried a key to the storage host.
func (p *Provider) Leaks() int { return int(p.leaks.Load()) }

// serve is the present server, behind what an object store does: a signed URL
// together with a key is refused.
func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/files/") && r.Header.Get("Authorization") != "" {
		p.leaks.Add(1)
		http.Error(w, "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>", http.StatusBadRequest)
		return
	}
	(*p.handler.Load()).ServeHTTP(w, r)
}

// Client returns an HTTP client that reaches the provider. Its redirects are
// followed; set CheckRedirect to see them.
func (p *Provider) Client() *http.Client {
	c := &http.Client{Transport: p.Transport()}
	p.t.Cleanup(c.CloseIdleConnections)
	return c
}

// Transport returns a new RoundTripper that reaches the provider.
func (p *Provider) Transport() http.RoundTripper {
	if p.local {
		return transport{http.HandlerFunc(p.serve)}
	}
	return http.DefaultTransport.(*http.Transport).Clone()
}

// gate holds conversions back.
type gate struct {
	took time.Duration

	mu   sync.Mutex
	open chan struct{} // nil: open
}

func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open = make(chan struct{})
	}
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open != nil {
		close(g.open)
		g.open = nil
	}
}

func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	if open != nil {
		select {
		case <-open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if g.took == 0 {
		return nil
	}
	t := time.NewTimer(g.took)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
