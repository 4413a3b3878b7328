package daemon_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/result"
)

// stoolOBJ is a closed body: a simulation needs a mass.
const stoolOBJ = "v 0 0 0\nv .4 0 0\nv .4 .1 0\nv 0 0 .2\nv .4 0 .2\nv .4 .1 .2\nf 1 3 2\nf 4 5 6\nf 1 2 5 4\nf 2 3 6 5\nf 1 4 6 3\n"

// simulated waits for the simulation of the asset's job.
func (r *rig) simulated(path string) (conversion, sim control.Job) {
	r.t.Helper()
	conversion = r.seen(path+" done", func(j control.Job) bool {
		return j.Path == path && j.State == control.Done && j.Simulates == ""
	})
	return conversion, r.seen(path+" simulated", func(j control.Job) bool { return j.Simulates == conversion.ID && j.State == control.Done })
}

// The local engine really simulates, through the same client.
func TestLocalSimulation(t *testing.T) {
	r := newRig(t)
	r.cfg.Watch[0].Provider, r.cfg.Watch[0].Convert.Simulate = config.Local, "drop"
	r.start()
	j, sim := r.simulated(r.write("stool.obj", stoolOBJ))
	s := whole(t, j.Result)
	var places []string
	for _, f := range s.Files {
		places = append(places, f.Path)
	}
	if sim.Scene != "drop" || j.Simulation != sim.ID || sim.Result != j.Result || !slices.Contains(places, "sim/drop.gif") || !slices.Contains(places, "sim/drop.log") {
		t.Errorf("simulation %+v, files %v", sim, places)
	}
	if x, err := r.daemon.Explain(context.Background(), j.Path); err != nil || x.Job == nil || x.Job.ID != j.ID {
		t.Errorf("%+v, %v: the asset's job is its conversion", x.Job, err)
	}
	// Nothing in sim/ is taken for a drop, and the same drop begins nothing.
	r.stop()
	r.start()
	if jobs, err := r.daemon.Jobs(context.Background(), "", 0); err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
}

// A queue that is lost knows again from the sidecar what was simulated.
func TestSimulationIsRemembered(t *testing.T) {
	r := newRig(t)
	r.cfg.Watch[0].Convert.Simulate = "demo"
	r.start()
	r.simulated(r.write("a/chair.obj", plainOBJ))
	r.stop()
	if err := os.Remove(filepath.Join(r.cfg.StateDir, "queue.db")); err != nil {
		t.Fatal(err)
	}
	r.start()
	j, sim := r.simulated(r.write("b/chair.obj", plainOBJ))
	if s := whole(t, j.Result); len(s.Simulations) != 1 || s.Simulations[0].Scene != "demo" || sim.RemoteID == "" {
		t.Errorf("simulations %+v of job %+v", s.Simulations, sim)
	}
	r.paid(2) // the conversion and the simulation, once each
	if !result.HasSimulation(filepath.Join(r.dir, "a", "chair.simready"), sim.Key) {
		t.Error("the first result lost its simulation")
	}
}
