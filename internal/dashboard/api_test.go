package dashboard

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"simdrop/internal/control"
)

func TestAnswers(t *testing.T) {
	abs := "/a/x.glb"
	if runtime.GOOS == "windows" {
		abs = "C:/a/x.glb"
	}
	tests := []struct {
		method, target, body string
		want                 int
		text                 string
	}{
		{"GET", "/healthz", "", 200, `"status":"ok"`},
		{"GET", "/api/status", "", 200, `"paused":false`},
		{"GET", "/api/jobs", "", 200, `"id":"j3"`},
		{"GET", "/api/jobs?state=done", "", 200, `[]`},
		{"GET", "/api/jobs?state=failed&limit=1", "", 200, `"id":"j1"`},
		{"GET", "/api/jobs?state=lost", "", 400, `unknown state`},
		{"GET", "/api/jobs?limit=-1", "", 400, `limit must be`},
		{"GET", "/api/jobs?limit=x", "", 400, `limit must be`},
		{"GET", "/api/jobs/j1", "", 200, `"state":"failed"`},
		{"GET", "/api/jobs/j9", "", 404, `job j9: not found`},
		{"POST", "/api/jobs/j1/retry", "", 200, `"state":"queued"`},
		{"POST", "/api/jobs/j2/retry", "", 409, `j2 is held: not possible in this state`},
		{"POST", "/api/jobs/j2/release", "", 200, `"state":"queued"`},
		{"POST", "/api/jobs/j3/cancel", "", 200, `"state":"cancelled"`},
		{"POST", "/api/jobs/j9/cancel", "", 404, `not found`},
		{"POST", "/api/jobs/j1/explode", "", 404, `there is nothing here`},
		{"GET", "/api/jobs/j1/retry", "", 405, `GET is not possible here`},
		{"DELETE", "/api/jobs/j1", "", 405, `not possible`},
		{"POST", "/api/pause", "", 200, `"paused":true`},
		{"POST", "/api/resume", "", 200, `"paused":false`},
		{"GET", "/api/pause", "", 405, `not possible`},
		{"POST", "/api/convert", `{"paths":["` + abs + `"]}`, 200, `x.glb`},
		{"POST", "/api/convert", `{"paths":["x.glb"]}`, 400, `not an absolute path`},
		{"POST", "/api/convert", `{"paths":[]}`, 400, `want between 1 and`},
		{"POST", "/api/convert", `{"path":"x"}`, 400, `not the JSON object`},
		{"POST", "/api/convert", `nonsense`, 400, `not the JSON object`},
		{"POST", "/api/convert", `{"paths":["` + strings.Repeat("x", maxBody) + `"]}`, 413, `too large`},
		{"POST", "/api/roots/confirm", `{"path":"` + abs + `"}`, 200, `"changed":true`},
		{"POST", "/api/roots/takeover", `{"path":"` + abs + `"}`, 409, `is offline`},
		{"POST", "/api/roots/confirm", `{"path":"` + abs + `x"}`, 404, `not found`},
		{"POST", "/api/roots/confirm", `{"path":"x"}`, 400, `not an absolute path`},
		{"POST", "/api/roots/confirm", `{}`, 400, `not an absolute path`},
		{"GET", "/api/roots/confirm", "", 405, `not possible`},
		{"GET", "/api/explain?path=" + abs, "", 200, `still being written`},
		{"GET", "/api/explain?path=x.glb", "", 400, `absolute path`},
		{"GET", "/api/ledger", "", 200, `"net":2`},
		{"GET", "/api/ledger?since=2026-05-03", "", 200, `"entries":[]`},
		{"GET", "/api/ledger?since=yesterday", "", 400, `wants a day`},
		{"GET", "/api/ledger?since=2026-13-01", "", 400, `wants a day`},
		{"GET", "/api/nothing", "", 404, `there is nothing here`},
		{"GET", "/metrics", "", 200, `simdrop_jobs{state="failed"} 1`},
		{"GET", "/metrics", "", 200, `simdrop_provider_ok{provider="rigyd"} 0`},
		{"GET", "/static/page.js", "", 200, `EventSource`},
		{"GET", "/static/nothing.js", "", 404, `nothing here`},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			f := newFake(control.Failed, control.Held, control.Converting)
			f.watch = []control.WatchStatus{{Path: filepath.FromSlash(abs), State: "offline"}}
			h := testHandler(f)
			w := ask(h, tt.method, tt.target, tt.body, "Authorization", bearer)
			if w.Code != tt.want || !strings.Contains(w.Body.String(), tt.text) {
				t.Errorf("%d %s\nwant %d %s", w.Code, w.Body, tt.want, tt.text)
			}
			var p control.Problem
			if tt.want >= 400 && (json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Error == "") {
				t.Errorf("no problem object: %s", w.Body)
			}
			if tt.want == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
				t.Error("no Allow header")
			}
		})
	}
}

func TestPage(t *testing.T) {
	f := newFake(control.Failed, control.Done)
	f.watch = []control.WatchStatus{{Path: "/mnt/nas", State: "offline", Provider: "rigyd", Problem: "the folder is missing", Hint: "is the drive mounted?"}}
	j := f.add("/a/<script>alert(1)</script>.glb", control.Held)
	f.jobs[0].Reason = "companions"
	f.jobs[0].Hint = "copy wood.png beside it"
	f.jobs[1].Result, f.jobs[1].Type = "/a/done.simready", "local"
	h := testHandler(f)
	body := ask(h, "GET", "/", "", "Authorization", bearer, "Accept", "text/html").Body.String()
	for _, want := range []string{"&lt;script&gt;", "files it refers to are missing", "copy wood.png", "/a/done.simready", "is the drive mounted?",
		"/api/jobs/" + j.ID + "/release", "/api/jobs/j1/retry", "Pause submissions", "held 1", "the key is refused", "local engine, not Rigyd", `http-equiv="refresh"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(body, "not Rigyd"); n != 1 {
		t.Errorf("%d jobs are marked as the local engine's, want one", n)
	}
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "style=") || strings.Contains(body, "onclick") {
		t.Error("the page holds what its policy or its reader must not run")
	}
	body = ask(h, "GET", "/?state=done", "", "Authorization", bearer).Body.String()
	if strings.Contains(body, "failed.glb") || !strings.Contains(body, "done.glb") {
		t.Error("the filter does not work")
	}
	if w := ask(h, "GET", "/?state=lost", "", "Authorization", bearer, "Accept", "text/html"); w.Code != 400 {
		t.Errorf("an unknown filter: %d", w.Code)
	}
}
