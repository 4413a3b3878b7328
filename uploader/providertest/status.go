package providertest

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"simdrop/uploader"
)

// accepted follows one job from its submission to its result.
func (s suite) accepted(t *testing.T) {
	state := s.d.Working
	srv := s.serve(t, false, map[Ask]http.HandlerFunc{
		AskSubmit: say(s.d.AcceptedStatus, s.d.Accepted),
		AskPoll:   func(w http.ResponseWriter, r *http.Request) { say(200, state)(w, r) },
		AskResult: func(w http.ResponseWriter, _ *http.Request) { w.Write(s.d.Result) },
	})
	p := s.provider(t, srv.URL, nil)
	var sent int64
	sub := submission()
	sub.Sent = func(n int64) { sent = n }
	r, err := p.Submit(ctx(t), sub)
	if err != nil || r.ID != s.d.ID || r.Phase != uploader.Working {
		t.Fatalf("submit: %+v %v", r, err)
	}
	if sent < sub.Size || srv.posts.Load() != 1 {
		t.Errorf("told of %d bytes of %d, %d POSTs", sent, sub.Size, srv.posts.Load())
	}
	for _, step := range []struct {
		answer string
		phase  uploader.Phase
		text   string
	}{{s.d.Working, uploader.Working, ""}, {s.d.Finished, uploader.Finished, ""}, {s.d.Failed, uploader.Failed, s.d.Error}} {
		state = step.answer
		r, err := p.Poll(ctx(t), s.d.ID)
		if err != nil || r.Phase != step.phase || !r.Known || r.Error != step.text {
			t.Errorf("poll: %+v %v, want phase %d", r, err, step.phase)
		}
	}
	var got countingWriter
	n, err := p.Fetch(ctx(t), s.d.ID, s.d.Format, &got)
	if err != nil || n != int64(len(s.d.Result)) || int64(got) != n {
		t.Errorf("fetch: %d of %d bytes, %v", n, len(s.d.Result), err)
	}
}

type countingWriter int64

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}

// refusals are what a complete answer means before and after the body was sent.
var refusals = map[int]uploader.Class{
	400: uploader.Refused, 413: uploader.Refused, 415: uploader.Refused, 422: uploader.Refused,
	401: uploader.KeyRefused, 403: uploader.KeyRefused, 402: uploader.NoCredits, 429: uploader.RateLimited,
}

// doubtful are the statuses after which nobody can know.
var doubtful = []int{200, 201, 202, 204, 300, 301, 302, 303, 304, 307, 308, 404, 405, 408, 409, 410, 418, 423, 425, 428, 431, 451,
	500, 501, 502, 503, 504, 507, 520, 522, 524, 530, 599}

func (s suite) submitStatus(t *testing.T) {
	want := map[int]uploader.Class{}
	for _, code := range doubtful {
		want[code] = uploader.Ambiguous
	}
	for code, class := range refusals {
		want[code] = class
	}
	for code, class := range s.d.Submit {
		want[code] = class
	}
	for code, class := range want {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskSubmit: say(code, errorBody(code))})
			_, err := s.provider(t, srv.URL, nil).Submit(ctx(t), submission())
			if e := wantClass(t, err, class); e.Status != code {
				t.Errorf("status %d", e.Status)
			}
			if n := srv.posts.Load(); n != 1 {
				t.Errorf("%d POSTs", n)
			}
		})
	}
}

func errorBody(code int) string {
	if code == 204 || code == 304 {
		return ""
	}
	return `{"error": "something the provider says"}`
}

func (s suite) pollStatus(t *testing.T) {
	want := map[int]uploader.Class{
		401: uploader.KeyRefused, 403: uploader.KeyRefused, 402: uploader.NoCredits, 429: uploader.RateLimited,
		404: uploader.Gone, 409: uploader.NotReady,
		204: uploader.Transient, 301: uploader.Transient, 307: uploader.Transient, 400: uploader.Transient, 408: uploader.Transient,
		500: uploader.Transient, 502: uploader.Transient, 503: uploader.Transient, 504: uploader.Transient, 520: uploader.Transient,
	}
	for code, class := range want {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskPoll: say(code, errorBody(code))})
			_, err := s.provider(t, srv.URL, nil).Poll(ctx(t), s.d.ID)
			wantClass(t, err, class)
		})
	}
}

func (s suite) fetchStatus(t *testing.T) {
	want := map[int]uploader.Class{
		401: uploader.KeyRefused, 403: uploader.KeyRefused, 402: uploader.NoCredits, 429: uploader.RateLimited,
		400: uploader.Refused, 404: uploader.Gone, 409: uploader.NotReady,
		204: uploader.Transient, 206: uploader.Transient, 500: uploader.Transient, 502: uploader.Transient, 503: uploader.Transient,
	}
	for code, class := range want {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{
				AskPoll: say(200, s.d.Finished), AskResult: say(code, errorBody(code)),
			})
			n, err := s.provider(t, srv.URL, nil).Fetch(ctx(t), s.d.ID, s.d.Format, io.Discard)
			wantClass(t, err, class)
			if n != 0 {
				t.Errorf("%d bytes of an error page were taken for the result", n)
			}
		})
	}
}

func (s suite) retryAfter(t *testing.T) {
	date := time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-5": 0, "soon": 0, "99999999999999999999": time.Hour,
		date.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		date.Add(-time.Minute).Format(http.TimeFormat):     0,
		date.Add(48 * time.Hour).Format(http.TimeFormat):   time.Hour,
	} {
		h := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", date.Format(http.TimeFormat))
			if value != "" {
				w.Header().Set("Retry-After", value)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		}
		srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskSubmit: h, AskPoll: h})
		p := s.provider(t, srv.URL, nil)
		_, err := p.Submit(ctx(t), submission())
		if e := wantClass(t, err, uploader.RateLimited); e.After != want {
			t.Errorf("submit, Retry-After %q: %v, want %v", value, e.After, want)
		}
		_, err = p.Poll(ctx(t), s.d.ID)
		if e := wantClass(t, err, uploader.RateLimited); e.After != want {
			t.Errorf("poll, Retry-After %q: %v, want %v", value, e.After, want)
		}
	}
}
