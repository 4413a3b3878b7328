package uploader_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/uploader"
)

// many restarts the rig's uploader for n jobs in flight at once and drops them.
func (r *rig) many(n int, change func(*uploader.Line)) (ids []string) {
	r.stop()
	r.line.MaxUploads, r.line.MaxInFlight = 32, n
	if change != nil {
		change(&r.line)
	}
	r.start()
	for i := range n {
		ids = append(ids, r.drop(fmt.Sprintf("a%03d.obj", i), fmt.Sprint("asset ", i)).ID)
	}
	return ids
}

// asked counts the questions about jobs so far.
func (r *rig) asked() int {
	return r.provider.Faults.Requests(rigydserver.OpPoll) + r.provider.Faults.Requests(rigydserver.OpList)
}

// workers lets the provider convert so many jobs at once.
func workers(n int) rigydtest.Option {
	return rigydtest.With(func(o *rigydserver.Options) { o.Workers, o.Timeout = n, 4*time.Hour })
}

func TestManyJobsAreFollowedAtASteadyRate(t *testing.T) {
	jobs := 500
	if testing.Short() {
		jobs = 101
	}
	bubble(t, func(r *rig) {
		ids := r.many(jobs, nil)
		r.want(minute, ids[jobs-1], queue.Converting, "")
		if n := r.up.InFlight("rigyd"); n != jobs {
			t.Fatalf("%d in flight, want %d", n, jobs)
		}
		// An interval has 16 single questions and 5 pages of the list.
		for range 2 {
			before := r.asked()
			r.after(minute, ids[0])
			n := r.asked() - before
			t.Logf("%d questions in a minute", n)
			if most := 15 * (16 + 5 + 1); n > most || n < most/2 {
				t.Errorf("%d questions in a minute about %d jobs, want up to %d", n, jobs, most)
			}
		}
		r.paid(jobs)
	}, rigydtest.Took(2*time.Hour), workers(jobs))
}

func TestFinishedJobsAreFoundInTheList(t *testing.T) {
	bubble(t, func(r *rig) {
		ids := r.many(200, func(l *uploader.Line) { l.MaxInFlight = 201 })
		r.want(minute, ids[199], queue.Converting, "")
		// Its turn for a single question comes once in 50 s, the list shows it within 4.
		r.want(12*time.Second, r.drop("bad.obj", "no mesh").ID, queue.Failed, "")
		r.fired("fail")
	}, rigydtest.Took(2*time.Hour), workers(201), rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Match: "bad", Text: "no mesh"}))
}

// blind is a provider whose list never shows that a job ended, or cannot be read.
type blind struct {
	*away
	uploader.Lister
	err error
	n   int
}

func (b *blind) Recent(ctx context.Context, n int) ([]uploader.Remote, error) {
	b.n++
	if b.err != nil {
		return nil, b.err
	}
	jobs, err := b.Since(ctx, uploader.Fence{})
	for i := range jobs {
		jobs[i].Phase, jobs[i].Status = uploader.Working, "running"
	}
	return jobs, err
}

func TestNoJobWaitsForTheList(t *testing.T) {
	for name, err := range map[string]error{
		"stale":      nil,
		"unreadable": &uploader.Error{Provider: "rigyd", Op: "list", Class: uploader.Transient, Status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				var b *blind
				ids := r.many(100, func(l *uploader.Line) {
					b = &blind{away: &away{Provider: l.Provider}, Lister: l.Provider.(uploader.Lister), err: err}
					l.Provider = b
				})
				r.after(10*minute, ids[0])
				if n := r.tally(); n["done"] != 100 || b.n == 0 {
					t.Errorf("%v after %d looks into the list", n, b.n)
				}
				r.paid(100)
			}, rigydtest.Took(2*time.Minute), workers(100))
		})
	}
}
