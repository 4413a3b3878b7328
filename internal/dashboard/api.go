package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"simdrop/internal/control"
)

const (
	maxBody      = 1 << 20
	maxPaths     = 1000
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	maxChallenge = 128
)

func (h *handler) healthz(w http.ResponseWriter, r *http.Request) {
	health := control.Health{Status: "ok"}
	if c := r.URL.Query().Get("challenge"); c != "" && len(c) <= maxChallenge {
		health.Proof = control.Proof(h.guard.token, c)
	}
	h.json(w, health)
}

func (h *handler) status(w http.ResponseWriter, r *http.Request) {
	h.json(w, h.backend.Status(r.Context()))
}

func (h *handler) jobs(w http.ResponseWriter, r *http.Request) {
	state, limit, err := listing(r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	jobs, err := h.backend.Jobs(r.Context(), state, limit)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if jobs == nil {
		jobs = []control.Job{} // an empty array, never null
	}
	h.json(w, jobs)
}

// listing reads ?state= and ?limit=.
func listing(r *http.Request) (state string, limit int, err error) {
	q := r.URL.Query()
	state = q.Get("state")
	if state != "" && !slices.Contains(control.States(), state) {
		return "", 0, &refusal{http.StatusBadRequest, "unknown state " + strconv.Quote(state),
			"known are " + strings.Join(control.States(), ", ")}
	}
	if l := q.Get("limit"); l != "" {
		if limit, err = strconv.Atoi(l); err != nil || limit < 0 {
			return "", 0, invalid("limit must be a whole number, 0 for no limit")
		}
	}
	return state, limit, nil
}

func (h *handler) job(w http.ResponseWriter, r *http.Request) {
	job, err := h.backend.Job(r.Context(), r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.json(w, job)
}

func (h *handler) act(do verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		job, err := do(r.Context(), r.PathValue("id"))
		h.answer(w, r, job, err)
	}
}

func (h *handler) toggle(do func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(r.Context())
		h.answer(w, r, h.backend.Status(r.Context()), err)
	}
}

// answer ends a POST. The page's buttons are plain forms, which work without a
// script: they go back to the page they were on.
func (h *handler) answer(w http.ResponseWriter, r *http.Request, v any, err error) {
	switch {
	case err != nil:
		h.fail(w, r, err)
	case wantsHTML(r):
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		h.json(w, v)
	}
}

func (h *handler) convert(w http.ResponseWriter, r *http.Request) {
	var in control.Convert
	if err := decode(w, r, &in); err != nil {
		h.fail(w, r, err)
		return
	}
	if len(in.Paths) == 0 || len(in.Paths) > maxPaths {
		h.fail(w, r, invalid("want between 1 and "+strconv.Itoa(maxPaths)+" paths"))
		return
	}
	for i, p := range in.Paths {
		if !filepath.IsAbs(p) {
			h.fail(w, r, invalid("not an absolute path: "+strconv.Quote(p)))
			return
		}
		in.Paths[i] = filepath.Clean(p)
		if byCookie(r) && !h.watched(r.Context(), in.Paths[i]) {
			h.fail(w, r, &refusal{http.StatusForbidden, "not in a watched folder: " + strconv.Quote(p), "use `simdrop convert`"})
			return
		}
	}
	jobs, err := h.backend.Convert(r.Context(), in.Paths)
	if jobs == nil {
		jobs = []control.Job{}
	}
	h.answer(w, r, jobs, err)
}

// watched says whether a path really lies in a watched folder: a browser must not
// be talked into sending other files away. Links are followed before the question.
func (h *handler) watched(ctx context.Context, path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	for _, w := range h.backend.Status(ctx).Watch {
		root, err := filepath.EvalSymlinks(w.Path)
		if err != nil {
			continue
		}
		if rel, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}

func (h *handler) explain(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Query().Get("path")
	if !filepath.IsAbs(path) {
		h.fail(w, r, invalid("want ?path= with an absolute path"))
		return
	}
	e, err := h.backend.Explain(r.Context(), filepath.Clean(path))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.json(w, e)
}

// decode reads a JSON body strictly, bounded in size and time.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout)) // not every writer has one
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return &refusal{status: http.StatusRequestEntityTooLarge, text: "the request is too large"}
		}
		return invalid("the request is not the JSON object that is wanted: " + err.Error())
	}
	return nil
}

func (h *handler) json(w http.ResponseWriter, v any) { h.writeJSON(w, http.StatusOK, v) }

func (h *handler) writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		h.log.Error("encode answer", "err", err)
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer could not be encoded"}`)
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}

// fail answers with what went wrong.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, p := problem(err)
	if status == http.StatusInternalServerError {
		h.log.Error("answer request", "path", r.URL.Path, "err", err)
	}
	if wantsHTML(r) {
		h.failPage(w, status, p)
		return
	}
	h.writeJSON(w, status, p)
}

// wantsHTML tells a person's browser from a program.
func wantsHTML(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "text/html")
}
