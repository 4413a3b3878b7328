package queue_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

var perDay = queue.Limits{PerDay: 10}

// intend records the intent to submit a new job at the estimate.
func intend(t *testing.T, q *queue.Queue, path string, estimate float64, l queue.Limits) (queue.Job, error) {
	t.Helper()
	j := queuetest.MustOffer(t, q, queuetest.Drop(path, "1"))
	intended, err := q.Intend(j.ID, &queue.Intent{Token: "t"}, estimate, l)
	if err != nil {
		return j, err
	}
	return intended, nil
}

func accept(t *testing.T, q *queue.Queue, id string, credits float64) queue.Job {
	t.Helper()
	return queuetest.MustUpdate(t, q, id, func(j *queue.Job) {
		j.Enter(queue.Converting)
		j.RemoteID, j.Credits, j.Submitted = "r"+j.ID, credits, time.Now()
	})
}

// failRemote ends the remote job; the provider returns the credits.
func failRemote(t *testing.T, q *queue.Queue, id string) {
	t.Helper()
	queuetest.MustUpdate(t, q, id, func(j *queue.Job) {
		j.RemoteFailed, j.Credits = true, 0
		j.Fail("no", "")
	})
}

func wantSum(t *testing.T, q *queue.Queue, period string, want queue.Sum) {
	t.Helper()
	for _, name := range []string{"rigyd", "/in"} {
		f := q.ProviderSum
		if name == "/in" {
			f = q.FolderSum
		}
		if got, err := f(name, period); err != nil || got != want {
			t.Errorf("%s in %s: %+v, %v; want %+v", name, period, got, err, want)
		}
	}
}

func day() string { return time.Now().Local().Format(time.DateOnly) }

func TestLedgerFollowsTheJobs(t *testing.T) {
	q := queuetest.MustOpen(t)
	a, err := intend(t, q, "/in/a.glb", 1, queue.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	accept(t, q, a.ID, 3)
	b, _ := intend(t, q, "/in/b.glb", 1, queue.Limits{})
	accept(t, q, b.ID, 2)
	failRemote(t, q, b.ID)
	c := queuetest.MustOffer(t, q, queuetest.Drop("/in/c.glb", "1"))
	queuetest.MustUpdate(t, q, c.ID, func(j *queue.Job) { // found in the list
		j.Enter(queue.Converting)
		j.RemoteID, j.Credits, j.Adopted, j.Submitted = "rc", 5, true, time.Now()
	})
	o := queuetest.Drop("/in/d.glb", "1")
	o.Estimate = 7
	d := queuetest.MustOffer(t, q, o)
	queuetest.MustUpdate(t, q, d.ID, func(j *queue.Job) { j.Enter(queue.Fetching); j.CopyFrom = "/in/a.simready" })
	queuetest.MustUpdate(t, q, d.ID, func(j *queue.Job) { j.Enter(queue.Done) })

	want := queue.Sum{Spent: 5, Refunded: 2, Adopted: 5, Saved: 7}
	wantSum(t, q, day(), want)
	wantSum(t, q, day()[:7], want)
	if want.Net() != 8 {
		t.Errorf("net %v", want.Net())
	}
	entries, err := q.Ledger(day())
	if err != nil || len(entries) != 5 {
		t.Fatalf("%v: %+v", err, entries)
	}
	if e := entries[2]; e.Kind != queue.Refunded || e.Credits != 2 || e.Job != b.ID || e.Provider != "rigyd" || e.Watch != "/in" || e.Path != "/in/b.glb" {
		t.Errorf("refund: %+v", e)
	}
	if later, err := q.Ledger("9999-01-01"); err != nil || len(later) != 0 {
		t.Errorf("entries of the future: %v, %v", later, err)
	}
}

func TestOneSubmissionIsBookedOnce(t *testing.T) {
	q := queuetest.MustOpen(t)
	a, _ := intend(t, q, "/in/a.glb", 1, queue.Limits{})
	accept(t, q, a.ID, 1)
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Hold(queue.Deadline, "late", "") })
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(j.Back) })
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Fetching) })
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Fail("archive refused", "") })
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Converting) })
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Fetching) })
	for range 2 {
		queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Done) })
		queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Fetching) })
	}
	wantSum(t, q, day(), queue.Sum{Spent: 1})
}

func TestRetryAfterRefundIsBookedAgain(t *testing.T) {
	q := queuetest.MustOpen(t)
	a, _ := intend(t, q, "/in/a.glb", 1, queue.Limits{})
	accept(t, q, a.ID, 1)
	failRemote(t, q, a.ID)
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Queued); j.Intent, j.RemoteID = nil, "" })
	if _, err := q.Intend(a.ID, &queue.Intent{}, 1, queue.Limits{}); err != nil {
		t.Fatal(err)
	}
	accept(t, q, a.ID, 1)
	wantSum(t, q, day(), queue.Sum{Spent: 2, Refunded: 1})
}

func TestLimitsCountOpenSubmissions(t *testing.T) {
	q := queuetest.MustOpen(t)
	a, _ := intend(t, q, "/in/a.glb", 4, perDay)
	b, _ := intend(t, q, "/in/b.glb", 4, perDay)
	c, err := intend(t, q, "/in/c.glb", 4, perDay)
	over, ok := errors.AsType[*queue.BudgetError](err)
	if !ok || *over != (queue.BudgetError{Limit: 10, Reserved: 8, Estimate: 4}) {
		t.Fatalf("%v: %+v", err, over)
	}
	if j, err := q.Get(c.ID); err != nil || j.State != queue.Queued || j.Intent != nil {
		t.Errorf("the refused job: %+v, %v", j, err)
	}
	// Withdrawn, it no longer counts; held in doubt it does.
	queuetest.MustUpdate(t, q, a.ID, func(j *queue.Job) { j.Enter(queue.Queued); j.Intent = nil })
	queuetest.MustUpdate(t, q, b.ID, func(j *queue.Job) { j.Enter(queue.Queued); j.Hold(queue.Ambiguous, "", "") })
	if room, err := q.Room("rigyd", perDay); err != nil || room != 6 {
		t.Errorf("room for %v (%v), want 6", room, err)
	}
	if _, err := q.Intend(c.ID, &queue.Intent{}, 4, perDay); err != nil {
		t.Error(err)
	}
	accept(t, q, c.ID, 4)
	if room, err := q.Room("rigyd", perDay); err != nil || room != 2 {
		t.Errorf("room for %v (%v), want 2", room, err)
	}
	if room, _ := q.Room("other", perDay); room != 10 {
		t.Errorf("another provider has room for %v", room)
	}
}

func TestBudgetText(t *testing.T) {
	for _, tt := range []struct {
		e    queue.BudgetError
		want string
	}{
		{queue.BudgetError{Limit: 100, Spent: 100, Estimate: 1}, "100 of 100 credits of today are spent; it goes on tomorrow"},
		{queue.BudgetError{Month: true, Limit: 100, Spent: 98, Reserved: 2, Estimate: 1}, "98 of 100 credits of this month are spent, 2 are reserved for submissions under way; it goes on next month"},
		{queue.BudgetError{Limit: 10, Spent: 8.5, Estimate: 3}, "8.5 of 10 credits of today are spent, and it costs about 3; it goes on tomorrow"},
		{queue.BudgetError{Limit: 2, Estimate: 3}, "it costs about 3 credits, and the limit for today is 2"},
	} {
		if got := tt.e.Error(); got != tt.want {
			t.Errorf("%+v\n got %s\nwant %s", tt.e, got, tt.want)
		}
	}
}

// spend submits jobs until the limits refuse one, and returns how many.
func spend(t *testing.T, q *queue.Queue, name string, l queue.Limits) int {
	t.Helper()
	for n := 0; ; n++ {
		j, err := intend(t, q, fmt.Sprintf("/in/%s%d.glb", name, n), 1, l)
		if _, ok := errors.AsType[*queue.BudgetError](err); ok {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		accept(t, q, j.ID, 1)
	}
}

func TestLimitsTurnWithTheCalendar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		q, err := queue.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		l := queue.Limits{PerDay: 4, PerMonth: 10}
		until(2000, 1, 29, 23, 59)
		if n := spend(t, q, "a", l); n != 4 {
			t.Errorf("%d on the first day", n)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		q = queuetest.MustOpenIn(t, dir)
		if n := spend(t, q, "b", l); n != 0 {
			t.Errorf("%d more after a restart", n)
		}
		until(2000, 1, 30, 0, 0)
		if n := spend(t, q, "c", l); n != 4 {
			t.Errorf("%d after midnight", n)
		}
		until(2000, 1, 31, 12, 0)
		if n := spend(t, q, "d", l); n != 2 {
			t.Errorf("%d of the month were left", n)
		}
		until(2000, 2, 1, 0, 0)
		if n := spend(t, q, "e", l); n != 4 {
			t.Errorf("%d in the new month", n)
		}
		wantSum(t, q, "2000-01", queue.Sum{Spent: 10})
		wantSum(t, q, "2000-02", queue.Sum{Spent: 4})
		// What failed today was charged yesterday: today's limit stays used up.
		until(2000, 2, 2, 0, 0)
		late, err := intend(t, q, "/in/late.glb", 1, l)
		if err != nil {
			t.Fatal(err)
		}
		accept(t, q, late.ID, 1)
		until(2000, 2, 3, 0, 0)
		spend(t, q, "f", l)
		failRemote(t, q, late.ID)
		wantSum(t, q, "2000-02-02", queue.Sum{Spent: 1, Refunded: 1})
		if n := spend(t, q, "g", l); n != 0 {
			t.Errorf("%d after yesterday's refund", n)
		}
	})
}

// until lets fake time pass, to a local date of the year 2000 or later.
func until(y, m, d, h, min int) {
	<-time.After(time.Until(time.Date(y, time.Month(m), d, h, min, 0, 0, time.Local)))
}

func TestLiftGoesInOrderAsFarAsThereIsRoom(t *testing.T) {
	q := queuetest.MustOpen(t)
	var ids []string
	for i, cost := range []float64{4, 20, 4, 3, 2} {
		o := queuetest.Drop(fmt.Sprintf("/in/%d.glb", i), "1")
		o.State, o.Reason, o.Estimate = queue.Held, queue.Budget, cost
		ids = append(ids, queuetest.MustOffer(t, q, o).ID)
	}
	if n, err := q.Lift("rigyd", perDay); err != nil || n != 3 {
		t.Errorf("lifted %d, %v; want 3", n, err)
	}
	if n, err := q.Lift("rigyd", perDay); err != nil || n != 0 {
		t.Errorf("lifted %d more (%v), though the room is for those that are queued", n, err)
	}
	for i, want := range []queue.State{queue.Queued, queue.Held, queue.Queued, queue.Held, queue.Queued} {
		if j, _ := q.Get(ids[i]); j.State != want {
			t.Errorf("job %d is %s, want %s", i, j.State, want)
		}
	}
	if n, err := q.Lift("rigyd", queue.Limits{}); err != nil || n != 2 {
		t.Errorf("without a limit %d were lifted (%v), want the other 2", n, err)
	}
}

// TestLedgerOfAnyLife takes jobs through random lives; the queue's own check in
// the cleanup adds up the ledger.
func TestLedgerOfAnyLife(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	q := queuetest.MustOpen(t)
	var ids []string
	for i := range 12 {
		o := queuetest.Drop(fmt.Sprintf("/in/%d.glb", i), "1")
		o.Estimate = float64(i) / 10
		ids = append(ids, queuetest.MustOffer(t, q, o).ID)
	}
	for range 600 {
		to := queue.States[r.IntN(len(queue.States))]
		_, err := q.Update(ids[r.IntN(len(ids))], func(j *queue.Job) error {
			j.RemoteFailed = r.IntN(2) == 0
			j.Adopted = r.IntN(4) == 0
			j.Credits = float64(r.IntN(30)) / 10
			j.RemoteID, j.Intent = "r", &queue.Intent{}
			if to == queue.Held {
				j.Hold([]queue.Reason{queue.Ambiguous, queue.Key}[r.IntN(2)], "", "")
			} else {
				j.Enter(to)
			}
			return nil
		})
		if err != nil && !errors.Is(err, queue.ErrTransition) {
			t.Fatal(err)
		}
	}
}
