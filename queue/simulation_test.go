package queue_test

import (
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// converted takes a drop that wants a simulation to its end.
func converted(t *testing.T, q *queue.Queue, path string) queue.Job {
	t.Helper()
	o := queuetest.Drop(path, "s1")
	o.Simulate = "drop"
	j := queuetest.MustOffer(t, q, o)
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.Key = "k"; j.Enter(queue.Converting); j.RemoteID = "r1" })
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.Enter(queue.Fetching) })
	return queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.Enter(queue.Done); j.Result = "/in/a.simready" })
}

// The simulation is there as soon as the conversion is done, and does not answer
// for the path.
func TestDoneConversionBeginsItsSimulation(t *testing.T) {
	q := queuetest.MustOpen(t)
	var told []string
	defer q.Subscribe(func(j queue.Job) { told = append(told, j.ID+" "+string(j.State)) })()
	j := converted(t, q, "/in/a.obj")
	j, err := q.Get(j.ID)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := q.Get(j.Simulated)
	if err != nil {
		t.Fatal(err)
	}
	want := queue.Simulation{Scene: "drop", Of: j.ID, Key: "k", Source: "r1", Result: "/in/a.simready"}
	if sim.State != queue.Queued || sim.Path != j.Path || sim.Simulation == nil || sim.Simulation.Paid() != want.Paid() || sim.Simulation.Source != "r1" {
		t.Errorf("%+v, simulates %+v", sim, sim.Simulation)
	}
	if told[len(told)-1] != sim.ID+" queued" {
		t.Errorf("told of %v", told)
	}
	if last, err := q.Latest(j.Path); err != nil || last.ID != j.ID {
		t.Errorf("the newest job of the path is %s (%v), want the conversion %s", last.ID, err, j.ID)
	}
	// Its end is nothing that an end of the conversion would begin again.
	for _, s := range []queue.State{queue.Converting, queue.Fetching, queue.Done} {
		queuetest.MustUpdate(t, q, sim.ID, func(j *queue.Job) { j.Enter(s); j.RemoteID = "r2" })
	}
	if jobs, err := q.List("", 0); err != nil || len(jobs) != 2 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
}

func TestSimulationKey(t *testing.T) {
	a := queue.SimulationKey("k", "drop")
	if a == queue.SimulationKey("k", "demo") || a == queue.SimulationKey("l", "drop") || a != queue.SimulationKey("k", "drop") || len(a) != 64 {
		t.Error("the key does not follow from conversion and scene")
	}
}

// Who adopted a remote job that then failed may submit the key anew.
func TestFailedAdoptionFreesTheKey(t *testing.T) {
	q := queuetest.MustOpen(t)
	j := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.obj", "s1"))
	claim(t, q, j.ID)
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.Enter(queue.Converting); j.RemoteID, j.Adopted = "r1", true })
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.RemoteFailed = true; j.Fail("no mesh", "") })
	queuetest.MustUpdate(t, q, j.ID, func(j *queue.Job) { j.Enter(queue.Queued); j.RemoteID, j.RemoteFailed = "", false })
	if _, v, _ := claim(t, q, j.ID); v != queue.Own {
		t.Errorf("claimed again: %v, want to own it", v)
	}
}
