package rigyd

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"simdrop/uploader"
	"simdrop/uploader/wire"
)

func containsCanary(s string) bool { return strings.Contains(s, "CANARY") }

func decode(t *testing.T, body string) uploader.Remote {
	t.Helper()
	j, err := decodeJob(&wire.Answer{Status: 200, Body: []byte(body), Whole: true})
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return j.remote()
}

// One odd field must not make a paid job unreadable.
func TestOddFields(t *testing.T) {
	for field, check := range map[string]func(uploader.Remote) bool{
		`"progress":45.9`:                func(r uploader.Remote) bool { return r.Progress == 45 },
		`"progress":"45.9"`:              func(r uploader.Remote) bool { return r.Progress == 45 },
		`"progress":"45 %"`:              func(r uploader.Remote) bool { return r.Progress == 45 },
		`"progress":1e400`:               func(r uploader.Remote) bool { return r.Progress == 0 },
		`"progress":-3`:                  func(r uploader.Remote) bool { return r.Progress == 0 },
		`"progress":1000`:                func(r uploader.Remote) bool { return r.Progress == 100 },
		`"progress":{"a":1}`:             func(r uploader.Remote) bool { return r.Progress == 0 },
		`"status":"failed","error":"x"`:  func(r uploader.Remote) bool { return r.Phase == uploader.Failed && r.Error == "x" },
		`"status":"failed","error":null`: func(r uploader.Remote) bool { return r.Phase == uploader.Failed && r.Error != "" },
		`"status":"failed","error":{"message":"x","name":"E"}`: func(r uploader.Remote) bool { return r.Error == "x" },
		`"status":"failed","error":{"error":{"message":"x"}}`:  func(r uploader.Remote) bool { return r.Error == "x" },
		`"status":"failed","error":"a\u001b[31mb\nc"`:          func(r uploader.Remote) bool { return r.Error == "ab c" },
		`"status":"FAILED"`:                func(r uploader.Remote) bool { return r.Phase == uploader.Failed },
		`"status":"cancelled"`:             func(r uploader.Remote) bool { return r.Phase == uploader.Working && !r.Known },
		`"status":7`:                       func(r uploader.Remote) bool { return r.Phase == uploader.Working && !r.Known && r.Status == "7" },
		`"status":null`:                    func(r uploader.Remote) bool { return r.Phase == uploader.Working && !r.Known },
		`"status":"completed"`:             func(r uploader.Remote) bool { return r.Phase == uploader.Finished && !r.NoMJCF && r.Progress == 100 },
		`"status":"completed","output":{}`: func(r uploader.Remote) bool { return r.NoMJCF },
		`"status":"completed","output":[]`: func(r uploader.Remote) bool { return !r.NoMJCF },
		`"status":"completed","output":{"mjcf_package":{"url":"u"}}`: func(r uploader.Remote) bool { return !r.NoMJCF },
		`"status":"completed","output":{"sim_gif":"u","sim_log":{}}`: func(r uploader.Remote) bool { return len(r.Outputs) == 1 && r.Outputs[0] == "sim_gif" },
		`"credits_charged":"2"`:                           func(r uploader.Remote) bool { return r.Credits == 2 },
		`"credits_charged":null`:                          func(r uploader.Remote) bool { return r.Credits == 0 },
		`"createdAt":1777716000000`:                       func(r uploader.Remote) bool { return r.Created.Year() == 2026 },
		`"createdAt":"yesterday"`:                         func(r uploader.Remote) bool { return r.Created.IsZero() },
		`"file_size_bytes":"12"`:                          func(r uploader.Remote) bool { return r.Size == 12 },
		`"report":{ "a" : 1 }`:                            func(r uploader.Remote) bool { return string(r.Report) == `{"a":1}` },
		`"report":null`:                                   func(r uploader.Remote) bool { return r.Report == nil },
		`"simulations":["a",{"id":"b"},{"id":7},null,{}]`: func(r uploader.Remote) bool { return strings.Join(r.Simulations, " ") == "a b 7" },
		`"simulations":[{"id":"b"},{"id":"c"}]`:           func(r uploader.Remote) bool { return strings.Join(r.Simulations, " ") == "b c" },
		`"source_job":{"id":"p"}`:                         func(r uploader.Remote) bool { return r.Source == "p" },
		`"filename":{"name":"x.glb"}`:                     func(r uploader.Remote) bool { return r.Filename == "x.glb" },
	} {
		for _, body := range []string{`{"data":{"id":"j","status":"running",` + field + `}}`, `{"id":"j","status":"running",` + field + `}`} {
			if r := decode(t, body); !check(r) || r.ID != "j" {
				t.Errorf("%s: %+v", body, r)
			}
		}
	}
	if r := decode(t, `{"data":{"id":123}}`); r.ID != "123" {
		t.Errorf("a numeric ID became %q", r.ID)
	}
}

func FuzzDecodeJob(f *testing.F) {
	f.Add([]byte(`{"data":{"id":"j","status":"completed","progress":"1","output":{"sim_gif":{"url":"u"}},"simulations":[{"id":1}],"createdAt":"2026-05-02T10:00:00.000Z","report":{"a":[1]}}}`))
	f.Add([]byte(`{"id":1,"error":{"error":{"message":[]}},"source_job":[[[]]],"credits_charged":"Inf"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		j, err := decodeJob(&wire.Answer{Status: 200, Body: body, Whole: true})
		if err != nil {
			return
		}
		r := j.remote()
		if r.Progress < 0 || r.Progress > 100 || r.Size < 0 || !(r.Credits >= 0) {
			t.Fatalf("out of range: %+v", r)
		}
		for _, s := range []string{r.Status, r.Stage, r.Error, r.Type} {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1b\n") {
				t.Fatalf("unclean: %q", s)
			}
		}
		for _, id := range append(r.Simulations, r.Source) {
			if id != "" && checkID(id) != nil {
				t.Fatalf("bad ID %q", id)
			}
		}
		if r.Report != nil && !json.Valid(r.Report) {
			t.Fatalf("report %q", r.Report)
		}
		if r.Phase != uploader.Working && !r.Known {
			t.Fatalf("an unknown status ended a job: %+v", r)
		}
	})
}
