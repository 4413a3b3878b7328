package queue

import (
	"encoding/json"
	"errors"
	"maps"

	bolt "go.etcd.io/bbolt"
)

// Paid is what is known of a key: who submits it, and what came of it. One key
// is paid once.
type Paid struct {
	// Owner is the job that may submit the key, or did; empty when nobody owns it.
	Owner string `json:"owner,omitempty"`
	// Generation is that of the next submission: raised when one has failed.
	Generation int `json:"generation"`
	// RemoteID is an accepted remote job that has not failed.
	RemoteID string `json:"remote_id,omitempty"`
	// Result is the folder where the result was published last.
	Result string `json:"result,omitempty"`
}

// Verdict is what Claim decided.
type Verdict int

// The verdicts.
const (
	Own   Verdict = iota // the job is the one to submit the key
	Wait                 // another job of the same key is on its way: After names it
	Copy                 // the key was paid for and its result published: CopyFrom names the folder
	Adopt                // the key was accepted before: RemoteID is set
)

// Frozen describes a job's bundle in the spool.
type Frozen struct {
	Key     string
	Places  []string
	Bytes   int64
	Sources []Source
	// Options are those that the key was made with, nil when they are no part of it.
	Options map[string]string
}

// Claim records the frozen bundle and its key on the queued job and decides, in
// the same transaction, whether it is the one to submit it. The returned Paid is the
// key's record before the claim.
func (q *Queue) Claim(id string, f Frozen) (Job, Verdict, Paid, error) {
	var v Verdict
	var p Paid
	var j Job
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		num, err := number(id)
		if err != nil {
			return nil, err
		}
		if j, err = getJob(tx, num); err != nil {
			return nil, err
		}
		if j.State != Queued || f.Options != nil && !maps.Equal(f.Options, j.Options) {
			return nil, ErrTransition // or it is to be converted in another way than just now
		}
		if p, err = paid(tx, f.Key); err != nil {
			return nil, err
		}
		j.Key, j.Bundle, j.Bytes, j.Sources = f.Key, f.Places, f.Bytes, f.Sources
		v, err = claim(tx, &j, p)
		return []Job{j}, errors.Join(err, store(tx, Queued, &j))
	})
	return j, v, p, err
}

func claim(tx *bolt.Tx, j *Job, p Paid) (Verdict, error) {
	if p.Owner != "" && p.Owner != j.ID {
		num, err := number(p.Owner)
		if err != nil {
			return Own, err
		}
		owner, err := getJob(tx, num)
		if err == nil && !owner.State.Ended() {
			j.After = owner.ID
			return Wait, nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Own, err
		}
	}
	switch {
	case p.Result != "":
		j.CopyFrom = p.Result
		j.RemoteID = p.RemoteID
		return Copy, nil
	case p.RemoteID != "":
		j.RemoteID = p.RemoteID
		p.Owner = j.ID
		return Adopt, putPaid(tx, j.Key, p)
	}
	j.CopyFrom, j.RemoteID = "", ""
	p.Owner = j.ID
	return Own, putPaid(tx, j.Key, p)
}

// Remember records what sidecars or a provider's list say of a key, when the
// queue knows nothing of it.
func (q *Queue) Remember(key string, known Paid) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		p, err := paid(tx, key)
		if err != nil || p != (Paid{}) {
			return nil, err
		}
		return nil, putPaid(tx, key, known)
	})
}

// Forget drops the published result of a key, because the folder is no longer
// what was published there.
func (q *Queue) Forget(key, result string) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		p, err := paid(tx, key)
		if err != nil || p.Result != result {
			return nil, err
		}
		p.Result = ""
		return nil, putPaid(tx, key, p)
	})
}

// settleKey keeps the records of the job's key, and of the one it would have under
// its present name, in step with the job that owns them.
func settleKey(tx *bolt.Tx, j *Job) error {
	return errors.Join(settleOne(tx, j, j.Key), settleOne(tx, j, j.Alias))
}

func settleOne(tx *bolt.Tx, j *Job, key string) error {
	if key == "" {
		return nil
	}
	p, err := paid(tx, key)
	if err != nil || p.Owner != j.ID {
		return err
	}
	switch {
	case j.State == Done:
		p.Result, p.RemoteID = j.Result, j.RemoteID
	case j.State == Converting || j.State == Fetching:
		p.RemoteID = j.RemoteID
	case j.State == Failed && j.Intent != nil && (j.RemoteID == "" || j.RemoteFailed):
		p.Owner, p.RemoteID = "", ""
		p.Generation = j.Intent.Generation + 1
	case j.State == Failed && j.RemoteFailed: // it was adopted, without an intent of ours
		p.Owner, p.RemoteID = "", ""
	case j.State == Failed || j.State == Cancelled:
		p.Owner = ""
	default:
		return nil
	}
	return putPaid(tx, key, p)
}

func paid(tx *bolt.Tx, key string) (Paid, error) {
	var p Paid
	v, err := get(tx.Bucket(bKeys), []byte(key))
	if v == nil {
		return p, err
	}
	return p, json.Unmarshal(v, &p)
}

func putPaid(tx *bolt.Tx, key string, p Paid) error {
	v, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return put(tx.Bucket(bKeys), []byte(key), v)
}
