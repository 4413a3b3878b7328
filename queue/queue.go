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

	"simdrop/internal/crash"
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
	path  string
	file  *os.File
	info  os.FileInfo // of the file that is open
	id    string
	fresh bool

	breakOnce sync.Once
	broken    chan struct{} // closed when nothing may be written any more
	why       error         // set before broken is closed

	address func(Job) []string // set before anything changes, see Address

	mu   sync.Mutex // orders transactions and what subscribers are told of them
	subs subscribers
}

// lockWait is how long Open waits for another process to let go of the queue:
// long enough for a restart, short enough to say what is wrong.
const lockWait = 2 * time.Second

// Open opens the queue in dir, which must exist, and creates it if there is none.
// It returns ErrLocked when another process has it open and a *NewerError when
// a newer simdrop wrote it.
//
// The file is trusted to be whole: OpenChecked is for one that may not be.
func Open(dir string) (*Queue, error) { return open(dir, nil) }

// open opens the queue. A new one records, in its first transaction, which loss it
// was made after.
func open(dir string, loss *Loss) (*Queue, error) {
	q := &Queue{path: filepath.Join(dir, fileName), broken: make(chan struct{})}
	_, err := os.Stat(q.path)
	q.fresh = errors.Is(err, fs.ErrNotExist)
	q.db, err = bolt.Open(q.path, 0o600, &bolt.Options{Timeout: lockWait, OpenFile: q.openFile, NoSync: mutant.Is(mutant.NoSync)})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("open the queue %s: %w", q.path, err)
	}
	err = q.db.Update(func(tx *bolt.Tx) error { return q.begin(tx, loss) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the queue %s: %w", q.path, err), q.db.Close())
	}
	return q, nil
}

// openFile remembers which file was opened.
func (q *Queue) openFile(name string, flag int, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag, mode)
	if err != nil {
		return nil, err
	}
	q.file = f
	if q.info, err = f.Stat(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// begin makes what is not there yet, and learns who the queue is.
func (q *Queue) begin(tx *bolt.Tx, loss *Loss) error {
	if err := prepare(tx); err != nil {
		return err
	}
	meta := tx.Bucket(bMeta)
	id, err := get(meta, kID)
	if id != nil || err != nil {
		q.id = string(id)
		return err
	}
	q.id = rand.Text()
	if loss != nil {
		err = put(meta, kLost, []byte(loss.Reason))
	}
	return errors.Join(err, put(meta, kID, []byte(q.id)))
}

// Close closes the database. No other method may be called afterwards.
func (q *Queue) Close() error { return q.db.Close() }

// Fresh reports whether Open made a new queue: nothing is remembered of what was
// paid for before.
func (q *Queue) Fresh() bool { return q.fresh }

// Update changes one job in one durable transaction. f gets the job as it is and
// changes it; an error from f leaves everything as it was. A change of state that
// the table does not allow is ErrTransition. A conversion that becomes done begins
// the simulation it asks for, if any.
func (q *Queue) Update(id string, f func(*Job) error) (Job, error) {
	return q.update(id, func(_ *bolt.Tx, j *Job) error { return f(j) })
}

func (q *Queue) update(id string, f func(*bolt.Tx, *Job) error) (Job, error) {
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
		if err := f(tx, &j); err != nil {
			return nil, err
		}
		if err := store(tx, was, &j); err != nil {
			return nil, err
		}
		sim, err := simulate(tx, was, &j)
		if sim == nil || err != nil {
			return []Job{j}, err
		}
		return []Job{j, *sim}, nil
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

// add gives a new job its number and stores it. It is the newest of its path,
// unless it is a simulation.
func add(tx *bolt.Tx, j *Job) error {
	seq, err := tx.Bucket(bJobs).NextSequence()
	if err != nil {
		return err
	}
	j.ID = strconv.FormatUint(seq, 10)
	j.Created = time.Now().UTC()
	if err := store(tx, "", j); err != nil || j.Simulation != nil {
		return err
	}
	return put(tx.Bucket(bPaths), []byte(j.Path), binary.BigEndian.AppendUint64(nil, seq))
}

// write runs f in a transaction and tells the subscribers of the jobs it returns.
func (q *Queue) write(f func(*bolt.Tx) ([]Job, error)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return err
	}
	var changed []Job
	var refused error
	err := q.db.Update(func(tx *bolt.Tx) error {
		if changed, refused = f(tx); refused == nil {
			refused = q.post(tx, changed)
		}
		points(changed, crash.Before)
		return refused
	})
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return q.uncommitted(err)
	}
	points(changed, crash.Stored)
	q.subs.tell(changed)
	return nil
}

// points passes the crash points around the commit of a transaction.
func points(changed []Job, where func(state string) crash.Name) {
	if !crash.Enabled {
		return
	}
	crash.Point(where(""))
	for _, j := range changed {
		crash.Point(where(string(j.State)))
	}
}
