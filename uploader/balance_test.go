package uploader_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/uploader"
)

// logged starts the rig's uploader again, priced and with its log kept.
func (r *rig) logged() *bytes.Buffer {
	var b bytes.Buffer
	r.log = slog.New(slog.NewTextHandler(&b, nil))
	r.budgeted(queue.Limits{})
	return &b
}

func credited(n float64) rigydtest.Option {
	return rigydtest.With(func(o *rigydserver.Options) { o.Account.Credits = n })
}

func TestLowBalanceIsToldBeforehandAndOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		log := r.logged()
		r.want(minute, r.drop("a.obj", "a chair").ID, queue.Done, "")
		r.after(5*time.Hour, "1")
		if n := strings.Count(log.String(), "the balance is low"); n != 1 {
			t.Errorf("told %d times, want once:\n%s", n, log)
		}
		if problem, hint := r.up.Problem("rigyd"); problem != "19 credits are left" || hint == "" {
			t.Errorf("problem %q, hint %q", problem, hint)
		}
	}, credited(20))
}

func TestBalanceIsComparedWithTheLedger(t *testing.T) {
	bubble(t, func(r *rig) {
		log := r.logged()
		for i, name := range []string{"a.obj", "b.obj"} {
			r.want(50*time.Hour, r.drop(name, name).ID, queue.Done, "")
			if strings.Contains(log.String(), "ledger makes it") {
				t.Errorf("day %d: a drift where there is none:\n%s", i, log)
			}
		}
		r.elsewhere()
		r.after(50*time.Hour, "1")
		if n := strings.Count(log.String(), "ledger makes it"); n != 1 {
			t.Errorf("told %d times, want once:\n%s", n, log)
		}
		if problem, _ := r.up.Problem("rigyd"); problem != "" {
			t.Errorf("problem %q with a full account", problem)
		}
	})
}

// elsewhere spends credits of the account as another program does.
func (r *rig) elsewhere() {
	r.t.Helper()
	if _, err := r.client(r.provider.Key).Submit(r.t.Context(), uploader.Submission{Prompt: "a lamp"}); err != nil {
		r.t.Fatal(err)
	}
}
