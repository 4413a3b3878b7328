package queue

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Offer is a settled drop on its way into the queue.
type Offer struct {
	Path, Watch, Root, User string
	Provider, Type, Account string
	Stamp, Mark             string
	Options                 map[string]string
	Format                  string
	Simulate                string // the scene to simulate afterwards, empty for none

	// State is Queued, Held with a Reason, or Failed with an Error.
	State       State
	Reason      Reason
	Error, Hint string
	Due         time.Time

	// Command says that a person asked for this very path, so that an asset whose
	// job has ended is taken again although it did not change.
	Command bool
	// Asked says that it needs no approval, Estimate what it is expected to cost.
	Asked    bool
	Estimate float64
}

// Offer takes a drop in, in one transaction with the check that it is new, and
// returns the job that answers for it, and whether that is a new one:
//
//   - what the newest job of the path has already seen is not taken again;
//   - a job that was never sent is replaced (cancelled as superseded), except
//     that one held for its companions goes on in place;
//   - behind a job that was sent, the new one waits until that has ended.
func (q *Queue) Offer(o Offer) (Job, bool, error) {
	var j Job
	isNew := false
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		last, err := latest(tx, o.Path)
		if errors.Is(err, ErrNotFound) {
			last, err = Job{}, nil
		}
		if err != nil {
			return nil, err
		}
		if last.ID != "" && o.knownTo(&last) {
			j = last
			return nil, nil
		}
		if last.ID != "" && o.completes(&last) {
			j = last
			o.fill(&j)
			return []Job{j}, store(tx, last.State, &j)
		}
		isNew = true
		return o.insert(tx, last, &j)
	})
	return j, isNew, err
}

// knownTo reports whether last already answers for the offer.
func (o *Offer) knownTo(last *Job) bool {
	if last.Stamp != o.Stamp {
		return false
	}
	if last.State == Held && last.Reason == Companions {
		return o.State == Held && o.Error == last.Error
	}
	return !last.State.Ended() || !o.Command
}

// completes reports whether the offer tells what became of a job held for its
// companions.
func (o *Offer) completes(last *Job) bool {
	return last.State == Held && last.Reason == Companions && last.Unsent()
}

func (o *Offer) insert(tx *bolt.Tx, last Job, j *Job) ([]Job, error) {
	*j = Job{Path: o.Path}
	o.fill(j)
	if last.ID != "" && !last.State.Ended() && !last.Unsent() {
		j.After = last.ID
	}
	if err := add(tx, j); err != nil {
		return nil, err
	}
	if last.ID == "" || !last.Unsent() {
		return []Job{*j}, nil
	}
	was := last.State
	last.Enter(Cancelled)
	last.Error = fmt.Sprintf("superseded by job %s: the file was saved again", j.ID)
	if err := store(tx, was, &last); err != nil {
		return nil, err
	}
	return []Job{last, *j}, nil
}

func (o *Offer) fill(j *Job) {
	j.Watch, j.Root, j.User = o.Watch, o.Root, o.User
	j.Provider, j.Type, j.Account = o.Provider, o.Type, o.Account
	j.Stamp, j.Mark, j.Options, j.Format = o.Stamp, o.Mark, o.Options, o.Format
	j.Simulate = o.Simulate
	j.Asked, j.Estimate = o.Asked || o.Command, o.Estimate
	switch o.State {
	case Held:
		j.Hold(o.Reason, o.Error, o.Hint)
	case Failed:
		j.Fail(o.Error, o.Hint)
	default:
		j.Enter(Queued)
		j.Due = o.Due
	}
}

// Known reports whether the newest job of the path, or a decision to leave the
// file alone, has already seen this very state of it.
func (q *Queue) Known(path, stamp string) bool {
	known := false
	// A database that cannot be read makes nothing known: the drop settles again
	// and Offer reports the error.
	_ = q.db.View(func(tx *bolt.Tx) error {
		j, err := latest(tx, path)
		skipped, serr := get(tx.Bucket(bSkips), []byte(path))
		known = err == nil && j.Stamp == stamp || serr == nil && string(skipped) == stamp
		return nil
	})
	return known
}

// Skip remembers that the file is to be left alone as it is now.
func (q *Queue) Skip(path, stamp string) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		return nil, put(tx.Bucket(bSkips), []byte(path), []byte(stamp))
	})
}
