package queue

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// InvariantError says what is wrong with the database.
type InvariantError struct{ Job, What string }

func (e *InvariantError) Error() string {
	if e.Job == "" {
		return "the queue's " + e.What
	}
	return "the queue's job " + e.Job + " " + e.What
}

// Check verifies what must always be true of the database: its pages hang
// together, every record is what was written, every index leads to a job, every
// job that has not ended is live, and the counts are right.
func (q *Queue) Check() error { return q.db.View(checkAll) }

func checkAll(tx *bolt.Tx) error {
	var first error
	for err := range tx.Check() { // to its end: it holds the transaction until then
		first = firstOf(first, err)
	}
	if first != nil {
		return first
	}
	for _, name := range buckets {
		if tx.Bucket(name) == nil && !bytes.Equal(name, bLetters) && !bytes.Equal(name, bMarks) { // which an older simdrop did not make
			return &InvariantError{"", "bucket " + string(name) + " is missing"}
		}
	}
	return errors.Join(checkJobs(tx), checkPaths(tx), checkRecords(tx), checkLedger(tx))
}

func firstOf(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// checkJobs reads every job and compares the live ones and the counts with them.
func checkJobs(tx *bolt.Tx) error {
	seen := make(map[State]int)
	live := tx.Bucket(bLive)
	unended := 0
	err := tx.Bucket(bJobs).ForEach(func(num, _ []byte) error {
		j, err := getJob(tx, num)
		if err != nil {
			return err
		}
		seen[j.State]++
		if !j.State.Ended() {
			unended++
		}
		return checkJob(num, &j, hasKey(live, num))
	})
	if err != nil {
		return err
	}
	if n := live.Stats().KeyN; n != unended {
		return &InvariantError{"", fmt.Sprintf("live jobs are %d, and %d have not ended", n, unended)}
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
	return nil
}

func checkJob(num []byte, j *Job, isLive bool) error {
	own, err := number(j.ID)
	switch {
	case err != nil || !bytes.Equal(own, num):
		return &InvariantError{j.ID, fmt.Sprintf("is stored as number %d", binary.BigEndian.Uint64(num))}
	case !slices.Contains(States, j.State):
		return &InvariantError{j.ID, fmt.Sprintf("is in the unknown state %q", j.State)}
	case isLive == j.State.Ended():
		return &InvariantError{j.ID, "is " + string(j.State) + " and its place among the live jobs says otherwise"}
	case j.State == Converting && j.RemoteID == "":
		return &InvariantError{j.ID, "is converting without a remote ID"}
	case j.State == Submitting && j.Intent == nil:
		return &InvariantError{j.ID, "is submitting without a recorded intent"}
	}
	return nil
}

// hasKey reports whether the bucket has the key; its value may be empty.
func hasKey(b *bolt.Bucket, key []byte) bool {
	k, _ := b.Cursor().Seek(key)
	return bytes.Equal(k, key)
}

func checkPaths(tx *bolt.Tx) error {
	return tx.Bucket(bPaths).ForEach(func(path, sealed []byte) error {
		num, err := unseal(path, sealed)
		if err != nil {
			return fmt.Errorf("the newest job of a path: %w", err)
		}
		j, err := getJob(tx, num)
		if err == nil && j.Path != string(path) {
			return &InvariantError{j.ID, "is the newest of another path"}
		}
		return err
	})
}

// checkRecords reads the buckets whose records stand alone.
func checkRecords(tx *bolt.Tx) error {
	for _, name := range [][]byte{bKeys, bSkips, bRoots, bLists, bTrees, bLetters, bMarks} {
		if tx.Bucket(name) == nil {
			continue
		}
		err := tx.Bucket(name).ForEach(func(key, sealed []byte) error {
			v, err := unseal(key, sealed)
			switch {
			case err != nil:
			case bytes.Equal(name, bKeys):
				err = json.Unmarshal(v, new(Paid))
			case bytes.Equal(name, bLetters):
				err = json.Unmarshal(v, new(sealedLetter))
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("the queue's bucket %s: %w", name, err)
		}
	}
	_, err := get(tx.Bucket(bMeta), kID)
	return err
}
