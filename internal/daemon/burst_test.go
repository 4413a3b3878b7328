package daemon_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"simdrop/internal/config"
	"simdrop/internal/control"
)

// approving makes the rig ask for approval above n drops.
func (r *rig) approving(n int) {
	p := r.cfg.Providers[config.Rigyd]
	p.Budget.ApproveAbove = n
	r.cfg.Providers[config.Rigyd] = p
}

func (r *rig) writeMany(n int) (paths []string) {
	for i := range n {
		paths = append(paths, r.write(fmt.Sprintf("chair%d.obj", i), fmt.Sprintf("# %d\n", i)+plainOBJ))
	}
	return paths
}

// allDone waits until n jobs are done, in whatever order.
func (r *rig) allDone(n int) {
	r.t.Helper()
	for range n {
		r.seen(fmt.Sprint(n, " done jobs"), func(j control.Job) bool { return j.State == "done" })
	}
}

func TestBurstWaitsForApproval(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.approving(5)
	r.start()
	paths := r.writeMany(7)
	j := r.seen("the burst's text", func(j control.Job) bool { return strings.Contains(j.Error, "7 assets, about 7 credits") })
	if j.State != "held" || j.Reason != "approval" || !strings.HasSuffix(j.Error, "`simdrop release --reason approval`") {
		t.Errorf("%s %s: %q, %q", j.State, j.Reason, j.Error, j.Hint)
	}
	r.paid(0)
	jobs, err := r.daemon.Jobs(context.Background(), "held", 0)
	if err != nil || len(jobs) != len(paths) {
		t.Fatalf("%d held, %v", len(jobs), err)
	}
	for _, j := range jobs {
		if _, err := r.daemon.Release(context.Background(), j.ID); err != nil {
			t.Fatal(err)
		}
	}
	r.allDone(7)
	r.paid(7)
}

func TestSmallBurstNeedsNoApproval(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.approving(5)
	r.start()
	r.writeMany(5)
	r.allDone(5)
}

func TestLaterOnesOfABurstHoldTheEarlier(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.approving(2)
	r.cfg.Providers[config.Rigyd] = slow(r.cfg.Providers[config.Rigyd])
	r.start()
	r.provider.Hold()
	first := r.write("first.obj", "# first\n"+plainOBJ)
	r.until(first, "converting")
	second := r.write("second.obj", "# second\n"+plainOBJ)
	r.until(second, "queued")
	third := r.write("third.obj", "# third\n"+plainOBJ)
	r.until(third, "held")
	jobs, err := r.daemon.Jobs(context.Background(), "held", 0)
	if err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs held (%v), want the second and the third: %+v", len(jobs), err, jobs)
	}
	r.provider.Release()
	r.until(first, "done")
	r.paid(1)
}

// slow lets one job be with the provider at a time.
func slow(p config.Provider) config.Provider {
	p.MaxUploads, p.MaxInFlight = 1, 1
	return p
}

func TestLocalEngineNeedsNoApproval(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.Watch[0].Provider = config.Local
	p := r.cfg.Providers[config.Local]
	p.Budget.ApproveAbove = 1
	r.cfg.Providers[config.Local] = p
	r.start()
	r.writeMany(4)
	r.allDone(4)
}

func TestBacklogSaysHowManyAndWhatTheyCost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.approving(1)
	r.writeMany(3)
	r.start()
	j := r.seen("the backlog's text", func(j control.Job) bool { return strings.Contains(j.Error, "3 assets, about 3 credits") })
	if j.Reason != "existing" || !strings.Contains(j.Error, "release --reason existing") {
		t.Errorf("%s: %q", j.Reason, j.Error)
	}
	r.paid(0)
}
