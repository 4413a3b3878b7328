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
	num := tx.Bucket(bPaths).Get([]byte(path))
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

// Check verifies what must always be true of the database: every index leads to
// a job, every job that has not ended is live, and the counts are right.
func (q *Queue) Check() error {
	return q.db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			return err
		}
		return checkIndexes(tx)
	})
}

func checkIndexes(tx *bolt.Tx) error {
	seen := make(map[State]int)
	live := tx.Bucket(bLive)
	err := tx.Bucket(bJobs).ForEach(func(num, _ []byte) error {
		j, err := getJob(tx, num)
		if err != nil {
			return err
		}
		seen[j.State]++
		if isLive := live.Get(num) != nil; isLive == j.State.Ended() {
			return &InvariantError{j.ID, "is " + string(j.State) + " and its place among the live jobs says otherwise"}
		}
		if j.State == Converting && j.RemoteID == "" {
			return &InvariantError{j.ID, "is converting without a remote ID"}
		}
		if j.State == Submitting && j.Intent == nil {
			return &InvariantError{j.ID, "is submitting without a recorded intent"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	stored, err := counts(tx)
	if err != nil {
		return err
	}
	for _, s := range States {
		if stored[s] != seen[s] {
			return &InvariantError{"", "count of " + string(s) + " is wrong"}
		}
	}
	return tx.Bucket(bPaths).ForEach(func(path, num []byte) error {
		j, err := getJob(tx, num)
		if err == nil && j.Path != string(path) {
			return &InvariantError{j.ID, "is the newest of another path"}
		}
		return err
	})
}

// InvariantError says what is wrong with the database.
type InvariantError struct{ Job, What string }

func (e *InvariantError) Error() string { return "queue: job " + e.Job + " " + e.What }
