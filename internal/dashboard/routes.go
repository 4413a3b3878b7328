package dashboard

import (
	"context"
	"log/slog"
	"net/http"

	"simdrop/internal/control"
)

// Options is what the dashboard needs.
type Options struct {
	Backend Backend
	// Token is the secret of control.token.
	Token string
	// Addr is the host:port it is served at: requests for other hosts are refused.
	Addr string
	// Logger may be nil.
	Logger  *slog.Logger
	Version string
}

// handler serves one control API. It keeps no state but sign-in codes, the number
// of wrong tokens and of event streams.
type handler struct {
	backend Backend
	log     *slog.Logger
	version string
	guard   guard
	codes   codes
	streams chan struct{}
}

// New returns the control API and the page.
func New(o Options) http.Handler {
	h := &handler{
		backend: o.Backend,
		log:     o.Logger,
		version: o.Version,
		guard:   newGuard(o.Addr, o.Token),
		streams: make(chan struct{}, maxStreams),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h.protect(h.routes())
}

// routes is the whole URL map. protect has already asked for the token, but for
// /healthz and /login.
func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.healthz)
	mux.HandleFunc("GET /login", h.login)

	mux.HandleFunc("GET /{$}", h.page)
	mux.HandleFunc("GET /static/{file}", h.static)
	mux.Handle("GET /metrics", h.metrics())

	mux.HandleFunc("GET /api/status", h.status)
	mux.HandleFunc("GET /api/jobs", h.jobs)
	mux.HandleFunc("GET /api/jobs/{id}", h.job)
	mux.HandleFunc("POST /api/jobs/{id}/retry", h.act(h.backend.Retry))
	mux.HandleFunc("POST /api/jobs/{id}/cancel", h.act(h.backend.Cancel))
	mux.HandleFunc("POST /api/jobs/{id}/release", h.act(h.backend.Release))
	mux.HandleFunc("POST /api/pause", h.toggle(h.backend.Pause))
	mux.HandleFunc("POST /api/resume", h.toggle(h.backend.Resume))
	mux.HandleFunc("POST /api/roots/confirm", h.root(h.backend.ConfirmRoot))
	mux.HandleFunc("POST /api/roots/takeover", h.root(h.backend.TakeoverRoot))
	mux.HandleFunc("POST /api/convert", h.convert)
	mux.HandleFunc("GET /api/explain", h.explain)
	mux.HandleFunc("GET /api/ledger", h.ledger)
	mux.HandleFunc("GET /api/events", h.events)
	mux.HandleFunc("POST /api/login", h.newCode)
	return jsonErrors(h, mux)
}

// verb is what a person does to a job.
type verb = func(context.Context, string) (control.Job, error)

// jsonErrors answers in JSON where the mux has nothing to offer.
func jsonErrors(h *handler, mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		miss, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		answer := &status{header: w.Header()}
		miss.ServeHTTP(answer, r) // sets Allow
		text := "there is nothing here"
		if answer.code == http.StatusMethodNotAllowed {
			text = r.Method + " is not possible here"
		}
		h.fail(w, r, &refusal{status: answer.code, text: text})
	})
}

// status is a ResponseWriter of which only the status and the header are wanted.
type status struct {
	header http.Header
	code   int
}

func (s *status) Header() http.Header         { return s.header }
func (s *status) Write(b []byte) (int, error) { return len(b), nil }
func (s *status) WriteHeader(code int)        { s.code = code }
