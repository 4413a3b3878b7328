package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// number reads a whole number from the environment.
func number(name string, standard int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return standard
}

// TestKilledAtRandom kills the daemon again and again while assets arrive and the
// provider loses answers, accepts late and sends damaged results. In the end every
// asset has its whole result and was paid for once. SIMDROP_KILLS, SIMDROP_DROPS
// and SIMDROP_SEED make it longer or repeat it.
func TestKilledAtRandom(t *testing.T) {
	kills, drops := number("SIMDROP_KILLS", 12), number("SIMDROP_DROPS", 12)
	seed, dice := seeded(t)
	lies := []rigydserver.Fault{
		{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, P: 0.15, Name: "lost"},
		{Kind: rigydserver.AcceptLate, Op: rigydserver.OpSubmit, After: 250 * time.Millisecond, P: 0.1, Name: "late"},
		{Kind: rigydserver.AnswerAfter, Op: rigydserver.OpSubmit, Status: 500, P: 0.1, Name: "500-after"},
		{Kind: rigydserver.Answer, Op: rigydserver.OpSubmit, Status: 503, P: 0.05, Name: "503"},
		{Kind: rigydserver.Answer, Op: rigydserver.OpSubmit, Status: 429, RetryAfter: "1", P: 0.05, Name: "429"},
		{Kind: rigydserver.ListLag, Op: rigydserver.OpList, After: 80 * time.Millisecond, Name: "lag"},
		{Kind: rigydserver.Cut, Op: rigydserver.OpResult, P: 0.1, Name: "cut"},
		{Kind: rigydserver.Answer, Op: rigydserver.OpResult, Status: 502, P: 0.1, Name: "502"},
	}
	p := rigydtest.Start(t, rigydtest.Took(50*time.Millisecond), rigydtest.WithFaults(lies...),
		rigydtest.With(func(o *rigydserver.Options) { o.Account.Metered = false }))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 2s, max_uploads: 6"))

	var paths []string
	stopReading := scan(t, h)
	for k := range kills {
		proc := h.Start()
		for len(paths)*kills < (k+1)*drops {
			n := len(paths)
			paths = append(paths, h.Write(fmt.Sprintf("asset%03d.obj", n), fmt.Appendf(nil, "# asset %d of %d\n%s", n, seed, triangle)))
		}
		<-time.After(time.Duration(100+dice.IntN(900)) * time.Millisecond)
		proc.Kill()
	}
	c := h.Start().Ready()
	jobs, doubts := untilReleased(t, c, paths)
	torn := stopReading()

	oncePaid(t, p, jobs, len(paths))
	if torn != 0 {
		t.Errorf("%d results were visible before they were whole", torn)
	}
	if len(p.Faults.AllFired()) == 0 {
		t.Error("the provider never lied")
	}
	if doubts > max(2, drops/10) {
		t.Errorf("%d of %d assets were held", doubts, drops)
	}
	t.Logf("%d kills, %d assets, %d held after a second doubt and released, faults %v", kills, len(paths), doubts, p.Faults.AllFired())
}

// untilReleased waits until the assets are done. With enough kills and lies one or
// the other submission is in doubt a second time, and its job is held: it is
// released then, as a person would do who saw that the provider does not have it.
func untilReleased(t *testing.T, c *control.Client, paths []string) (jobs map[string]control.Job, released int) {
	t.Helper()
	for {
		e2e.UntilAll(t, c, paths, func(j control.Job) bool {
			return j.State == control.Done || j.State == control.Held && j.Reason == "ambiguous"
		})
		held, err := c.Jobs(t.Context(), control.Held, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(held) == 0 {
			return e2e.Until(t, c, control.Done, paths...), released
		}
		for _, j := range held {
			if _, err := c.Release(t.Context(), j.ID); err != nil {
				t.Fatal(err)
			}
			released++
		}
	}
}

// scan looks for half results in a loop until it is stopped, and returns how many
// it saw: a result folder without its sidecar or its main layer.
func scan(t *testing.T, h *e2e.Home) (stop func() int) {
	quit, done := make(chan struct{}), make(chan int)
	go func() {
		torn := 0
		for {
			select {
			case <-quit:
				done <- torn
				return
			default:
			}
			results, _ := filepath.Glob(filepath.Join(h.Watch, "*.simready"))
			for _, r := range results {
				for _, name := range []string{"simready.json", filepath.Base(r[:len(r)-len(".simready")]) + ".usd"} {
					if _, err := os.Stat(filepath.Join(r, name)); err != nil {
						t.Logf("%s has no %s", r, name)
						torn++
					}
				}
			}
			<-time.After(2 * time.Millisecond)
		}
	}()
	stop = sync.OnceValue(func() int { close(quit); return <-done })
	t.Cleanup(func() { stop() }) // before the folders are removed
	return stop
}

// seeded returns the seed of this run, and its dice.
func seeded(t *testing.T) (uint64, *rand.Rand) {
	t.Helper()
	seed := uint64(number("SIMDROP_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d: repeat with SIMDROP_SEED=%d", seed, seed)
	return seed, rand.New(rand.NewPCG(seed, 0))
}

// oncePaid fails the test unless every job has its whole result and the provider
// accepted each of n assets once.
func oncePaid(t *testing.T, p *rigydtest.Provider, jobs map[string]control.Job, n int) {
	t.Helper()
	for _, j := range jobs {
		e2e.Whole(t, j.Result)
	}
	accepted := p.Ledger().Accepted()
	for token, times := range accepted {
		if times != 1 {
			t.Errorf("%s was accepted %d times", token, times)
		}
	}
	if len(accepted) != n {
		t.Errorf("%d assets were submitted, want %d", len(accepted), n)
	}
}
