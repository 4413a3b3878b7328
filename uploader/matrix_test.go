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
)

func TestCreditsEndInTheMiddle(t *testing.T) {
	atLength(t)
	bubble(t, func(r *rig) {
		var ids []string
		for i := range 50 {
			ids = append(ids, r.drop(fmt.Sprintf("a%02d.obj", i), fmt.Sprint("asset ", i)).ID)
		}
		r.after(2*time.Hour, ids[0])
		if n := r.tally(); n["done"] != 20 || n["held credits"] != 30 {
			t.Errorf("%v, want 20 done and 30 held", n)
		}
		r.paid(20)
		r.provider.Options.Account.Credits = 1000
		r.provider.Restart()
		r.after(2*time.Hour, ids[0])
		if n := r.tally(); n["done"] != 50 {
			t.Errorf("with credits: %v", n)
		}
		r.paid(50)
	}, credited(20))
}

func TestVanishedJobFailsAndIsNeverSentByItself(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		j = r.want(time.Hour, j.ID, queue.Failed, "")
		r.fired("gone")
		if !strings.Contains(j.Error, "no longer knows") || !strings.Contains(j.Hint, "may cost") {
			t.Errorf("%q, %q", j.Error, j.Hint)
		}
		r.paid(1)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Vanish, Op: rigydserver.OpPoll, Skip: 2, Times: 1, Name: "gone"}))
}

func TestStray404IsAskedAbout(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		r.want(time.Hour, j.ID, queue.Done, "")
		r.fired("stray")
		r.paid(1)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Answer, Op: rigydserver.OpPoll, Status: 404, Times: 3, Name: "stray"}))
}

func TestRetryAfterIsObeyedByTheWholeProvider(t *testing.T) {
	for name, f := range map[string]rigydserver.Fault{
		"seconds": {RetryAfter: "120"},
		"a date":  {RetryDate: 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			f.Kind, f.Op, f.Status, f.Times, f.Name = rigydserver.Answer, rigydserver.OpSubmit, 429, 1, "slower"
			bubble(t, func(r *rig) {
				a, b := r.drop("a.obj", "a chair"), r.drop("b.obj", "b chair")
				r.after(100*time.Second, a.ID)
				r.fired("slower")
				if n := len(r.provider.Ledger()); n > 1 { // the other may have been on its way
					t.Errorf("%d submissions within the time that was asked for", n)
				}
				r.want(5*minute, a.ID, queue.Done, "")
				r.want(0, b.ID, queue.Done, "")
				r.paid(2)
			}, rigydtest.WithFaults(f))
		})
	}
}

// A provider that takes a second for each submission gets them in the order in
// which they were dropped.
func TestSlowProviderIsServedInOrder(t *testing.T) {
	bubble(t, func(r *rig) {
		var ids []string
		r.stop()
		r.line.MaxUploads = 1
		for i := range 50 {
			ids = append(ids, r.drop(fmt.Sprintf("a%02d.obj", i), fmt.Sprint("asset ", i)).ID)
		}
		r.start()
		r.want(20*minute, ids[49], queue.Done, "")
		r.fired("slow")
		for i, e := range r.provider.Ledger() {
			if !strings.HasPrefix(e.Filename, fmt.Sprintf("a%02d_", i)) {
				t.Errorf("submission %d is %s", i, e.Filename)
			}
		}
		r.paid(50)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Delay, Op: rigydserver.OpSubmit, After: time.Second, Name: "slow"}))
}

func TestCopiesOfABadAssetAreNotSentForEver(t *testing.T) {
	bubble(t, func(r *rig) {
		var ids []string
		for i := range 6 {
			r.mkdir(fmt.Sprint(i))
			ids = append(ids, r.drop(fmt.Sprintf("%d/bad.obj", i), "no mesh").ID)
		}
		r.after(30*minute, ids[0])
		if n := r.tally(); n["failed"] != 6 {
			t.Errorf("%v", n)
		}
		r.paid(3)
		last := r.want(0, ids[5], queue.Failed, "")
		if !strings.Contains(last.Error, "failed 3 times") || !strings.Contains(last.Hint, "simdrop retry") {
			t.Errorf("%q, %q", last.Error, last.Hint)
		}
		queuetest.MustUpdate(t, r.queue, last.ID, func(j *queue.Job) { j.Enter(queue.Queued); j.Again = true })
		r.want(5*minute, last.ID, queue.Failed, "")
		r.paid(4)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Text: "no mesh in it", Name: "bad"}))
}

// As many submissions in doubt as may be in flight: each is sent again all the same.
func TestDoubtsDoNotWaitForEachOther(t *testing.T) {
	bubble(t, func(r *rig) {
		r.stop()
		r.line.MaxInFlight = 4
		r.start()
		var ids []string
		for i := range 12 {
			ids = append(ids, r.drop(fmt.Sprintf("a%02d.obj", i), fmt.Sprint("asset ", i)).ID)
		}
		r.after(time.Hour, ids[0])
		if n := r.tally(); n["done"] != 12 {
			t.Errorf("%v", n)
		}
		if n := r.provider.Faults.Fired("dropped"); n != 4 {
			t.Errorf("%d submissions were dropped", n)
		}
		r.paid(12)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Drop, Op: rigydserver.OpSubmit, At: rigydserver.Received, Times: 4, Name: "dropped"}))
}

// A frozen job that waits, and that a newer version of its asset ends, leaves
// nothing in the spool.
func TestReplacedJobLeavesNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		r.stop()
		r.line.Provider = &away{Provider: r.line.Provider, until: time.Now().Add(30 * minute)}
		r.start()
		old := r.want(minute, r.drop("chair.obj", "a chair").ID, queue.Queued, "")
		dir := filepath.Join(r.spool(), old.ID)
		if _, err := os.Stat(dir); err != nil {
			t.Fatal("it is not frozen:", err)
		}
		fresh := r.drop("chair.obj", "a better chair")
		r.want(minute, old.ID, queue.Cancelled, "")
		if left, err := os.ReadDir(dir); err == nil {
			t.Errorf("the spool still holds %v", left)
		}
		r.want(time.Hour, fresh.ID, queue.Done, "")
	})
}
