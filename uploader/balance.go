package uploader

import (
	"context"
	"fmt"
	"math"
	"time"

	"simdrop/queue"
)

const (
	balanceAge     = time.Hour      // how often a provider is asked what is left
	reconcileAge   = 24 * time.Hour // how often that is compared with the ledger
	balanceTimeout = 20 * time.Second
	// reserveFor is for how many of the dearest submissions a balance has to do.
	reserveFor = 10
)

// balance is what a provider said is left to spend. It is guarded by the line's
// mutex, but for the fields of the reading goroutine, of which there is one.
type balance struct {
	next    time.Time // when to ask again
	reading bool
	low     string // why submissions will stop soon, empty when they will not

	base    float64   // left at the time of the last comparison
	paid    float64   // by the ledger, until then
	compare time.Time // when to compare, zero before there is a base
}

// checkBalance asks what is left to spend, now and then. Not every deployment
// tells: then nothing is said. It returns when it is due next, the zero time when
// there is nothing to ask.
func (l *line) checkBalance(ctx context.Context, u *Uploader, now time.Time) time.Time {
	teller, ok := l.Provider.(Teller)
	if !ok || l.Tariff.Prices == nil || l.NoKey != "" {
		return time.Time{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.balance.reading || l.balance.next.After(now) {
		return l.balance.next
	}
	l.balance.reading = true
	l.balance.next = now.Add(balanceAge)
	u.steps.Go(func() {
		u.readBalance(ctx, l, teller)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.balance.reading = false
	})
	return l.balance.next
}

func (u *Uploader) readBalance(ctx context.Context, l *line, teller Teller) {
	ctx, cancel := context.WithTimeout(ctx, balanceTimeout)
	defer cancel()
	_, moving, queued := u.table.waiting(l.Name)
	a, err := teller.Me(ctx)
	if err != nil || !a.HasCredits {
		l.logger.Debug("the provider does not tell what is left to spend", "provider", l.Name, "err", err)
		return
	}
	l.warnLow(a.Credits, queued)
	if moving > 0 || u.table.inFlight(l.Name) > 0 {
		return // what is under way may be charged in between: compared later
	}
	if _, again, _ := u.table.waiting(l.Name); again == 0 {
		u.compare(l, a.Credits)
	}
}

// warnLow says, once, that what is left will not do for long.
func (l *line) warnLow(left, queued float64) {
	text := ""
	if need := max(queued, reserveFor*l.dearest()); left < need {
		text = fmt.Sprintf("%s credits are left", queue.Credited(left))
		if queued > left {
			text += fmt.Sprintf(", and what is queued costs about %s", queue.Credited(queued))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if text != "" && l.balance.low == "" {
		l.logger.Warn("the balance is low", "provider", l.Name, "credits", left, "queued", queued)
	}
	l.balance.low = text
}

// compare holds what is left against the ledger, once a day. A difference is no
// fault of ours by itself: others may use the account, or have paid in.
func (u *Uploader) compare(l *line, left float64) {
	total, err := u.Queue.ProviderSum(l.Name, queue.Ever)
	if err != nil {
		l.logger.Error("read the queue", "err", err)
		return
	}
	paid := total.Net() - total.Recalled // what is recalled was paid before
	b := &l.balance
	if time.Now().Before(b.compare) {
		return
	}
	want := b.base - (paid - b.paid)
	if !b.compare.IsZero() && math.Abs(left-want) > 0.005 {
		l.logger.Warn("the balance is not what the ledger makes it: others may use the account, or credits were added",
			"provider", l.Name, "credits", left, "expected", want)
	}
	b.base, b.paid, b.compare = left, paid, time.Now().Add(reconcileAge)
}
