package dashboard

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simdrop/internal/control"
)

//go:embed page.html static
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"base": filepath.Base,
	"dir":  filepath.Dir,
}).ParseFS(files, "page.html"))

// pageJobs is how many jobs the page lists.
const pageJobs = 200

// view is what the page shows.
type view struct {
	Status  control.Status
	Version string
	State   string // the filter, empty for all
	Counts  []count
	Jobs    []row
	More    bool // there are more jobs than the page lists
	Problem *control.Problem
}

type count struct {
	State  string
	N      int
	Active bool
}

type row struct {
	control.Job
	Why     string
	Active  bool // has progress worth a bar
	Retry   bool
	Release bool
	Cancel  bool
	Ago     string
}

func (h *handler) page(w http.ResponseWriter, r *http.Request) {
	state, _, err := listing(r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	jobs, err := h.backend.Jobs(r.Context(), state, pageJobs+1)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	v := view{Status: h.backend.Status(r.Context()), Version: h.version, State: state, More: len(jobs) > pageJobs}
	for _, s := range control.States() {
		if n := v.Status.Jobs[s]; n > 0 || s == state {
			v.Counts = append(v.Counts, count{s, n, s == state})
		}
	}
	now := time.Now()
	for _, j := range jobs[:min(len(jobs), pageJobs)] {
		v.Jobs = append(v.Jobs, rowOf(j, now))
	}
	h.render(w, http.StatusOK, v)
}

func rowOf(j control.Job, now time.Time) row {
	return row{
		Job:     j,
		Why:     j.Why(now),
		Active:  slices.Contains([]string{control.Submitting, control.Converting, control.Fetching}, j.State),
		Retry:   j.State == control.Failed,
		Release: j.State == control.Held,
		Cancel:  !j.Resting() || j.State == control.Held,
		Ago:     ago(now.Sub(j.Updated)),
	}
}

// ago rounds to what a person would say.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}

// failPage tells a person in a browser what went wrong.
func (h *handler) failPage(w http.ResponseWriter, status int, p control.Problem) {
	h.render(w, status, view{Version: h.version, Problem: &p})
}

func (h *handler) render(w http.ResponseWriter, status int, v view) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, "page.html", v); err != nil {
		h.log.Error("draw the page", "err", err)
		h.writeJSON(w, http.StatusInternalServerError, control.Problem{Error: "the page could not be drawn"})
		return
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// static serves the style and the script.
func (h *handler) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	b, err := files.ReadFile("static/" + name)
	if err != nil {
		h.fail(w, r, &refusal{status: http.StatusNotFound, text: "there is nothing here"})
		return
	}
	kind := "text/css; charset=utf-8"
	if strings.HasSuffix(name, ".js") {
		kind = "text/javascript; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Write(b)
}
