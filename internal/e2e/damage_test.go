package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestDamagedQueues damages the queue of a stopped daemon in ever new ways and
// starts it again. It always starts, and then knows what it knew: results that are
// there are done, the conversion under way is followed, and nothing is submitted.
// SIMDROP_DAMAGES makes it longer.
func TestDamagedQueues(t *testing.T) {
	const lanes = 3
	n := number("SIMDROP_DAMAGES", 6)
	seed, _ := seeded(t)
	for lane := range lanes {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			d := newDamaged(t, rand.New(rand.NewPCG(seed, uint64(lane))))
			noticed := 0
			for i := range (n + lanes - 1) / lanes {
				noticed += d.again(i)
			}
			d.provider.Release()
			oncePaid(t, d.provider, e2e.Until(t, d.home.Start().Ready(), control.Done, append(d.done, d.flying.Path)...), 4)
			if noticed == 0 {
				t.Error("no damage was noticed: too little to prove anything")
			}
			t.Logf("%d damages, %d queues set aside", (n+lanes-1)/lanes, noticed)
		})
	}
}

// damaged is a daemon that has done some assets and follows one more.
type damaged struct {
	t        *testing.T
	dice     *rand.Rand
	provider *rigydtest.Provider
	home     *e2e.Home
	done     []string
	flying   control.Job
}

func newDamaged(t *testing.T, dice *rand.Rand) *damaged {
	d := &damaged{t: t, dice: dice, provider: rigydtest.Start(t)}
	d.home = e2e.NewHome(t, "rigyd", e2e.Rigyd(d.provider.URL, d.provider.Key, ", ambiguous_wait: 10m"))
	proc := d.home.Start()
	c := proc.Ready()
	for i := range 3 {
		d.done = append(d.done, d.home.Write(fmt.Sprintf("done%d.obj", i), fmt.Appendf(nil, "# %d\n%s", i, triangle)))
	}
	e2e.Until(t, c, control.Done, d.done...)
	d.provider.Hold()
	path := d.home.Write("flying.obj", []byte("# flying\n"+triangle))
	d.flying = e2e.Until(t, c, control.Converting, path)[path]
	proc.Stop()
	return d
}

// again damages the queue, starts the daemon, waits until it has found its bearings,
// and returns whether it set the queue aside.
func (d *damaged) again(i int) int {
	d.t.Helper()
	before := d.setAside()
	how := d.damage(i)
	proc := d.home.Start()
	c := proc.Ready()
	deadline := time.Now().Add(time.Minute)
	for !d.recovered(c) {
		if time.Now().After(deadline) {
			jobs, _ := c.Jobs(d.t.Context(), "", 0)
			d.t.Fatalf("damage %d, %s: %+v\n%s", i, how, jobs, d.home.Log())
		}
		<-time.After(20 * time.Millisecond)
	}
	if paid := len(d.provider.Ledger()); paid != 4 {
		d.t.Fatalf("damage %d, %s: %d submissions, want 4\n%s", i, how, paid, d.home.Log())
	}
	if code := proc.Stop(); code != 0 {
		d.t.Fatalf("damage %d, %s: stopped with exit code %d", i, how, code)
	}
	return d.setAside() - before
}

// recovered lets go what is held because it was there already, and reports whether
// all is as it was before the damage.
func (d *damaged) recovered(c *control.Client) bool {
	jobs, err := c.Jobs(d.t.Context(), "", 0)
	if err != nil {
		return false
	}
	found := make(map[string]control.Job)
	for _, j := range jobs {
		if _, ok := found[j.Path]; !ok { // the newest comes first
			found[j.Path] = j
		}
		if j.State == control.Held && j.Reason == "existing" {
			c.Release(d.t.Context(), j.ID)
		}
	}
	for _, path := range d.done {
		if found[path].State != control.Done {
			return false
		}
	}
	j := found[d.flying.Path]
	return j.State == control.Converting && j.RemoteID == d.flying.RemoteID
}

func (d *damaged) setAside() int {
	names, err := filepath.Glob(filepath.Join(d.home.State, "queue.db.damaged-*"))
	if err != nil {
		d.t.Fatal(err)
	}
	return len(names)
}

// damage spoils the queue's file, the first time in a way that must be noticed, and
// says how.
func (d *damaged) damage(i int) string {
	d.t.Helper()
	path := filepath.Join(d.home.State, "queue.db")
	b, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	how := ""
	at := d.dice.IntN(len(b))
	if i == 0 {
		at %= 8192 // inside the meta pages: later ones may be in no use
	}
	n := min(1+d.dice.IntN(16384), len(b)-at)
	switch kind := d.dice.IntN(6); {
	case kind == 0 || i == 0:
		how = fmt.Sprintf("cut at %d", at)
		b = b[:at]
	case kind == 1:
		how = "emptied"
		b = nil
	case kind == 2:
		how = "removed"
		if err := os.Remove(path); err != nil {
			d.t.Fatal(err)
		}
		return how
	case kind == 3:
		how = fmt.Sprintf("%d zeros at %d", n, at)
		clear(b[at : at+n])
	case kind == 4:
		how = fmt.Sprintf("%d random bytes at %d", n, at)
		for i := range n {
			b[at+i] = byte(d.dice.Uint32())
		}
	default: // both meta pages lie at the start
		at = d.dice.IntN(8192)
		how = fmt.Sprintf("bit flipped in byte %d", at)
		b[at] ^= 1 << d.dice.IntN(8)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return how
}
