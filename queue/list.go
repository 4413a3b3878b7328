package queue

import (
	bolt "go.etcd.io/bbolt"
)

// Get returns the job, or ErrNotFound.
func (q *Queue) Get(id string) (Job, error) {
	var j Job
	err := q.db.View(func(tx *bolt.Tx) error {
		num, err := number(id)
		if err != nil {
			return err
		}
		j, err = getJob(tx, num)
		return err
	})
	return j, err
}

// Latest returns the newest job for the path, or ErrNotFound.
func (q *Queue) Latest(path string) (Job, error) {
	var j Job
	err := q.db.View(func(tx *bolt.Tx) (err error) {
		j, err = latest(tx, path)
		return err
	})
	return j, err
}

func latest(tx *bolt.Tx, path string) (Job, error) {
	num, err := get(tx.Bucket(bPaths), []byte(path))
	if err != nil {
		return Job{}, err
	}
	if num == nil {
		return Job{}, ErrNotFound
	}
	return getJob(tx, num)
}

// List returns the jobs in the state, newest first; all for the empty state, and
// at most limit for a limit above 0.
func (q *Queue) List(state State, limit int) ([]Job, error) {
	var jobs []Job
	err := q.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bJobs).Cursor()
		for num, _ := c.Last(); num != nil; num, _ = c.Prev() {
			j, err := getJob(tx, num)
			if err != nil {
				return err
			}
			if state != "" && j.State != state {
				continue
			}
			jobs = append(jobs, j)
			if limit > 0 && len(jobs) == limit {
				return nil
			}
		}
		return nil
	})
	return jobs, err
}

// Live returns the jobs that have not ended, oldest first. Its cost does not
// grow with the history.
func (q *Queue) Live() ([]Job, error) {
	var jobs []Job
	err := q.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bLive).ForEach(func(num, _ []byte) error {
			j, err := getJob(tx, num)
			if err == nil {
				jobs = append(jobs, j)
			}
			return err
		})
	})
	return jobs, err
}

// Counts returns how many jobs are in each state.
func (q *Queue) Counts() (map[State]int, error) {
	var c map[State]int
	err := q.db.View(func(tx *bolt.Tx) (err error) {
		c, err = counts(tx)
		return err
	})
	return c, err
}
