package e2e_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/mutant"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestMutantsPayTwice takes out of a build what keeps simdrop from paying twice, and
// wants that to be seen: otherwise the tests of these guarantees prove nothing. The
// same build without a mutant pays once.
func TestMutantsPayTwice(t *testing.T) {
	if os.Getenv("SIMDROP_MUTANTS") == "" {
		t.Skip("set SIMDROP_MUTANTS=1: it builds the program once more")
	}
	program := e2e.Build(t, "mutants")
	for name, twice := range map[mutant.Name]bool{"": false, mutant.NoIntent: true, mutant.NoWait: true} {
		t.Run("mutant "+string(name), func(t *testing.T) {
			p := rigydtest.Start(t, rigydtest.Took(50*time.Millisecond), rigydtest.WithFaults(
				rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 8, Name: "lost"},
				rigydserver.Fault{Kind: rigydserver.ListLag, Op: rigydserver.OpList, After: 500 * time.Millisecond, Name: "lag"},
			))
			h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 4s"))
			h.Program, h.Env = program, []string{"SIMDROP_MUTANT=" + string(name)}
			var paths []string
			for n := range 6 {
				paths = append(paths, h.Write(fmt.Sprintf("asset%d.obj", n), fmt.Appendf(nil, "# %d\n%s", n, triangle)))
			}
			for range 2 { // kills while answers are being lost
				proc := h.Start()
				proc.Ready()
				<-time.After(700 * time.Millisecond)
				proc.Kill()
			}
			c := h.Start().Ready()
			for _, path := range paths { // who pays twice may end in doubt
				e2e.UntilThat(t, c, path, func(j control.Job) bool { return j.State == "done" || j.Reason == "ambiguous" })
			}
			if p.Faults.Fired("lost") == 0 {
				t.Fatal("no answer was lost")
			}
			again := 0
			for _, n := range p.Ledger().Accepted() {
				again += n - 1
			}
			if (again > 0) != twice {
				t.Errorf("%d submissions were paid again, want some: %v", again, twice)
			}
		})
	}
}
