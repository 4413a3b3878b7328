package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestSecondMachine has two machines with one account and nothing else in common:
// another state folder, another watched folder. What the first has paid for, the
// second finds in the provider's list.
func TestSecondMachine(t *testing.T) {
	tests := map[string]struct {
		fault  rigydserver.Fault
		held   bool   // conversions go on only when the second machine has the job
		state  string // that the job reaches on the first machine
		paid   int
		adopts bool
	}{
		"done":              {state: control.Done, paid: 1, adopts: true},
		"in flight":         {held: true, state: control.Converting, paid: 1, adopts: true},
		"died unanswered":   {fault: rigydserver.Fault{Kind: rigydserver.HangAfter, Op: rigydserver.OpSubmit, Times: 1, Name: "struck"}, held: true, state: control.Submitting, paid: 1, adopts: true},
		"failed":            {fault: rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Text: "no mesh in it", Times: 1, Name: "struck"}, state: control.Failed, paid: 2},
		"nothing in common": {state: "", paid: 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := rigydtest.Start(t)
			if tc.fault.Kind != "" {
				p.Faults.Add(tc.fault)
			}
			if tc.held {
				p.Hold()
			}
			var first control.Job
			if tc.state != "" {
				a := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 10m"))
				proc := a.Start()
				path := a.Write("chair.obj", []byte(triangle))
				first = e2e.UntilThat(t, proc.Ready(), path, func(j control.Job) bool {
					return j.State == tc.state && (j.State != control.Submitting || len(p.Ledger()) == 1)
				})
				proc.Kill()
			}
			b := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
			b.Write("chair.obj", []byte(triangle))
			c := b.Start().Ready()
			path := filepath.Join(b.Watch, "chair.obj")
			if tc.held {
				e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == control.Converting })
				p.Release()
			}
			j := e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == control.Done })
			e2e.Whole(t, j.Result)
			if n := len(p.Ledger()); n != tc.paid {
				t.Errorf("paid %d times, want %d: %+v", n, tc.paid, p.Ledger())
			}
			if tc.fault.Name != "" && p.Faults.Fired("struck") == 0 {
				t.Error("the fault never struck")
			}
			if tc.adopts && (j.RemoteID != p.Ledger()[0].ID || first.RemoteID != "" && j.RemoteID != first.RemoteID || !strings.Contains(b.Log(), "adopted")) {
				t.Errorf("%s on the second machine, %s on the first:\n%s", j.RemoteID, first.RemoteID, b.Log())
			}
		})
	}
}
