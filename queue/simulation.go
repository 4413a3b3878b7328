package queue

import (
	"crypto/sha256"
	"encoding/hex"

	bolt "go.etcd.io/bbolt"
)

// Simulation is what a job simulates: the result of a conversion that is done. Such
// a job has the path of its conversion and is never the newest job of that path,
// because it answers for no drop: its end changes nothing about the conversion.
type Simulation struct {
	Scene  string `json:"scene"`  // demo or drop
	Of     string `json:"of"`     // ID of the conversion's job
	Key    string `json:"key"`    // of the conversion: its result is known again by it
	Source string `json:"source"` // remote ID of the conversion
	Result string `json:"result"` // folder of the conversion's result
	// Outputs names what there is to fetch, once the provider has finished.
	Outputs []string `json:"outputs,omitempty"`
}

// Paid is the simulation's own key: equal for equal conversions in the same scene,
// so that one is paid once.
func (s *Simulation) Paid() string { return SimulationKey(s.Key, s.Scene) }

// SimulationKey is the key of a simulation in the scene of the conversion with the
// key: SHA-256, in hex, over both.
func SimulationKey(conversion, scene string) string {
	sum := sha256.Sum256([]byte("simulation\x00" + scene + "\x00" + conversion))
	return hex.EncodeToString(sum[:])
}

// simulate adds the simulation that a conversion asks for when it is done, in the
// transaction that says so: no crash comes in between. Nobody is asked about it
// again: who configured it for the folder wants it for every asset there.
func simulate(tx *bolt.Tx, was State, j *Job) (*Job, error) {
	if was == Done || j.State != Done || j.Simulate == "" || j.Simulation != nil {
		return nil, nil
	}
	sim := &Job{
		Path: j.Path, Watch: j.Watch, Root: j.Root, Provider: j.Provider, Type: j.Type, Account: j.Account,
		Asked:      true,
		Simulation: &Simulation{Scene: j.Simulate, Of: j.ID, Key: j.Key, Source: j.RemoteID, Result: j.Result},
	}
	sim.Enter(Queued)
	if err := add(tx, sim); err != nil {
		return nil, err
	}
	j.Simulated = sim.ID
	return sim, store(tx, Done, j)
}
