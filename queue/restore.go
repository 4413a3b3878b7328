package queue

import (
	"time"

	bolt "go.etcd.io/bbolt"
)

// HasRead reports whether the sidecars below the folder were restored from.
func (q *Queue) HasRead(tree string) (bool, error) {
	read := false
	err := q.db.View(func(tx *bolt.Tx) error {
		v, err := get(tx.Bucket(bTrees), []byte(tree))
		read = v != nil
		return err
	})
	return read, err
}

// Restore takes in what the sidecars below a folder tell, in one transaction: jobs
// that were done before this queue was made, with key, remote ID and result. It
// returns how many jobs it made.
//
// A key that the queue knows stays as it is. A path that has a job gets no other. A
// job without a path is remembered as its key alone. Restored jobs carry no stamp:
// the sidecar does not tell when the source was written, so their content is
// compared with what lies there when that settles. Subscribers are not told,
// because nothing has happened.
//
// With recall, what was paid for the keys that were not known goes into the ledger, on
// the days on which it was.
func (q *Queue) Restore(tree string, jobs []Job, recall bool) (int, error) {
	made := 0
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		for i := range jobs {
			isNew, err := restore(tx, jobs[i], recall)
			if err != nil {
				return nil, err
			}
			if isNew {
				made++
			}
		}
		return nil, put(tx.Bucket(bTrees), []byte(tree), []byte{1})
	})
	return made, err
}

// mostRecalled is more than any conversion costs.
const mostRecalled = 10_000

func restore(tx *bolt.Tx, j Job, recall bool) (bool, error) {
	p, err := paid(tx, j.Key)
	if err != nil {
		return false, err
	}
	if p == (Paid{}) && (j.Result != "" || j.RemoteID != "") {
		if err := putPaid(tx, j.Key, Paid{Result: j.Result, RemoteID: j.RemoteID}); err != nil {
			return false, err
		}
	} else {
		recall = false
	}
	j.ID = ""
	made, err := restoreJob(tx, &j)
	// A sidecar is anybody's file: what cannot be true is not booked.
	if recall = recall && j.Account != "" && j.Credits < mostRecalled && !j.Submitted.IsZero() && !j.Submitted.After(time.Now()); err == nil && recall {
		err = enter(tx, &j, Booking{Recalled, j.Credits, j.Submitted.Local().Format(dayForm)})
	}
	return made, err
}

// restoreJob adds the job, unless it has no path, or its path has one.
func restoreJob(tx *bolt.Tx, j *Job) (bool, error) {
	if j.Path == "" {
		return false, nil
	}
	if v, err := get(tx.Bucket(bPaths), []byte(j.Path)); v != nil || err != nil {
		return false, err
	}
	j.State, j.Stamp, j.Progress = Done, "", 100
	if err := add(tx, j); err != nil {
		return false, err
	}
	if j.Submitted.IsZero() || j.Submitted.After(time.Now()) {
		return true, nil
	}
	j.Created = j.Submitted
	return true, store(tx, Done, j)
}

// Restored reports whether j was made by Restore and nothing of its source was
// seen since.
func (j *Job) Restored() bool { return j.State == Done && j.Stamp == "" }
