package uploader_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/result"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/queue/queuetest"
	"simdrop/uploader"
	"simdrop/uploader/rigyd"
)

// simulateIn drops an asset whose result is to be simulated.
func (r *rig) simulateIn(name, content, scene string) queue.Job {
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte("# "+content+obj), 0o644); err != nil {
		r.t.Fatal(err)
	}
	o := queuetest.Drop(path, content)
	o.Root, o.Simulate = r.dir, scene
	return queuetest.MustOffer(r.t, r.queue, o)
}

// simulationOf waits until the conversion is done and returns its simulation.
func (r *rig) simulationOf(id string) queue.Job {
	r.t.Helper()
	for range 60 {
		if j := r.after(time.Second, id); j.State == queue.Done {
			sim, err := r.queue.Get(j.Simulated)
			if err != nil {
				r.t.Fatal(err)
			}
			return sim
		}
	}
	r.t.Fatalf("the conversion is not done: %+v", r.after(0, id))
	return queue.Job{}
}

// simulations returns what the provider accepted of them.
func (r *rig) simulations() (all rigydserver.Ledger) {
	for _, e := range r.provider.Ledger() {
		if e.Type == rigydserver.TypeSimulate {
			all = append(all, e)
		}
	}
	return all
}

// simulated fails the test unless the result is whole and has the simulation, and
// the provider simulated n times.
func (r *rig) simulated(j queue.Job, n int) {
	r.t.Helper()
	if problems, err := result.Verify(j.Simulation.Result); err != nil || len(problems) > 0 {
		r.t.Errorf("%v %v", problems, err)
	}
	s, err := result.ReadSidecar(j.Simulation.Result)
	if err != nil || len(s.Simulations) != 1 || s.Simulations[0].Scene != j.Simulation.Scene || s.Simulations[0].Key != j.Key || len(s.Simulations[0].Files) == 0 {
		r.t.Errorf("the sidecar's simulations: %+v, %v", s.Simulations, err)
	}
	if _, err := os.Stat(filepath.Join(j.Simulation.Result, "sim", j.Simulation.Scene+".log")); err != nil {
		r.t.Error(err)
	}
	if l := r.simulations(); len(l) != n {
		r.t.Errorf("the provider accepted %d simulations, want %d: %+v", len(l), n, l)
	}
}

func TestSimulationFollowsTheConversion(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.simulateIn("chair.obj", "a chair", "drop")
		sim := r.simulationOf(j.ID)
		if _, err := os.Stat(filepath.Join(r.dir, "chair.simready", "sim")); err == nil {
			t.Error("the conversion waited for its simulation")
		}
		sim = r.want(time.Minute, sim.ID, queue.Done, "")
		r.simulated(sim, 1)
		if sim.Result != filepath.Join(r.dir, "chair.simready") || sim.Path != j.Path || sim.RemoteType != "simulate_usd" {
			t.Errorf("%+v", sim)
		}
		// An equal asset costs nothing, the simulation neither.
		r.mkdir("b")
		again := r.simulationOf(r.simulateIn("b/chair.obj", "a chair", "drop").ID)
		r.simulated(r.want(time.Minute, again.ID, queue.Done, ""), 1)
		// In another scene it is another one.
		r.mkdir("c")
		demo := r.simulationOf(r.simulateIn("c/chair.obj", "a chair", "demo").ID)
		r.simulated(r.want(time.Minute, demo.ID, queue.Done, ""), 2)
		if left, _ := os.ReadDir(r.spool()); len(left) != 0 {
			t.Errorf("the spool still holds %v", left)
		}
	})
}

func TestLostAnswerToASimulation(t *testing.T) {
	for name, c := range map[string]struct {
		faults  []rigydserver.Fault
		within  time.Duration
		adopted bool
	}{
		"lost":       {[]rigydserver.Fault{{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSimulate, Times: 1, Name: "f"}}, time.Minute, true},
		"500 after":  {[]rigydserver.Fault{{Kind: rigydserver.AnswerAfter, Op: rigydserver.OpSimulate, Status: 500, Times: 1, Name: "f"}}, time.Minute, true},
		"unreadable": {[]rigydserver.Fault{{Kind: rigydserver.Garble, Op: rigydserver.OpSimulate, Times: 1, Name: "f"}}, time.Minute, true},
		"dropped":    {[]rigydserver.Fault{{Kind: rigydserver.Drop, Op: rigydserver.OpSimulate, At: rigydserver.Received, Times: 1, Name: "f"}}, 6 * time.Minute, false},
		"rate limit": {[]rigydserver.Fault{{Kind: rigydserver.Answer, Op: rigydserver.OpSimulate, Status: 429, RetryAfter: "7", Times: 1, Name: "f"}}, time.Minute, false},
		"too early":  {[]rigydserver.Fault{{Kind: rigydserver.Answer, Op: rigydserver.OpSimulate, Status: 409, Times: 2, Name: "f"}}, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				sim := r.simulationOf(r.simulateIn("chair.obj", "a chair", "drop").ID)
				sim = r.want(c.within, sim.ID, queue.Done, "")
				r.fired("f")
				r.simulated(sim, 1)
				if sim.Adopted != c.adopted {
					t.Errorf("adopted: %v", sim.Adopted)
				}
			}, rigydtest.WithFaults(c.faults...))
		})
	}
}

// Two lost requests are a matter for a person, who is told what it may cost.
func TestSimulationInDoubtTwice(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{})
		sim := r.simulationOf(r.simulateIn("chair.obj", "a chair", "drop").ID)
		sim = r.want(30*time.Minute, sim.ID, queue.Held, queue.Ambiguous)
		if !strings.Contains(sim.Hint, "2 credits") {
			t.Errorf("hint %q", sim.Hint)
		}
		if l := r.simulations(); len(l) != 0 {
			t.Errorf("%+v", l)
		}
		queuetest.MustUpdate(t, r.queue, sim.ID, func(j *queue.Job) { j.Enter(j.Back) })
		sim = r.want(time.Minute, sim.ID, queue.Done, "")
		r.simulated(sim, 1)
		if sim.Credits != 2 {
			t.Errorf("%v credits", sim.Credits)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Drop, Op: rigydserver.OpSimulate, At: rigydserver.Received, Times: 2, Name: "f"}), simulationsCost(2))
}

// simulationsCost sets a price that the documentation does not have.
func simulationsCost(credits float64) rigydtest.Option {
	return rigydtest.With(func(o *rigydserver.Options) {
		o.Price = func(jobType string) float64 {
			if jobType == rigydserver.TypeSimulate {
				return credits
			}
			return rigydtest.Prices[jobType]
		}
	})
}

// A simulation that costs something is held for the budget, while the result is there.
func TestSimulationWithinTheBudget(t *testing.T) {
	bubble(t, func(r *rig) {
		r.budgeted(queue.Limits{PerDay: 2})
		sim := r.simulationOf(r.simulateIn("chair.obj", "a chair", "drop").ID)
		sim = r.want(time.Minute, sim.ID, queue.Held, queue.Budget)
		if sim.Estimate != 2 {
			t.Errorf("estimated at %v", sim.Estimate)
		}
		sim = r.want(25*time.Hour, sim.ID, queue.Done, "")
		r.simulated(sim, 1)
		if sum, err := r.queue.ProviderSum("rigyd", queue.Ever); err != nil || sum.Spent != 3 {
			t.Errorf("%+v %v", sum, err)
		}
	}, simulationsCost(2))
}

func TestFailedSimulationLeavesTheResult(t *testing.T) {
	bubble(t, func(r *rig) {
		id := r.simulateIn("chair.obj", "a chair", "drop").ID
		sim := r.simulationOf(id)
		before, err := os.ReadFile(filepath.Join(r.dir, "chair.simready", "simready.json"))
		if err != nil {
			t.Fatal(err)
		}
		sim = r.want(time.Minute, sim.ID, queue.Failed, "")
		if !strings.Contains(sim.Error, "could not simulate it: it exploded") || !strings.Contains(sim.Hint, "stays as it is") {
			t.Errorf("%q, %q", sim.Error, sim.Hint)
		}
		r.want(0, id, queue.Done, "")
		if after, err := os.ReadFile(filepath.Join(r.dir, "chair.simready", "simready.json")); err != nil || string(after) != string(before) {
			t.Errorf("the result changed: %v", err)
		}
		// Tried again, it is sent anew.
		queuetest.MustUpdate(t, r.queue, sim.ID, func(j *queue.Job) {
			j.Enter(queue.Queued)
			j.RemoteID, j.RemoteFailed, j.Intent, j.Key = "", false, nil, ""
		})
		r.simulated(r.want(time.Minute, sim.ID, queue.Done, ""), 2)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Skip: 1, Times: 1, Text: "it exploded", Name: "f"}))
}

// Many copies of an asset that cannot be simulated are no reason to try each of them.
func TestSimulationThatAlwaysFails(t *testing.T) {
	bubble(t, func(r *rig) {
		for i := range 5 {
			dir := string(rune('a' + i))
			r.mkdir(dir)
			sim := r.simulationOf(r.simulateIn(dir+"/chair.obj", "a chair", "drop").ID)
			sim = r.want(time.Minute, sim.ID, queue.Failed, "")
			if again := strings.Contains(sim.Error, "failed 3 times"); again != (i >= 3) {
				t.Errorf("simulation %d: %s", i+1, sim.Error)
			}
		}
		if l := r.simulations(); len(l) != 3 {
			t.Errorf("%d simulations, want 3", len(l))
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Skip: 1, Text: "it exploded", Name: "f"}))
}

// What a person does to the result, or what replaces it, ends the simulation
// without harm.
func TestSimulationOfAResultThatChanged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *rig)
		state  queue.State
		reason queue.Reason
	}{
		"edited": {func(r *rig) {
			if err := os.WriteFile(filepath.Join(r.dir, "chair.simready", "mine.txt"), []byte("x"), 0o644); err != nil {
				r.t.Fatal(err)
			}
		}, queue.Held, queue.Edited},
		"removed": {func(r *rig) {
			if err := os.RemoveAll(filepath.Join(r.dir, "chair.simready")); err != nil {
				r.t.Fatal(err)
			}
		}, queue.Cancelled, ""},
		"replaced": {func(r *rig) {
			r.want(5*time.Second, r.drop("chair.obj", "a newer chair").ID, queue.Done, "")
		}, queue.Cancelled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				sim := r.simulationOf(r.simulateIn("chair.obj", "a chair", "drop").ID)
				r.offline.Store("the share is away")                     // what is fetched waits
				sim = r.want(50*time.Second, sim.ID, queue.Fetching, "") // and not due for some seconds
				if name == "replaced" {
					r.offline.Store("")
				}
				c.change(r)
				r.offline.Store("")
				r.want(2*time.Minute, sim.ID, c.state, c.reason)
				if name != "edited" {
					return
				}
				if err := os.Remove(filepath.Join(r.dir, "chair.simready", "mine.txt")); err != nil {
					t.Fatal(err)
				}
				queuetest.MustUpdate(t, r.queue, sim.ID, func(j *queue.Job) { j.Enter(j.Back) })
				r.simulated(r.want(time.Minute, sim.ID, queue.Done, ""), 1)
			}, rigydtest.Took(0))
		})
	}
}

// A daemon that stops at any moment goes on where it was, and pays once.
func TestSimulationAcrossRestarts(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Millisecond, time.Second, 3 * time.Second, 5 * time.Second, 20 * time.Second, 34 * time.Second} {
		t.Run(wait.String(), func(t *testing.T) {
			bubble(t, func(r *rig) {
				sim := r.simulationOf(r.simulateIn("chair.obj", "a chair", "drop").ID)
				r.after(wait, sim.ID)
				for range 3 {
					r.stop()
					r.start()
				}
				r.simulated(r.want(7*time.Minute, sim.ID, queue.Done, ""), 1)
			}, simulationsCost(2))
		})
	}
}

// What another machine, or a queue that was lost, had simulated is adopted.
func TestSimulationIsFoundAtTheProvider(t *testing.T) {
	bubble(t, func(r *rig) {
		r.line.Tariff = uploader.Tariff{Prices: rigyd.Prices, JobType: rigyd.JobType, Simulation: rigyd.SimulationType}
		j := r.want(time.Minute, r.drop("chair.obj", "a chair").ID, queue.Done, "")
		other, err := r.client(r.provider.Key).Simulate(context.Background(), j.RemoteID, "drop")
		if err != nil {
			t.Fatal(err)
		}
		r.mkdir("b")
		sim := r.simulationOf(r.simulateIn("b/chair.obj", "a chair", "drop").ID)
		sim = r.want(time.Minute, sim.ID, queue.Done, "")
		r.simulated(sim, 1)
		if sim.RemoteID != other.ID || !sim.Adopted {
			t.Errorf("%s, adopted %v; want %s", sim.RemoteID, sim.Adopted, other.ID)
		}
	})
}

func TestProviderLostTheConversion(t *testing.T) {
	bubble(t, func(r *rig) {
		sim := r.simulationOf(r.simulateIn("chair.obj", "a chair", "drop").ID)
		sim = r.want(time.Minute, sim.ID, queue.Failed, "")
		if !strings.Contains(sim.Error, "no longer has the conversion") {
			t.Errorf("%q", sim.Error)
		}
		if problems, err := result.Verify(sim.Simulation.Result); err != nil || len(problems) > 0 {
			t.Errorf("%v %v", problems, err)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Answer, Op: rigydserver.OpSimulate, Status: 404}))
}
