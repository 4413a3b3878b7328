package rigyd

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/uploader"
	"simdrop/uploader/wire"
)

// always answers every request with the same status and body, in-process.
type always struct {
	status int
	body   []byte
}

func (a always) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	return &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r}, nil
}

// Whatever a server says, a call ends in a value that makes sense or in an error
// of the one type.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"data":[{"id":"a","status":"queued","createdAt":"2026-05-02T10:00:00.000Z"}],"meta":{"total":1,"pageCount":1}}`,
		`{"data":[{"id":"a"}],"meta":{"pagination":{"total":"1"}}}`, `{"data":{"pricing":{"a":"1"}}}`,
		`{"data":{"user":{"email":1},"subscription":{"plan":{"name":"x"},"credits_remaining":"7"}}}`, `{"data":{"id":"j","status":"failed"}}`,
		"PK\x03\x04", `{"data":[null]}`,
	} {
		f.Add(uint16(200), []byte(s))
	}
	f.Add(uint16(413), []byte("<html>"))
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		code := 200 + int(status)%400
		c, err := New(Options{Name: "r", BaseURL: "http://api.example", Key: func() string { return canary }, Transport: always{code, body}})
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		check := func(op string, err error) bool {
			var e *uploader.Error
			if err != nil && (!asError(err, &e) || e.Op != op || containsCanary(err.Error())) {
				t.Fatalf("%s: %v (%T)", op, err, err)
			}
			return err == nil
		}
		if r, err := c.Submit(ctx, file("x.glb", "x")); check("submit", err) && (checkID(r.ID) != nil || code/100 != 2) {
			t.Fatalf("accepted %+v on %d", r, code)
		}
		if r, err := c.Poll(ctx, "j"); check("poll", err) && (r.ID != "j" || code/100 != 2) {
			t.Fatalf("polled %+v", r)
		}
		jobs, err := c.Since(ctx, uploader.Fence{RemoteID: "fence"})
		if check("list", err) {
			for _, r := range jobs {
				if checkID(r.ID) != nil {
					t.Fatalf("listed %+v", r)
				}
			}
		}
		_, err = c.Newest(ctx)
		check("list", err)
		prices, err := c.Pricing(ctx)
		check("pricing", err)
		for name, price := range prices {
			if !(price >= 0) {
				t.Fatalf("%s costs %v", name, price)
			}
		}
		_, err = c.Me(ctx)
		check("account", err)
		n, err := c.Fetch(ctx, "j", "usd", io.Discard)
		if check("fetch", err) && (!bytes.HasPrefix(body, []byte("PK")) || n != int64(len(body))) {
			t.Fatalf("fetched %d bytes of %q", n, body)
		}
	})
}

// The whole list could be larger than memory, an answer must not be.
func TestLargeAnswer(t *testing.T) {
	body := []byte(`{"data":{"id":"j","status":"running","stage":"` + strings.Repeat("x", wire.MaxJSON) + `"}}`)
	c, err := New(Options{BaseURL: "http://api.example", Transport: always{200, body}})
	if err != nil {
		t.Fatal(err)
	}
	var e *uploader.Error
	if _, err := c.Poll(context.Background(), "j"); !asError(err, &e) || e.Class != uploader.Transient || !strings.Contains(err.Error(), strconv.Itoa(wire.MaxJSON>>20)) {
		t.Errorf("got %v", err)
	}
}

func TestKeyProblems(t *testing.T) {
	for _, key := range []string{"", " \n", "rgyd_live_a\r\nX-Evil: 1", "rgyd_live_é"} {
		c, err := New(Options{BaseURL: "http://api.example", Key: func() string { return key }, Transport: always{200, nil}})
		if err != nil {
			t.Fatal(err)
		}
		var e *uploader.Error
		if _, err := c.Submit(context.Background(), file("x.glb", "x")); !asError(err, &e) || e.Class != uploader.KeyRefused || e.Status != 0 {
			t.Errorf("submit with key %q: %v", key, err)
		}
		if _, err := c.Fetch(context.Background(), "j", "usd", io.Discard); !asError(err, &e) || e.Class != uploader.KeyRefused {
			t.Errorf("fetch with key %q: %v", key, err)
		}
	}
}

func TestBadIDsAreNeverSent(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent %s", r.URL) })
	for _, id := range []string{"", ".", "..", "a\nb", strings.Repeat("x", 201), "\xff"} {
		if _, err := c.Poll(context.Background(), id); err == nil {
			t.Errorf("polled %q", id)
		}
		if _, err := c.Fetch(context.Background(), id, "usd", io.Discard); err == nil {
			t.Errorf("fetched %q", id)
		}
		if _, err := c.Simulate(context.Background(), id, "demo"); err == nil {
			t.Errorf("simulated %q", id)
		}
	}
}

// The configured bandwidth holds for all uploads together.
func TestBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{BaseURL: "http://api.example", Bandwidth: 100_000, Transport: always{202, []byte(`{"data":{"id":"j"}}`)}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if _, err := c.Submit(context.Background(), file("x.glb", strings.Repeat("x", 9_000_000))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(start); d < 179*time.Second || d > 182*time.Second {
			t.Errorf("18 MB at 100 kB a second took %v", d)
		}
	})
}
