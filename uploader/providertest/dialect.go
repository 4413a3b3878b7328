package providertest

import (
	"net/http"
	"strings"

	"simdrop/uploader"
)

// Ask is what a request asks for.
type Ask string

// The requests of a provider that the suite knows.
const (
	AskSubmit Ask = "submit"
	AskPoll   Ask = "poll"
	AskResult Ask = "result"
	AskOther  Ask = "other"
)

// Dialect is what differs between the APIs, in the words of their documentation.
type Dialect struct {
	BasePath string // appended to the server's address to make the base URL
	// Of tells what a request asks for.
	Of func(r *http.Request) Ask
	// Accepted is the answer to a submission, with AcceptedStatus; it carries ID.
	Accepted       string
	AcceptedStatus int
	ID             string
	Working        string // answer to a poll of a job that is not finished
	Finished       string
	Failed         string
	Error          string // of the job in Failed
	Format         string // one that results come in
	Result         []byte // what a result looks like
	// Carries tells whether a request carries the key.
	Carries func(r *http.Request) bool
	// Submit overrides what a status means for a submission, where the
	// documentation says so.
	Submit map[int]uploader.Class
}

// Rigyd is the dialect of the Rigyd API, from its documentation.
func Rigyd() Dialect {
	return Dialect{
		BasePath: "/api",
		Of: func(r *http.Request) Ask {
			switch {
			case r.Method == http.MethodPost && r.URL.Path == "/api/conversions":
				return AskSubmit
			case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/result"):
				return AskResult
			case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/conversions/"):
				return AskPoll
			}
			return AskOther
		},
		AcceptedStatus: http.StatusAccepted,
		ID:             "k3j9x0qv7d1m5t8w2b6n4c0z",
		Accepted: `{"data": {"id": "k3j9x0qv7d1m5t8w2b6n4c0z", "status": "queued", "filename": "chair_sd-k7q2m4x9ab0.glb",
			"progress": 0, "job_type": "glb_to_simready", "credits_charged": 1, "createdAt": "2026-05-02T10:00:00.000Z"}}`,
		Working: `{"data": {"id": "k3j9x0qv7d1m5t8w2b6n4c0z", "physiq_job_id": "p1", "status": "running", "stage": "collision",
			"progress": 40, "error": null, "filename": "chair_sd-k7q2m4x9ab0.glb", "file_size_bytes": 1048576,
			"timing": {"queued_at": "2026-05-02T10:00:00Z", "started_at": null, "completed_at": null}, "parameters": {}, "report": null,
			"job_type": "glb_to_simready", "credits_charged": 1, "input": {"model": {"url": "https://s3.example/i", "name": "i"}},
			"preprocess": null, "output": null, "source_job": null, "simulations": [],
			"createdAt": "2026-05-02T10:00:00.000Z", "updatedAt": "2026-05-02T10:00:01.000Z"}}`,
		Finished: `{"data": {"id": "k3j9x0qv7d1m5t8w2b6n4c0z", "status": "completed", "progress": 100, "error": null,
			"filename": "chair_sd-k7q2m4x9ab0.glb", "file_size_bytes": 1048576, "report": {"ok": true},
			"output": {"model": {"url": "https://s3.example/o", "name": "chair.usd", "size": 10}, "textures": [],
			"mjcf_package": null}, "createdAt": "2026-05-02T10:00:00.000Z", "updatedAt": "2026-05-02T10:02:00.000Z"}}`,
		Failed: `{"data": {"id": "k3j9x0qv7d1m5t8w2b6n4c0z", "status": "failed", "progress": 70,
			"error": "Mesh has no faces", "filename": "chair_sd-k7q2m4x9ab0.glb"}}`,
		Error:   "Mesh has no faces",
		Format:  "usd",
		Result:  append([]byte("PK\x03\x04"), []byte(strings.Repeat("archive bytes\n", 4096))...),
		Carries: func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+Key },
	}
}
