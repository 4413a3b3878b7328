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
	bMeta   = []byte("meta")   // schema, id, paused, counts
	bJobs   = []byte("jobs")   // number, 8 bytes big-endian → job
	bLive   = []byte("live")   // number of each job that has not ended → nothing
	bPaths  = []byte("paths")  // path → number of its newest job
	bKeys   = []byte("keys")   // key → who pays or paid for it
	bSkips  = []byte("skips")  // path → stamp of a file that is to be left alone
	bRoots  = []byte("roots")  // watched root → nothing, once its first listing was taken in
	bLists  = []byte("lists")  // account, NUL, token and generation → remote job in the provider's list
	bTrees  = []byte("trees")  // folder → nothing, once the sidecars below it were read
	bLedger = []byte("ledger") // number, growing → entry
	bSums   = []byte("sums")   // provider or folder, day or month → sum of the entries
	bMarks  = []byte("marks")  // mark → number of the newest job of a file in that state

	bLetters = []byte("letters") // receiver, NUL, number → letter that was not delivered yet
)

// buckets are all of them. All but live hold sealed records.
var buckets = [][]byte{bMeta, bJobs, bLive, bPaths, bKeys, bSkips, bRoots, bLists, bTrees, bLedger, bSums, bLetters, bMarks}

// The keys of the meta bucket.
var (
	kSchema = []byte("schema")
	kID     = []byte("id")
	kPaused = []byte("paused")
	kCounts = []byte("counts") // state → number of jobs, so that nobody has to count them
	kLost   = []byte("lost")   // why the queue before this one was lost, until its roots are marked
)

// NewerError says that the database was written by a newer simdrop.
type NewerError struct{ Has int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the queue has schema %d, this simdrop knows up to %d", e.Has, schema)
}

// Hint says what to do.
func (e *NewerError) Hint() string {
	return "a newer simdrop wrote the queue, and it was left as it is: install that version again"
}

func prepare(tx *bolt.Tx) error {
	for _, b := range buckets {
		if _, err := tx.CreateBucketIfNotExists(b); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bMeta)
	if meta.Get(kSchema) == nil {
		return meta.Put(kSchema, []byte(strconv.Itoa(schema)))
	}
	return checkSchema(meta)
}

// checkSchema reads the schema, which alone is not sealed: every version of
// simdrop must be able to read it.
func checkSchema(meta *bolt.Bucket) error {
	v := meta.Get(kSchema)
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
	v, err := get(tx.Bucket(bJobs), num)
	if err == nil && v == nil {
		return j, ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(v, &j)
	}
	if err != nil {
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
	if err := book(tx, was, j); err != nil {
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
	err = errors.Join(err, mark(tx, j, num))
	return errors.Join(err, put(tx.Bucket(bJobs), num, v))
}

func counts(tx *bolt.Tx) (map[State]int, error) {
	c := make(map[State]int)
	v, err := get(tx.Bucket(bMeta), kCounts)
	if v == nil {
		return c, err
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
	return errors.Join(err, put(tx.Bucket(bMeta), kCounts, v))
}
