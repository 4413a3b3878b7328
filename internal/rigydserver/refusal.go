package rigydserver

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// refusal is an answer that is not a success, in the words of the API's documentation.
type refusal struct {
	status     int
	text       string
	jobStatus  string // sent as "status" when a job is not ready
	retryAfter string // sent as Retry-After
	html       bool   // answered by the web server in front, not by the API
}

func (e *refusal) Error() string { return e.text }

// The documented refusals without variable parts.
var (
	errNoKey        = &refusal{status: 401, text: "Authentication required"}
	errBadKey       = &refusal{status: 401, text: "Invalid API key"}
	errCredits      = &refusal{status: 402, text: "Insufficient credits"}
	errNoJob        = &refusal{status: 404, text: "Conversion job not found"}
	errNoMJCF       = &refusal{status: 404, text: "MJCF package is not available for this conversion"}
	errFormat       = &refusal{status: 400, text: "Invalid format. Expected one of: usd, mjcf, all"}
	errFilename     = &refusal{status: 400, text: "Invalid filename"}
	errArchive      = &refusal{status: 400, text: "Archive must contain exactly one .obj/.gltf/.usd file"}
	errSourceEarly  = &refusal{status: 409, text: "Source job must be completed before simulation"}
	errSimulateSim  = &refusal{status: 422, text: "Cannot simulate a simulation job"}
	errTooLargeHTML = &refusal{status: 413, text: "Request Entity Too Large", html: true}
)

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

func writeRefusal(w http.ResponseWriter, e *refusal) {
	if e.retryAfter != "" {
		w.Header().Set("Retry-After", e.retryAfter)
	}
	if e.html {
		title := fmt.Sprintf("%d %s", e.status, e.text)
		page := fmt.Sprintf("<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr>\r\n</body>\r\n</html>\r\n", title, title)
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, page)
		return
	}
	body := map[string]string{"error": e.text}
	if e.jobStatus != "" {
		body["status"] = e.jobStatus
	}
	writeJSON(w, e.status, body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		status, b = http.StatusInternalServerError, strings.Builder{}
		b.WriteString(`{"error":"Internal server error"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String()))
}

// notOffered answers paths that this server does not have, compositions among them.
func notOffered(*exchange) error { return &refusal{status: 404, text: "Not Found"} }
