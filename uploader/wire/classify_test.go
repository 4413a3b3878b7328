package wire

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"simdrop/uploader"
)

// Only what provably was not accepted, or was refused completely, may ever be
// anything but ambiguous: an exhaustive look at all statuses.
func TestClassifyPost(t *testing.T) {
	refusals := map[int]uploader.Class{
		400: uploader.Refused, 413: uploader.Refused, 415: uploader.Refused, 422: uploader.Refused,
		401: uploader.KeyRefused, 403: uploader.KeyRefused, 402: uploader.NoCredits, 429: uploader.RateLimited,
	}
	for status := 100; status < 1000; status++ {
		for _, sent := range []int64{0, 1, 1 << 40} {
			for _, whole := range []bool{false, true} {
				want := uploader.Ambiguous
				if refusal, ok := refusals[status]; ok && whole {
					want = refusal
				} else if sent == 0 && status/100 != 2 && status/100 != 3 && !(status == 409 && whole) {
					want = uploader.NotSent
				}
				if got := Classify(Submission, status, sent, whole); got != want {
					t.Errorf("submission, %d, %d bytes sent, whole %v: %v, want %v", status, sent, whole, got, want)
				}
			}
		}
	}
	if Classify(Simulation, 409, 9, true) != uploader.NotReady || Classify(Simulation, 404, 9, true) != uploader.Gone ||
		Classify(Simulation, 502, 9, true) != uploader.Ambiguous || Classify(Simulation, 422, 9, true) != uploader.Refused {
		t.Error("simulation")
	}
}

func TestClassifyQuestion(t *testing.T) {
	for status := 100; status < 1000; status++ {
		for kind, extra := range map[Kind]map[int]uploader.Class{
			Job:      {404: uploader.Gone, 409: uploader.NotReady},
			Result:   {404: uploader.Gone, 409: uploader.NotReady, 400: uploader.Refused, 422: uploader.Refused},
			Question: {},
		} {
			want, ok := extra[status]
			if !ok {
				want = map[int]uploader.Class{401: uploader.KeyRefused, 403: uploader.KeyRefused, 402: uploader.NoCredits, 429: uploader.RateLimited}[status]
				if want == 0 {
					want = uploader.Transient
				}
			}
			if got := Classify(kind, status, 0, true); got != want {
				t.Errorf("kind %d, %d: %v, want %v", kind, status, got, want)
			}
			if got := Classify(kind, status, 0, false); got != uploader.Transient {
				t.Errorf("kind %d, %d cut: %v", kind, status, got)
			}
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)
	for _, s := range []string{"120", "1.5", "-1", "NaN", "Inf", "1e99", "Sat, 02 May 2026 10:00:10 GMT", "Saturday, 02-May-26 10:00:10 GMT", ""} {
		f.Add(s, now.Format(http.TimeFormat))
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		if d := ParseRetryAfter(value, date, now); d < 0 || d > MaxRetryAfter {
			t.Fatalf("%q: %v", value, d)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, " 5 ": 5 * time.Second, "1.5": 1500 * time.Millisecond, "NaN": 0, "Inf": time.Hour, "-Inf": 0,
		"Sat, 02 May 2026 10:00:10 GMT": 10 * time.Second, "Sat May  2 10:00:10 2026": 10 * time.Second, "1e3": 1000 * time.Second,
	} {
		if got := ParseRetryAfter(value, "", now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	// The server's own clock counts, ours may be wrong by a day.
	if got := ParseRetryAfter("Sat, 02 May 2026 10:00:10 GMT", "Sat, 02 May 2026 10:00:00 GMT", now.Add(24*time.Hour)); got != 10*time.Second {
		t.Errorf("with the server's date: %v", got)
	}
}

func TestErrorText(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"no"}`: "no", `{"error":{"message":"no","name":"E"}}`: "no", `{"error":{"name":"E"}}`: "E",
		`{"data":{"error":{"message":"no"}}}`: "no", `{"message":"no"}`: "no", `{"detail":[{"msg":"a"},{"msg":"b"}]}`: "a; b",
		`{"error":null,"message":"no"}`: "no", `{"error":true}`: `{"error":true}`, `plain`: "plain", ``: "",
		"<html><head><title>413 Too Large</title><style>x{}</style><script>a<b</script></head><body><h1>413</h1>": "413 Too Large x{} a 413",
	} {
		got := ErrorText([]byte(body))
		if strings.HasPrefix(body, "<html>") {
			if !strings.HasPrefix(got, "413 Too Large") || strings.ContainsAny(got, "<>{}") {
				t.Errorf("%q", got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func FuzzErrorText(f *testing.F) {
	f.Add([]byte(`{"error":{"message":["a",{"detail":"b"}]}}`))
	f.Add([]byte("<html><script>x</script><b>bold"))
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := ErrorText(body); len(got) > 6*maxErrorText {
			t.Fatalf("%d bytes of text from %d", len(got), len(body))
		}
	})
}
