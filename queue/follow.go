package queue

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// Move is what became of a job's asset: renamed, or moved to another folder.
type Move struct {
	Path, Watch, Root string
	Stamp             string
	Sources           []Source // in their new places, the primary first
	// Key is what the asset's key would be under its new name. It is recorded as
	// paid together with the job's own.
	Key string
	// Result is where the result lies now when it was moved along; otherwise it is
	// delivered once more: copied from CopyFrom, or fetched again when that is empty.
	Result, CopyFrom string
}

// Marked returns the newest job of a file in the state that the mark names, or
// ErrNotFound.
func (q *Queue) Marked(mark string) (Job, error) {
	var j Job
	err := q.db.View(func(tx *bolt.Tx) error {
		num, err := get(tx.Bucket(bMarks), []byte(mark))
		if err != nil {
			return err
		}
		if num == nil {
			return ErrNotFound
		}
		j, err = getJob(tx, num)
		return err
	})
	return j, err
}

// mark leads the index of marks to the job, unless it leads to a newer one.
func mark(tx *bolt.Tx, j *Job, num []byte) error {
	if j.Mark == "" {
		return nil
	}
	newest, err := get(tx.Bucket(bMarks), []byte(j.Mark))
	if err != nil || bytes.Compare(newest, num) >= 0 {
		return err
	}
	return put(tx.Bucket(bMarks), []byte(j.Mark), num)
}

// Follow lets a job follow its asset to another path, in one transaction. It is
// ErrTransition when the new path has a job already, when the job is no longer at
// from, or was never sent.
func (q *Queue) Follow(id, from string, m Move) (Job, error) {
	return q.update(id, func(tx *bolt.Tx, j *Job) error {
		_, err := latest(tx, m.Path)
		switch {
		case err == nil, j.Path != from, j.Unsent(), j.State == Failed, j.State == Cancelled:
			return ErrTransition
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if err := repath(tx, j, m.Path); err != nil {
			return err
		}
		had := j.Result
		j.Watch, j.Root, j.Stamp, j.Sources, j.Alias = m.Watch, m.Root, m.Stamp, m.Sources, m.Key
		if j.State == Done {
			j.settleAt(m)
		}
		return errors.Join(alias(tx, j), movePaid(tx, j, had), j.takeAlong(tx, m))
	})
}

// settleAt gives a done job its result at the new place, or has it delivered there.
func (j *Job) settleAt(m Move) {
	if m.Result != "" {
		j.Result = m.Result
		return
	}
	j.Enter(Fetching)
	j.CopyFrom, j.Publish, j.Fetches = m.CopyFrom, nil, 0
}

// takeAlong lets a simulation of the job that is under way follow, too.
func (j *Job) takeAlong(tx *bolt.Tx, m Move) error {
	if j.Simulated == "" {
		return nil
	}
	num, err := number(j.Simulated)
	if err != nil {
		return err
	}
	sim, err := getJob(tx, num)
	if err != nil || sim.State.Ended() || sim.Simulation == nil {
		return err
	}
	sim.Path, sim.Watch, sim.Root = m.Path, m.Watch, m.Root
	if m.Result != "" {
		sim.Simulation.Result = m.Result
	}
	return store(tx, sim.State, &sim)
}

// repath leads the index of paths to the job's new one.
func repath(tx *bolt.Tx, j *Job, path string) error {
	num, err := number(j.ID)
	if err != nil {
		return err
	}
	paths := tx.Bucket(bPaths)
	newest, err := get(paths, []byte(j.Path))
	if err != nil {
		return err
	}
	if bytes.Equal(newest, num) {
		if err := paths.Delete([]byte(j.Path)); err != nil {
			return err
		}
	}
	j.Path = path
	return put(paths, []byte(path), num)
}

// alias records the key under the new name as the job's, unless it is another's.
func alias(tx *bolt.Tx, j *Job) error {
	if j.Alias == "" || j.Alias == j.Key {
		return nil
	}
	p, err := paid(tx, j.Alias)
	if err != nil || p != (Paid{}) {
		return err
	}
	return putPaid(tx, j.Alias, Paid{Owner: j.ID, RemoteID: j.RemoteID, Result: j.Result})
}

// movePaid tells the key's record where the result lies now.
func movePaid(tx *bolt.Tx, j *Job, had string) error {
	p, err := paid(tx, j.Key)
	if err != nil || j.Key == "" || p.Result == "" || p.Result != had || j.State != Done {
		return err
	}
	p.Result = j.Result
	return putPaid(tx, j.Key, p)
}
