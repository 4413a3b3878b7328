package queue

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// schema is the version of the database's layout. A database of a newer version
// is refused and left untouched.
const schema = 1

// The buckets.
var (
	bMeta  = []byte("meta")  // schema, id, paused, counts
	bJobs  = []byte("jobs")  // number, 8 bytes big-endian → job
	bLive  = []byte("live")  // number of each job that has not ended → nothing
	bPaths = []byte("paths") // path → number of its newest job
	bKeys  = []byte("keys")  // key → who pays or paid for it
	bSkips = []byte("skips") // path → stamp of a file that is to be left alone
	bRoots = []byte("roots") // watched root → nothing, once its first listing was taken in
	bLists = []byte("lists") // account, NUL, token and generation → remote job in the provider's list
)

// The keys of the meta bucket.
var (
	kSchema = []byte("schema")
	kID     = []byte("id")
	kPaused = []byte("paused")
	kCounts = []byte("counts") // state → number of jobs, so that nobody has to count them
)

// NewerError says that the database was written by a newer simdrop.
type NewerError struct{ Has int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the queue has schema %d, this simdrop knows up to %d", e.Has, schema)
}

func prepare(tx *bolt.Tx) error {
	for _, b := range [][]byte{bMeta, bJobs, bLive, bPaths, bKeys, bSkips, bRoots, bLists} {
		if _, err := tx.CreateBucketIfNotExists(b); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bMeta)
	v := meta.Get(kSchema)
	if v == nil {
		return meta.Put(kSchema, []byte(strconv.Itoa(schema)))
	}
	has, err := strconv.Atoi(string(v))
	if err != nil {
		return fmt.Errorf("schema %q is not a number", v)
	}
	if has > schema {
		return &NewerError{Has: has}
	}
	return nil
}

// number turns a job's ID into its key in the database.
func number(id string) ([]byte, error) {
	n, err := strconv.ParseUint(id, 10, 63)
	if err != nil || n == 0 {
		return nil, ErrNotFound
	}
	return binary.BigEndian.AppendUint64(nil, n), nil
}

func getJob(tx *bolt.Tx, num []byte) (Job, error) {
	var j Job
	v := tx.Bucket(bJobs).Get(num)
	if v == nil {
		return j, ErrNotFound
	}
	if err := json.Unmarshal(v, &j); err != nil {
		return j, fmt.Errorf("job %d in the queue cannot be read: %w", binary.BigEndian.Uint64(num), err)
	}
	return j, nil
}

// putJob stores j and keeps the indexes that follow from its state. was is the
// state before, empty for a new job.
func putJob(tx *bolt.Tx, was State, j *Job) error {
	num, err := number(j.ID)
	if err != nil {
		return err
	}
	v, err := json.Marshal(j)
	if err != nil {
		return err
	}
	live := tx.Bucket(bLive)
	if j.State.Ended() {
		err = live.Delete(num)
	} else {
		err = live.Put(num, nil)
	}
	if was != j.State {
		err = errors.Join(err, count(tx, was, j.State), settleKey(tx, j))
	}
	return errors.Join(err, tx.Bucket(bJobs).Put(num, v))
}

func counts(tx *bolt.Tx) (map[State]int, error) {
	c := make(map[State]int)
	v := tx.Bucket(bMeta).Get(kCounts)
	if v == nil {
		return c, nil
	}
	return c, json.Unmarshal(v, &c)
}

func count(tx *bolt.Tx, was, is State) error {
	c, err := counts(tx)
	if err != nil {
		return err
	}
	c[is]++
	if was != "" {
		c[was]--
	}
	v, err := json.Marshal(c)
	return errors.Join(err, tx.Bucket(bMeta).Put(kCounts, v))
}
