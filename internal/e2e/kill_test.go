package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

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
	seed := uint64(number("SIMDROP_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d: repeat with SIMDROP_SEED=%d", seed, seed)
	dice := rand.New(rand.NewPCG(seed, 0))

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
	jobs := e2e.Until(t, c, "done", paths...)
	torn := stopReading()

	for _, j := range jobs {
		e2e.Whole(t, j.Result)
	}
	accepted := p.Ledger().Accepted()
	for token, n := range accepted {
		if n != 1 {
			t.Errorf("%s was accepted %d times", token, n)
		}
	}
	if len(accepted) != len(paths) {
		t.Errorf("%d assets were submitted, want %d", len(accepted), len(paths))
	}
	if torn != 0 {
		t.Errorf("%d results were visible before they were whole", torn)
	}
	if len(p.Faults.AllFired()) == 0 {
		t.Error("the provider never lied")
	}
	t.Logf("%d kills, %d assets, faults %v", kills, len(paths), p.Faults.AllFired())
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
	return func() int { close(quit); return <-done }
}
