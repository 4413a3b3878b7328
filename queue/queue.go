package queue

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"simdrop/internal/mutant"
)

// The errors that callers act on.
var (
	ErrNotFound   = errors.New("no such job")
	ErrTransition = errors.New("not possible in this state")
	// ErrLocked: another process has the queue open.
	ErrLocked = errors.New("the queue is in use by another process")
)

// Queue is the open database. Its methods may be called from any goroutine.
type Queue struct {
	db    *bolt.DB
	fresh bool

	mu   sync.Mutex // orders transactions and what subscribers are told of them
	subs subscribers
}

// lockWait is how long Open waits for another process to let go of the queue:
// long enough for a restart, short enough to say what is wrong.
const lockWait = 2 * time.Second

// Open opens the queue in dir, which must exist, and creates it if there is none.
// It returns ErrLocked when another process has it open and a *NewerError when
// a newer simdrop wrote it.
func Open(dir string) (*Queue, error) {
	path := filepath.Join(dir, "queue.db")
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoSync: mutant.Is(mutant.NoSync)})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("open the queue %s: %w", path, err)
	}
	q := &Queue{db: db, fresh: fresh}
	err = db.Update(func(tx *bolt.Tx) error {
		if err := prepare(tx); err != nil {
			return err
		}
		if tx.Bucket(bMeta).Get(kID) != nil {
			return nil
		}
		return tx.Bucket(bMeta).Put(kID, []byte(rand.Text()))
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the queue %s: %w", path, err), db.Close())
	}
	return q, nil
}

// Close closes the database. No other method may be called afterwards.
func (q *Queue) Close() error { return q.db.Close() }

// Fresh reports whether Open made a new queue: nothing is remembered of what was
// paid for before.
func (q *Queue) Fresh() bool { return q.fresh }

// Update changes one job in one durable transaction. f gets the job as it is and
// changes it; an error from f leaves everything as it was. A change of state that
// the table does not allow is ErrTransition.
func (q *Queue) Update(id string, f func(*Job) error) (Job, error) {
	var j Job
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		num, err := number(id)
		if err != nil {
			return nil, err
		}
		if j, err = getJob(tx, num); err != nil {
			return nil, err
		}
		was := j.State
		if err := f(&j); err != nil {
			return nil, err
		}
		if err := store(tx, was, &j); err != nil {
			return nil, err
		}
		return []Job{j}, nil
	})
	return j, err
}

// UpdateAll changes every live job that f wants changed, in one transaction, and
// returns how many. f reports whether it changed the job it was given.
func (q *Queue) UpdateAll(f func(*Job) bool) (int, error) {
	var changed []Job
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		var err error
		changed, err = changeLive(tx, f)
		return changed, err
	})
	return len(changed), err
}

func changeLive(tx *bolt.Tx, f func(*Job) bool) ([]Job, error) {
	var nums [][]byte
	err := tx.Bucket(bLive).ForEach(func(num, _ []byte) error {
		nums = append(nums, append([]byte(nil), num...))
		return nil
	})
	var changed []Job
	for _, num := range nums {
		j, gerr := getJob(tx, num)
		if gerr != nil {
			return nil, gerr
		}
		was := j.State
		if !f(&j) {
			continue
		}
		if serr := store(tx, was, &j); serr != nil {
			return nil, serr
		}
		changed = append(changed, j)
	}
	return changed, err
}

// store checks the transition and stores the job.
func store(tx *bolt.Tx, was State, j *Job) error {
	if j.State != was && !May(was, j.State) {
		return fmt.Errorf("job %s is %s: %w", j.ID, was, ErrTransition)
	}
	j.Updated = time.Now().UTC()
	return putJob(tx, was, j)
}

// add gives a new job its number and stores it.
func add(tx *bolt.Tx, j *Job) error {
	seq, err := tx.Bucket(bJobs).NextSequence()
	if err != nil {
		return err
	}
	j.ID = strconv.FormatUint(seq, 10)
	j.Created = time.Now().UTC()
	if err := store(tx, "", j); err != nil {
		return err
	}
	return tx.Bucket(bPaths).Put([]byte(j.Path), binary.BigEndian.AppendUint64(nil, seq))
}

// write runs f in a transaction and tells the subscribers of the jobs it returns.
func (q *Queue) write(f func(*bolt.Tx) ([]Job, error)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var changed []Job
	err := q.db.Update(func(tx *bolt.Tx) (err error) {
		changed, err = f(tx)
		return err
	})
	if err != nil {
		return err
	}
	q.subs.tell(changed)
	return nil
}
