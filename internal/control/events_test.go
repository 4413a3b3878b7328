package control

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func eventsOf(text string) *Events {
	return newEvents(io.NopCloser(strings.NewReader(text)), func() {})
}

func TestEventStream(t *testing.T) {
	e := eventsOf("retry: 2000\n\n: hello\n\ndata: {\"id\":\"a\"}\n\nevent: x\ndata:{\"id\":\ndata: \"b\"}\r\n\r\ndata: {\"id\":\"cut\"}\n")
	for _, want := range []string{"a", "b"} {
		if j, err := e.Next(); err != nil || j.ID != want {
			t.Errorf("%+v, %v; want %s", j, err, want)
		}
	}
	if _, err := e.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	for _, bad := range []string{"data: nonsense\n\n", "data: " + strings.Repeat("x", maxLine+1) + "\n\n", strings.Repeat("data: xxxxxxxxxxxxxxx\n", maxLine/10)} {
		if _, err := eventsOf(bad).Next(); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func FuzzEvents(f *testing.F) {
	for _, s := range []string{"data: {\"id\":\"a\"}\n\n", "data", ":\n\n", "data:\ndata:\n\n", "data: {}\r\n\r\n", "\n\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := eventsOf(s)
		for range len(s) + 1 {
			if _, err := e.Next(); err != nil {
				return
			}
		}
		t.Error("more events than bytes")
	})
}

func TestWhy(t *testing.T) {
	now := time.Now()
	soon := now.Add(90 * time.Second)
	for _, tt := range []struct {
		job  Job
		want string
	}{
		{Job{State: Held, Reason: "credits"}, "the provider has no credits left"},
		{Job{State: Held, Reason: "new"}, "new"},
		{Job{State: Held, Reason: "companions", Error: "wood.png is missing"}, "wood.png is missing"},
		{Job{State: Queued, NextAttempt: &soon}, "due in 1m30s"},
		{Job{State: Queued, NextAttempt: &soon, Error: "HTTP 503"}, "HTTP 503; tries again in 1m30s"},
		{Job{State: Converting, Stage: "Decomposing"}, "Decomposing"},
		{Job{State: Failed, Error: "too big"}, "too big"},
		{Job{State: Done, Error: "old"}, ""},
	} {
		if got := tt.job.Why(now); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.job, got, tt.want)
		}
	}
	for _, r := range Reasons() {
		if reasonTexts[r] == "" {
			t.Errorf("no text for %s", r)
		}
	}
}
