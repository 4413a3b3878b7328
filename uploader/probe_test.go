package uploader_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/uploader"
)

// purse is a provider whose balance the test decides.
type purse struct {
	*listing
	left  atomic.Int64 // -1: it does not tell
	asked atomic.Int64
}

// listing is a provider with a list and nothing else.
type listing struct {
	uploader.Provider
	uploader.Lister
}

func (p *purse) Me(context.Context) (uploader.Account, error) {
	p.asked.Add(1)
	left := p.left.Load()
	if left < 0 {
		return uploader.Account{}, errors.New("not for keys")
	}
	return uploader.Account{Credits: float64(left), HasCredits: true}, nil
}

// broke restarts the rig's uploader with a purse, and a provider that refuses each
// submission while it is empty.
func (r *rig) broke() *purse {
	p := &purse{listing: &listing{r.line.Provider, r.line.Provider.(uploader.Lister)}}
	r.line.Provider = p
	r.budgeted(queue.Limits{})
	return p
}

// poor is the documented refusal for want of credits.
var poor = rigydserver.Fault{Kind: rigydserver.Answer, Op: rigydserver.OpSubmit, Status: 402, Name: "poor"}

func TestCreditsHoldLiftsByItself(t *testing.T) {
	bubble(t, func(r *rig) {
		var log bytes.Buffer
		r.log = slog.New(slog.NewTextHandler(&log, nil))
		p := r.broke()
		first := r.drop("a.obj", "a chair")
		r.want(10*time.Second, first.ID, queue.Held, queue.Credits)
		second := r.drop("b.obj", "b chair")
		j := r.want(10*time.Second, second.ID, queue.Held, queue.Credits)
		if !strings.Contains(j.Hint, "resume") {
			t.Errorf("hint %q", j.Hint)
		}
		tries, asked := r.provider.Faults.Fired("poor"), p.asked.Load()
		r.want(2*time.Hour, second.ID, queue.Held, queue.Credits)
		if n := r.provider.Faults.Fired("poor") - tries; n != 0 {
			t.Errorf("%d more submissions without credits", n)
		}
		// After 1, 3, 7 and 15 minutes, and then every ten; and the hourly look.
		if n := p.asked.Load() - asked; n < 11 || n > 18 {
			t.Errorf("asked %d times in two hours", n)
		}
		r.provider.Faults.Clear()
		p.left.Store(5)
		r.want(12*minute, first.ID, queue.Done, "")
		r.want(minute, second.ID, queue.Done, "")
		r.paid(2)
		if n := strings.Count(log.String(), "there are credits again"); n != 1 {
			t.Errorf("told %d times, want once:\n%s", n, log.String())
		}
	}, rigydtest.WithFaults(poor))
}

func TestBalanceThatWillNotDoIsNotTriedForEver(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.broke()
		j := r.drop("a.obj", "a chair") // 1 credit
		r.want(10*time.Second, j.ID, queue.Held, queue.Credits)
		p.left.Store(7) // says the provider, and refuses all the same
		tries := r.provider.Faults.Fired("poor")
		r.want(2*time.Hour, j.ID, queue.Held, queue.Credits)
		if n := r.provider.Faults.Fired("poor") - tries; n < 8 || n > 15 {
			t.Errorf("%d submissions in two hours, want one in ten minutes", n)
		}
		r.paid(0)
	}, rigydtest.WithFaults(poor))
}

func TestUntoldBalanceLeavesItToPeople(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.broke()
		p.left.Store(-1)
		j := r.drop("a.obj", "a chair")
		r.want(10*time.Second, j.ID, queue.Held, queue.Credits)
		r.provider.Faults.Clear()
		r.want(2*time.Hour, j.ID, queue.Held, queue.Credits)
		if err := r.up.Reopen("rigyd"); err != nil {
			t.Fatal(err)
		}
		r.want(minute, j.ID, queue.Done, "")
		r.paid(1)
	}, rigydtest.WithFaults(poor))
}

func TestKeyAndCreditsLiftEachByItself(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.broke()
		poorly := r.drop("a.obj", "a chair")
		r.want(10*time.Second, poorly.ID, queue.Held, queue.Credits)
		r.provider.SetKeys("another")
		p.left.Store(9)
		// The credits are there, the key is not: now it is the key that is missing.
		r.want(20*minute, poorly.ID, queue.Held, queue.Key)
		r.provider.Faults.Clear()
		r.provider.SetKeys(r.provider.Key)
		r.want(15*minute, poorly.ID, queue.Done, "")
		r.paid(1)
	}, rigydtest.WithFaults(poor))
}
