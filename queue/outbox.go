package queue

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The outbox holds letters to those outside who are to be told of jobs: hooks and
// webhooks. A letter is written in the transaction of the change that it tells of,
// so that no crash comes between the two, and is there until it was delivered.

// Letter tells a receiver of a job that entered a state, or is held for another
// reason than before.
type Letter struct {
	To  string // the receiver
	Num uint64 // grows with every letter to the receiver
	At  time.Time
	Job Job // as it was after the change, without what only the queue needs
}

// sealedLetter is how a letter is stored.
type sealedLetter struct {
	At  time.Time `json:"at"`
	Job Job       `json:"job"`
}

// Address sets who is told: to returns the receivers of the news about a job. It is
// asked within the transaction of the change, so it must neither block nor use the
// queue. It is set before anything changes.
func (q *Queue) Address(to func(Job) []string) { q.address = to }

// post writes the letters that follow from the changed jobs.
func (q *Queue) post(tx *bolt.Tx, changed []Job) error {
	if q.address == nil {
		return nil
	}
	for _, j := range changed {
		if !j.news {
			continue
		}
		for _, to := range q.address(j) {
			if err := postTo(tx, to, j); err != nil {
				return fmt.Errorf("write to %s of job %s: %w", to, j.ID, err)
			}
		}
	}
	return nil
}

func postTo(tx *bolt.Tx, to string, j Job) error {
	j.Report, j.Publish, j.History, j.Sources, j.Intent = nil, nil, nil, nil, nil
	v, err := json.Marshal(sealedLetter{time.Now().UTC(), j})
	if err != nil {
		return err
	}
	b := tx.Bucket(bLetters)
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	return put(b, letterKey(to, seq), v)
}

// A letter's key is its receiver, NUL and its number, 8 bytes big-endian.
func letterKey(to string, num uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(to), 0), num)
}

func receiverOf(key []byte) (string, uint64, bool) {
	n := len(key) - 9
	if n < 0 || key[n] != 0 {
		return "", 0, false
	}
	return string(key[:n]), binary.BigEndian.Uint64(key[n+1:]), true
}

// NextLetter returns the oldest letter to the receiver that was not delivered, or
// ErrNotFound.
func (q *Queue) NextLetter(to string) (Letter, error) {
	l := Letter{To: to}
	err := q.db.View(func(tx *bolt.Tx) error {
		key, sealed := tx.Bucket(bLetters).Cursor().Seek(letterKey(to, 0))
		name, num, ok := receiverOf(key)
		if !ok || name != to {
			return ErrNotFound
		}
		l.Num = num
		v, err := unseal(key, sealed)
		if err != nil {
			return fmt.Errorf("a letter to %s: %w", to, err)
		}
		var s sealedLetter
		err = json.Unmarshal(v, &s)
		l.At, l.Job = s.At, s.Job
		return err
	})
	return l, err
}

// Delivered removes a letter.
func (q *Queue) Delivered(l Letter) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		return nil, tx.Bucket(bLetters).Delete(letterKey(l.To, l.Num))
	})
}

// TrimLetters removes the oldest letters to the receiver, so that no more than keep
// remain, and returns how many.
func (q *Queue) TrimLetters(to string, keep int) (int, error) {
	var old [][]byte
	err := q.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bLetters).Cursor()
		for k, _ := c.Seek(letterKey(to, 0)); k != nil; k, _ = c.Next() {
			if name, _, _ := receiverOf(k); name != to {
				break
			}
			old = append(old, bytes.Clone(k))
		}
		return nil
	})
	if err != nil || len(old) <= keep {
		return 0, err
	}
	old = old[:len(old)-keep]
	return len(old), q.removeLetters(old)
}

// KeepReceivers removes the letters to all others: to those that were configured
// once and are no more.
func (q *Queue) KeepReceivers(names []string) error {
	var others [][]byte
	err := q.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bLetters).ForEach(func(k, _ []byte) error {
			if name, _, ok := receiverOf(k); !ok || !slices.Contains(names, name) {
				others = append(others, bytes.Clone(k))
			}
			return nil
		})
	})
	if err != nil || len(others) == 0 {
		return err
	}
	return q.removeLetters(others)
}

func (q *Queue) removeLetters(keys [][]byte) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		b := tx.Bucket(bLetters)
		var err error
		for _, k := range keys {
			err = errors.Join(err, b.Delete(k))
		}
		return nil, err
	})
}

// News reports whether the change that j was told of let it enter a state, or be
// held for another reason, rather than note something on the way.
func (j *Job) News() bool { return j.news }

// Letters returns how many wait to be delivered.
func (q *Queue) Letters() (int, error) {
	n := 0
	err := q.db.View(func(tx *bolt.Tx) error {
		n = tx.Bucket(bLetters).Stats().KeyN
		return nil
	})
	return n, err
}
