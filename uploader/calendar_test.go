package uploader_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
)

// until lets fake time pass until the moment in the year 2000, where bubbles begin.
func (r *rig) until(m time.Month, day, hour, minute int) {
	r.t.Helper()
	at := time.Date(2000, m, day, hour, minute, 0, 0, time.Local)
	if d := time.Until(at); d > 0 {
		r.after(d, "1")
		return
	}
	r.t.Fatalf("%s is over", at)
}

// TestBudgetOverDaysAndMonths copies many assets into a folder with limits for the day
// and the month, and lets the calendar go on, with a restart over midnight and jobs
// that fail. At each look exactly what the limits allow is spent, net of what came
// back, on the first assets of the queue. SIMDROP_ASSETS makes it larger.
func TestBudgetOverDaysAndMonths(t *testing.T) {
	atLength(t)
	assets, err := strconv.Atoi(os.Getenv("SIMDROP_ASSETS"))
	if err != nil {
		assets = 40
	}
	perDay, perMonth, failures := assets/10, assets/4, 3
	bubble(t, func(r *rig) {
		limits := queue.Limits{PerDay: float64(perDay), PerMonth: float64(perMonth)}
		r.budgeted(limits)
		for i := range assets {
			r.drop(fmt.Sprintf("a%04d.obj", i), fmt.Sprint("asset ", i))
		}
		look := func(done int) {
			t.Helper()
			n := r.tally()
			if n["done"] != done || n["failed"] != failures || n["held budget"] != assets-done-failures {
				t.Errorf("%s: %v, want %d done", time.Now().Format(time.DateTime), n, done)
			}
			if got := r.provider.Ledger().Total(); got != float64(done) {
				t.Errorf("%s: the provider charged %v, want %d", time.Now().Format(time.DateTime), got, done)
			}
			r.firstOnes(done + failures)
		}
		r.until(1, 1, 23, 50)
		look(perDay)
		r.stop() // down over midnight
		r.after(20*minute, "1")
		look(perDay)
		r.budgeted(limits)
		r.until(1, 2, 23, 50)
		look(2 * perDay)
		r.until(1, 3, 23, 50)
		look(perMonth)
		r.until(1, 31, 23, 50)
		look(perMonth)
		r.until(2, 1, 23, 50)
		look(perMonth + perDay)
		r.fired("fail")
	}, rigydtest.With(func(o *rigydserver.Options) { o.Workers, o.Account.Metered = 16, false }),
		rigydtest.WithFaults(rigydserver.Fault{Name: "fail", Kind: rigydserver.FailJob, Times: failures}))
}

// firstOnes checks that the first n jobs of the queue have ended, and no others.
func (r *rig) firstOnes(n int) {
	r.t.Helper()
	jobs, err := r.queue.List("", 0) // newest first
	if err != nil {
		r.t.Fatal(err)
	}
	for i, j := range jobs {
		if place := len(jobs) - i; j.State.Ended() != (place <= n) {
			r.t.Errorf("job %s, number %d of the queue, is %s", j.ID, place, j.State)
		}
	}
}

// What comes back after midnight was spent before, and counts for that day: it makes
// no room in the new one, nor in the new month.
func TestRefundCountsForTheDayOfTheCharge(t *testing.T) {
	bubble(t, func(r *rig) {
		r.until2359(t)
		r.budgeted(queue.Limits{PerDay: 1, PerMonth: 31})
		a := r.drop("a.obj", "a chair")
		r.want(30*time.Second, a.ID, queue.Converting, "")
		r.until(2, 1, 0, 30)
		if j := r.after(0, a.ID); j.State != queue.Failed {
			t.Fatalf("job %s is %s", a.ID, j.State)
		}
		for i := range 2 {
			r.drop(fmt.Sprintf("b%d.obj", i), fmt.Sprint("table ", i))
		}
		r.after(time.Hour, a.ID)
		if n := r.tally(); n["done"] != 1 || n["held budget"] != 1 {
			t.Errorf("%v, want the new day's one credit spent, and no more", n)
		}
		for period, want := range map[string]queue.Sum{
			"2000-01-31": {Spent: 1, Refunded: 1}, "2000-01": {Spent: 1, Refunded: 1}, "2000-02-01": {Spent: 1}, "2000-02": {Spent: 1},
		} {
			if s, err := r.queue.ProviderSum("rigyd", period); err != nil || s != want {
				t.Errorf("%s: %+v (%v), want %+v", period, s, err, want)
			}
		}
	}, rigydtest.Took(5*time.Minute), rigydtest.With(failFirst))
}

// failFirst lets the first conversion fail in its end, which takes as long as others.
func failFirst(o *rigydserver.Options) {
	convert := o.Convert
	var once sync.Once
	o.Convert = func(ctx context.Context, in engine.Input, w engine.Writer) (out engine.Output, err error) {
		once.Do(func() { err = &engine.InputError{Reason: "the file holds no triangles"} })
		if err != nil {
			return out, err
		}
		return convert(ctx, in, w)
	}
}

// until2359 lets the month nearly end. Nothing was dropped yet.
func (r *rig) until2359(t *testing.T) {
	t.Helper()
	<-time.After(time.Until(time.Date(2000, 1, 31, 23, 59, 0, 0, time.Local))) // fake time
}
