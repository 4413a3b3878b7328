package e2e_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestBudgetThroughKills copies a folder of assets under a budget of a tenth of their
// price, and kills the daemon at random while they arrive and are sent. Exactly the
// budget is spent, a failed job's credit comes back and is spent on another, and the
// rest is held with the reason. A raised budget lets the next ones go, in order.
// SIMDROP_ASSETS makes it larger.
func TestBudgetThroughKills(t *testing.T) {
	assets := number("SIMDROP_ASSETS", 100)
	budget, raised, failures, kills := assets/10, assets*3/20, 3, 4
	_, dice := seeded(t)
	p := rigydtest.Start(t, rigydtest.Took(10*time.Millisecond),
		rigydtest.WithFaults(rigydserver.Fault{Name: "fail", Kind: rigydserver.FailJob, Times: failures}),
		rigydtest.With(func(o *rigydserver.Options) { o.Workers, o.Account.Metered = 8, false }))
	limited := func(perMonth int) string {
		return fmt.Sprintf("  rigyd: {base_url: %q, api_key: %q, poll_interval: 50ms, ambiguous_wait: 1s, max_uploads: 6, budget: {approve_above: 0, per_month: %d}}", p.URL, p.Key, perMonth)
	}
	h := e2e.NewHome(t, "rigyd", limited(budget))
	for n := range assets {
		h.Write(fmt.Sprintf("asset%04d.obj", n), fmt.Appendf(nil, "# asset %d\n%s", n, triangle))
	}
	for range kills {
		proc := h.Start()
		<-time.After(time.Duration(200+dice.IntN(600)) * time.Millisecond)
		proc.Kill()
	}
	proc := h.Start()
	spent(t, proc.Ready(), p, assets, budget, failures)

	proc.Kill()
	h.Configure("rigyd", limited(raised))
	for range 2 {
		proc = h.Start()
		<-time.After(time.Duration(200+dice.IntN(400)) * time.Millisecond)
		proc.Kill()
	}
	spent(t, h.Start().Ready(), p, assets, raised, failures)
}

// spent waits until exactly the budget was spent, on the first assets of the queue,
// and the rest is held for it.
func spent(t *testing.T, c *control.Client, p *rigydtest.Provider, assets, budget, failures int) {
	t.Helper()
	var wrong []string
	for deadline := time.Now().Add(long); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		all, err := c.Jobs(t.Context(), "", 0)
		if err != nil {
			continue
		}
		for _, j := range all {
			// In doubt after two kills in the wrong moment: a person who saw the
			// provider's list would release it.
			if j.State == control.Held && j.Reason == "ambiguous" {
				if _, err := c.Release(t.Context(), j.ID); err != nil {
					t.Error(err)
				}
			}
		}
		if wrong = amiss(t, all, assets, budget, failures); len(wrong) == 0 {
			break
		}
	}
	if len(wrong) > 0 {
		t.Fatalf("%d things are not as wanted:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 10)], "\n"))
	}
	truth := p.Ledger()
	if total := truth.Total(); total != float64(budget) || len(truth) != budget+failures || len(truth.Twice()) != 0 {
		t.Errorf("the provider charged %v credits for %d jobs, %v twice; want %d", total, len(truth), truth.Twice(), budget)
	}
	l, err := c.Ledger(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if l.Total.Net != float64(budget) || l.Total.Refunded != float64(failures) {
		t.Errorf("the ledger says %+v, want %d net and %d refunded", l.Total, budget, failures)
	}
}

// amiss says which jobs are not as wanted.
func amiss(t *testing.T, jobs []control.Job, assets, budget, failures int) (wrong []string) {
	t.Helper()
	slices.SortFunc(jobs, func(x, y control.Job) int { return cmp.Compare(serial(t, x), serial(t, y)) })
	if len(jobs) != assets {
		wrong = append(wrong, fmt.Sprintf("%d jobs for %d assets", len(jobs), assets))
	}
	seen := map[string]string{}
	for _, j := range jobs {
		if id, twice := seen[j.Path]; twice {
			wrong = append(wrong, fmt.Sprintf("%s has jobs %s and %s: %+v", j.Path, id, j.ID, j))
		}
		seen[j.Path] = j.ID
		if !strings.HasPrefix(filepath.Base(j.Path), "asset") || filepath.Ext(j.Path) != ".obj" {
			wrong = append(wrong, fmt.Sprintf("%s is no asset: %+v", j.Path, j))
		}
	}
	text := fmt.Sprintf("%d of %d credits of this month are spent; it goes on next month", budget, budget)
	states := map[string]int{}
	for i, j := range jobs {
		states[strings.TrimSpace(j.State+" "+j.Reason)]++
		paid := j.State == control.Done || j.State == control.Failed
		held := j.State == control.Held && j.Reason == "budget" && j.Error == text && strings.Contains(j.Hint, "budget.per_month")
		if first := i < budget+failures; first && !paid || !first && !held {
			wrong = append(wrong, fmt.Sprintf("%s, job %s and number %d of the queue: %s %s %s", j.Path, j.ID, i, j.State, j.Reason, j.Error))
		}
	}
	if states["done"] != budget || states["failed"] != failures || states["held budget"] != assets-budget-failures {
		wrong = append(wrong, fmt.Sprint(states))
	}
	return wrong
}

func serial(t *testing.T, j control.Job) int {
	t.Helper()
	n, err := strconv.Atoi(j.ID)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
