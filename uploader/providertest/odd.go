package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"simdrop/uploader"
)

// oddAnswers are complete answers with a status of success that make no sense, or
// a little less than the documentation promises.
func (s suite) oddAnswers(t *testing.T) {
	bodies := []string{
		"", "null", "true", "[]", "{}", "\"x\"", "{", "{\"data\": null}", `{"data": []}`, `{"data": "x"}`, `{"data": {}}`,
		"<html><body>It works!</body></html>", "\xff\xfe", strings.Repeat("[", 100000), `{"data": {"id": null}}`, `{"data": {"id": ""}}`,
		`{"data": {"id": {}}}`, `{"data": {"id": "` + strings.Repeat("x", 201) + `"}}`, `{"data": {"id": "a\u0000b"}}`, `{"data": {"id": ".."}}`,
		`{"error": "no"}`, "{\"data\": {\"id\": \"" + strings.Repeat("y", 9<<20) + "\"}}",
	}
	for _, body := range bodies {
		t.Run(fmt.Sprintf("%.40q", body), func(t *testing.T) {
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskSubmit: say(s.d.AcceptedStatus, body), AskPoll: say(200, body)})
			p := s.provider(t, srv.URL, nil)
			_, err := p.Submit(ctx(t), submission())
			wantClass(t, err, uploader.Ambiguous)
			_, err = p.Poll(ctx(t), s.d.ID)
			wantClass(t, err, uploader.Transient)
		})
	}
	t.Run("unknown status", func(t *testing.T) {
		for _, word := range []string{"running", "\"running\""} {
			strange := strings.ReplaceAll(s.d.Working, word, strings.ReplaceAll(word, "running", "hibernating"))
			if strange == s.d.Working {
				continue
			}
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskPoll: say(200, strange)})
			r, err := s.provider(t, srv.URL, nil).Poll(ctx(t), s.d.ID)
			if err != nil || r.Phase != uploader.Working || r.Known || r.Status != "hibernating" {
				t.Errorf("%+v %v", r, err)
			}
		}
	})
}

// secrets has the server say the key back in every way.
func (s suite) secrets(t *testing.T) {
	echo := "you sent " + Key + "\x1b]0;x\x07 and Bearer " + Key + " \x00 see https://s3.example/o?X-Amz-Signature=" + Key
	for _, code := range []int{200, 400, 401, 402, 404, 409, 429, 500} {
		for _, body := range []string{echo, fmt.Sprintf(`{"error": {"message": %q}}`, echo), fmt.Sprintf(`{"data": {"error": %q}}`, echo), "<b>" + echo + "</b>"} {
			h := say(code, body)
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskSubmit: h, AskPoll: h, AskResult: h, AskOther: h})
			p := s.provider(t, srv.URL, nil)
			_, err := p.Submit(ctx(t), submission())
			s.told(t, err)
			_, err = p.Poll(ctx(t), s.d.ID)
			s.told(t, err)
			_, err = p.Fetch(ctx(t), s.d.ID, s.d.Format, io.Discard)
			s.told(t, err)
			if l, ok := p.(uploader.Lister); ok {
				_, err = l.Newest(ctx(t))
				s.told(t, err)
				_, err = l.Since(ctx(t), uploader.Fence{})
				s.told(t, err)
			}
		}
	}
}

func (s suite) told(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	noSecret(t, err)
	if len([]rune(err.Error())) > 1200 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

// cancelled is our own shutdown, which is nobody's fault.
func (s suite) cancelled(t *testing.T) {
	for _, ask := range []Ask{AskSubmit, AskPoll, AskResult} {
		t.Run(string(ask), func(t *testing.T) {
			c, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv := s.serve(t, true, map[Ask]http.HandlerFunc{ask: func(_ http.ResponseWriter, r *http.Request) {
				io.CopyN(io.Discard, r.Body, 1000)
				cancel()
				io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}})
			p := s.provider(t, srv.URL, nil)
			var err error
			switch ask {
			case AskSubmit:
				_, err = p.Submit(c, submission())
			case AskPoll:
				_, err = p.Poll(c, s.d.ID)
			case AskResult:
				_, err = p.Fetch(c, s.d.ID, s.d.Format, io.Discard)
			}
			var e *uploader.Error
			if !errors.Is(err, context.Canceled) || errors.As(err, &e) {
				t.Errorf("got %v (%T), want context.Canceled", err, err)
			}
		})
	}
}
