package uploader_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/queue/queuetest"
	"simdrop/uploader"
	"simdrop/uploader/rigyd"
)

// budgeted starts the rig's uploader again with limits.
func (r *rig) budgeted(l queue.Limits) {
	r.stop()
	r.line.Budget = l
	r.line.Tariff = uploader.Tariff{Prices: rigyd.Prices, JobType: rigyd.JobType, Simulation: rigyd.SimulationType}
	r.start()
}

// tally counts the queue's jobs by state, those held by their reason.
func (r *rig) tally() map[string]int {
	r.t.Helper()
	jobs, err := r.queue.List("", 0)
	if err != nil {
		r.t.Fatal(err)
	}
	n := make(map[string]int)
	for _, j := range jobs {
		n[strings.TrimSpace(string(j.State)+" "+string(j.Reason))]++
	}
	return n
}

// wantTally checks how many jobs are done and how many wait for the budget.
func (r *rig) wantTally(done, held int) {
	r.t.Helper()
	if n := r.tally(); n["done"] != done || n["held budget"] != held {
		r.t.Errorf("%v, want %d done and %d held", n, done, held)
	}
	r.paid(done)
}

func TestManyAssetsStayWithinTheBudget(t *testing.T) {
	atLength(t)
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{PerDay: 40})
		var ids []string
		for i := range 150 {
			ids = append(ids, r.drop(fmt.Sprintf("a%03d.obj", i), fmt.Sprint("asset ", i)).ID)
		}
		j := r.want(3*time.Hour, ids[149], queue.Held, queue.Budget)
		if j.Error != "40 of 40 credits of today are spent; it goes on tomorrow" || !strings.Contains(j.Hint, "budget.per_day") {
			t.Errorf("held with %q, %q", j.Error, j.Hint)
		}
		r.wantTally(40, 110)

		r.budgeted(queue.Limits{PerDay: 55}) // a restart with more
		r.after(time.Hour, ids[0])
		r.wantTally(55, 95)
		for i, id := range ids {
			if j := r.after(0, id); (j.State == queue.Done) != (i < 55) {
				t.Fatalf("job %d is %s: not in the order of the queue", i, j.State)
			}
		}
		r.budgeted(queue.Limits{PerDay: 40}) // less than is spent already
		r.after(time.Hour, ids[0])
		r.wantTally(55, 95)
	}, rigydtest.With(func(o *rigydserver.Options) { o.Workers = 16 }))
}

func TestBudgetGoesOnAtMidnightAndAtTheMonthsTurn(t *testing.T) {
	atLength(t)
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{PerDay: 2, PerMonth: 3})
		for i := range 6 {
			r.drop(fmt.Sprintf("a%d.obj", i), fmt.Sprint("asset ", i))
		}
		at := func(m time.Month, d, hour, min int) {
			t.Helper()
			r.after(time.Until(time.Date(2000, m, d, hour, min, 0, 0, time.Local)), "1")
		}
		at(1, 1, 23, 59)
		r.wantTally(2, 4)
		at(1, 2, 0, 5) // the month leaves one
		r.wantTally(3, 3)
		at(1, 31, 23, 59)
		r.wantTally(3, 3)
		if j := r.after(0, "6"); !strings.Contains(j.Error, "3 of 3 credits of this month are spent") {
			t.Errorf("held with %q", j.Error)
		}
		at(2, 1, 0, 5)
		r.wantTally(5, 1)
		at(2, 2, 0, 5)
		r.wantTally(6, 0)
	})
}

func TestRefundMakesRoom(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{PerDay: 2})
		for i := range 4 {
			r.drop(fmt.Sprintf("a%d.obj", i), fmt.Sprint("asset ", i))
		}
		r.after(10*minute, "1")
		if n := r.tally(); n["failed"] != 1 || n["done"] != 2 || n["held budget"] != 1 {
			t.Errorf("%v, want the refund of 1 failed job spent on another", n)
		}
		s, err := r.queue.ProviderSum("rigyd", time.Now().Local().Format(time.DateOnly))
		if err != nil || s != (queue.Sum{Spent: 3, Refunded: 1}) {
			t.Errorf("%+v, %v", s, err)
		}
		r.paid(3)
		r.fired("fail")
	}, rigydtest.WithFaults(rigydserver.Fault{Name: "fail", Kind: rigydserver.FailJob, Times: 1}))
}

func TestCopyCostsNoBudget(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{PerDay: 1})
		r.mkdir("one")
		r.mkdir("two")
		one := r.drop("one/a.obj", "a chair")
		r.want(minute, one.ID, queue.Done, "")
		two := r.drop("two/a.obj", "a chair")
		r.want(minute, two.ID, queue.Done, "")
		r.paid(1)
	})
}

func TestPricesAreTheProvidersOwn(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{PerDay: 5})
		a := r.drop("a.obj", "a chair")
		b := r.drop("b.obj", "a table")
		r.want(minute, a.ID, queue.Done, "")
		j := r.want(minute, b.ID, queue.Held, queue.Budget)
		if j.Error != "4 of 5 credits of today are spent, and it costs about 4; it goes on tomorrow" {
			t.Errorf("held with %q", j.Error)
		}
	}, rigydtest.With(func(o *rigydserver.Options) { o.Price = func(string) float64 { return 4 } }))
}

// A folder's limit holds its own assets; those of other folders go on.
func TestFolderBudget(t *testing.T) {
	bubble(t, func(r *rig) {
		limits := func(one float64) queue.Limits {
			return queue.Limits{PerDay: 7, Folders: map[string]queue.FolderLimits{"/one": {PerDay: one}, "/two": {PerMonth: 3}}}
		}
		r.budgeted(limits(2))
		watched := func(i int, folder string) string {
			path := filepath.Join(r.dir, fmt.Sprintf("a%02d.obj", i))
			if err := os.WriteFile(path, fmt.Appendf(nil, "# %d%s", i, obj), 0o644); err != nil {
				t.Fatal(err)
			}
			o := queuetest.Drop(path, "1")
			o.Root, o.Watch = r.dir, folder
			return queuetest.MustOffer(t, r.queue, o).ID
		}
		ids := map[string][]string{}
		for i := range 15 {
			folder := []string{"/one", "/two", "/free"}[i%3]
			ids[folder] = append(ids[folder], watched(i, folder))
		}
		look := func(d time.Duration, want map[string]int, total int) {
			t.Helper()
			r.after(d, "1")
			for folder, n := range want {
				for i, id := range ids[folder] {
					j := r.after(0, id)
					if (j.State == queue.Done) != (i < n) {
						t.Errorf("%s: number %d is %s %s (%s), want %d done", folder, i, j.State, j.Reason, j.Error, n)
					}
				}
			}
			r.paid(total)
		}
		look(time.Hour, map[string]int{"/one": 2, "/two": 3, "/free": 2}, 7) // the provider's limit holds the rest
		j := r.after(0, ids["/one"][4])
		if j.Reason != queue.Budget || j.Error != "2 of 2 credits of this folder of today are spent; it goes on tomorrow" || !strings.Contains(j.Hint, "watched folder /one") {
			t.Errorf("held with %q, %q", j.Error, j.Hint)
		}
		r.budgeted(limits(3)) // no use: the provider's is reached
		look(time.Hour, map[string]int{"/one": 2, "/two": 3, "/free": 2}, 7)
		look(24*time.Hour, map[string]int{"/one": 5, "/two": 3, "/free": 5}, 13)
		if j := r.after(0, ids["/two"][4]); !strings.HasPrefix(j.Error, "3 of 3 credits of this folder of this month are spent") {
			t.Errorf("held with %q", j.Error)
		}
	})
}

// What comes back makes room in the folder's limit.
func TestFolderRefund(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{Folders: map[string]queue.FolderLimits{"/in": {PerDay: 2}}})
		for i := range 4 {
			r.drop(fmt.Sprintf("a%d.obj", i), fmt.Sprint("asset ", i))
		}
		r.after(10*minute, "1")
		if n := r.tally(); n["failed"] != 1 || n["done"] != 2 || n["held budget"] != 1 {
			t.Errorf("%v, want the refund of 1 failed job spent on another", n)
		}
	}, rigydtest.With(failFirst))
}
