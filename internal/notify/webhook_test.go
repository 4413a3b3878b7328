package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/notify"
	"simdrop/queue"
)

var allStates = queue.States

// hook gives the rig a receiver that is reached without a network, so that time can
// be faked.
func (r *rig) hook(s http.Handler, url string, states ...queue.State) {
	r.opt.Webhooks = append(r.opt.Webhooks, notify.Webhook{URL: url, States: states, Secret: "hush-hush"})
	r.opt.Transport = inProcess{s}
}

type inProcess struct{ h http.Handler }

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		rec := httptest.NewRecorder()
		t.h.ServeHTTP(rec, req)
		done <- rec
	}()
	select {
	case rec := <-done:
		return rec.Result(), nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

func TestWebhookIsSigned(t *testing.T) {
	s := newReceiver()
	srv := httptest.NewServer(s)
	defer srv.Close()
	r := newRig(t)
	r.opt.Webhooks = []notify.Webhook{
		{URL: srv.URL + "/hook?token=canary-in-query", States: []queue.State{queue.Failed}, Secret: "whsec_0123456789"},
		{URL: srv.URL + "/plain", States: []queue.State{queue.Held}},
	}
	r.start()
	defer func() { r.stop() }()
	j := r.drop("chair.obj")
	r.fail(j.ID)
	p := <-s.news
	mac := hmac.New(sha256.New, []byte("whsec_0123456789"))
	mac.Write(p.body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); p.header.Get("X-Simdrop-Signature") != want {
		t.Errorf("signed %q, want %q", p.header.Get("X-Simdrop-Signature"), want)
	}
	if p.ID != j.ID || p.State != "failed" || p.Path != "/in/chair.obj" {
		t.Errorf("told %s", p.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "simdrop/test", "X-Simdrop-Event": "failed",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if p.header.Get("X-Simdrop-Timestamp") == "" || p.header.Get("X-Simdrop-Delivery") == "" {
		t.Errorf("headers %v", p.header)
	}
	r.hold(r.drop("table.obj").ID, queue.Existing)
	if p := <-s.news; p.State != "held" || p.header.Get("X-Simdrop-Signature") != "" {
		t.Errorf("told %s with %v", p.body, p.header)
	}
	r.stop()
	r.idle()
	if strings.Contains(r.log.String(), "canary") {
		t.Errorf("the log holds the URL's query:\n%s", r.log)
	}
}

func TestWebhookIsRepeatedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiver()
		s.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
			if n <= 4 {
				w.WriteHeader([]int{500, 302, 429, 404}[n-1])
			}
		}
		r := newRig(t)
		r.hook(s, "http://studio.example/hook?token=canary-in-query", allStates...)
		r.start()
		defer func() { r.stop() }()
		a, b := r.drop("a.obj"), r.drop("b.obj")
		r.fail(a.ID)
		r.hold(b.ID, queue.Existing)
		<-time.After(time.Hour) // fake time
		synctest.Wait()
		if got, want := s.states(), "1 queued, 1 queued, 1 queued, 1 queued, 1 queued, 2 queued, 1 failed, 2 held"; got != want {
			t.Errorf("told\n%s, want\n%s", got, want)
		}
		if x, y := s.got[0].header.Get("X-Simdrop-Delivery"), s.got[4].header.Get("X-Simdrop-Delivery"); x != y {
			t.Errorf("one change is delivered as %s and %s", x, y)
		}
		r.idle()
		if log := r.log.String(); strings.Contains(log, "canary") || strings.Count(log, "tried again") != 1 {
			t.Errorf("the log:\n%s", log)
		}
	})
}

func TestRefusedLetterHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiver()
		s.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 1 {
				w.WriteHeader(422)
			}
		}
		r := newRig(t)
		r.hook(s, "http://studio.example/", queue.Queued)
		r.start()
		defer func() { r.stop() }()
		r.drop("a.obj")
		r.drop("b.obj")
		synctest.Wait()
		if got := s.states(); got != "1 queued, 2 queued" {
			t.Errorf("told %s", got)
		}
		r.idle()
	})
}

// What a receiver that is away for long was not told is given up after a day.
func TestOldNewsAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiver()
		s.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
		r := newRig(t)
		r.hook(s, "http://studio.example/", queue.Queued)
		r.start()
		defer func() { r.stop() }()
		r.drop("a.obj")
		<-time.After(23 * time.Hour) // fake time
		if n, _ := r.queue.Letters(); n != 1 {
			t.Errorf("%d letters after 23 hours", n)
		}
		<-time.After(2 * time.Hour)
		synctest.Wait()
		r.idle()
		if n := len(s.got); n < 200 || n > 2000 {
			t.Errorf("asked %d times in a day", n)
		}
	})
}

// A receiver that hangs keeps neither the queue nor another receiver waiting.
func TestReceiverThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiver()
		mux := http.NewServeMux()
		mux.Handle("/good", s)
		mux.HandleFunc("/stuck", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		r := newRig(t)
		r.hook(mux, "http://studio.example/stuck", allStates...)
		r.hook(mux, "http://studio.example/good", allStates...)
		r.start()
		defer func() { r.stop() }()
		began := time.Now()
		for i := range 100 {
			r.fail(r.drop(fmt.Sprintf("a%d.obj", i)).ID)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the queue waited %s", waited)
		}
		synctest.Wait()
		if n := len(s.got); n != 200 {
			t.Errorf("the other was told of %d changes, want 200", n)
		}
		<-time.After(20 * time.Second) // fake time
		synctest.Wait()
		if !strings.Contains(r.log.String(), "no answer within 15s") {
			t.Errorf("the log:\n%s", r.log)
		}
		began = time.Now()
		r.stop()
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("stopping took %s", waited)
		}
	})
}

// What was not delivered before a stop is delivered after the next start, and what
// was delivered is not repeated.
func TestRestartInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiver()
		down := true
		s.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
			if n > 1 && down {
				w.WriteHeader(503)
			}
		}
		r := newRig(t)
		r.hook(s, "http://studio.example/", allStates...)
		r.start()
		a, b := r.drop("a.obj"), r.drop("b.obj")
		synctest.Wait()
		r.stop()
		r.hold(a.ID, queue.Approval) // while nobody delivers
		r.fail(b.ID)
		down = false
		r.start()
		defer func() { r.stop() }()
		<-time.After(time.Minute) // fake time
		synctest.Wait()
		if got, want := s.states(), "1 queued, 2 queued, 2 queued, 1 held, 2 failed"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
		r.idle()
	})
}

// Letters to what is no longer configured are removed at the start.
func TestForgottenReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newReceiver()
		s.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
		r := newRig(t)
		r.hook(s, "http://studio.example/", allStates...)
		r.start()
		r.drop("a.obj")
		r.stop()
		r.opt.Webhooks = nil
		r.start()
		defer func() { r.stop() }()
		r.idle()
	})
}

func TestWebhookFollowsNoRedirect(t *testing.T) {
	s := newReceiver()
	other := httptest.NewServer(s)
	defer other.Close()
	asked := make(chan bool, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		asked <- true
	}))
	defer srv.Close()
	r := newRig(t)
	r.opt.Webhooks = []notify.Webhook{{URL: srv.URL, States: allStates, Secret: "hush-hush"}}
	r.start()
	r.drop("a.obj")
	<-asked
	r.stop()
	if len(s.got) != 0 {
		t.Error("the job went to another address")
	}
}
