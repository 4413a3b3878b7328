package queue

import bolt "go.etcd.io/bbolt"

// SetPaused pauses submissions, across restarts, or lets them go on: with the jobs
// that were held for it.
func (q *Queue) SetPaused(on bool) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		if on {
			return nil, put(tx.Bucket(bMeta), kPaused, []byte{1})
		}
		if err := tx.Bucket(bMeta).Delete(kPaused); err != nil {
			return nil, err
		}
		return changeLive(tx, func(j *Job) bool {
			if j.State != Held || j.Reason != Paused {
				return false
			}
			j.Enter(j.Back)
			return true
		})
	})
}

// IsPaused reports whether submissions are paused.
func (q *Queue) IsPaused() (bool, error) {
	on := false
	err := q.db.View(func(tx *bolt.Tx) error {
		on = paused(tx)
		return nil
	})
	return on, err
}

// HoldPaused holds a job that would be submitted. It returns ErrTransition when
// submissions go on meanwhile: held then, the job would wait for a resume that has
// been.
func (q *Queue) HoldPaused(id, why, hint string) error {
	_, err := q.update(id, func(tx *bolt.Tx, j *Job) error {
		if j.State != Queued || !paused(tx) {
			return ErrTransition
		}
		j.Hold(Paused, why, hint)
		return nil
	})
	return err
}

func paused(tx *bolt.Tx) bool { return tx.Bucket(bMeta).Get(kPaused) != nil }
