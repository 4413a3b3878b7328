package queue

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Kind is what an entry of the ledger says.
type Kind string

// The kinds.
const (
	// Spent: a submission was accepted and charged.
	Spent Kind = "spent"
	// Refunded: the remote job failed and its credits came back.
	Refunded Kind = "refunded"
	// BookedAdopted: a charged job was found in the provider's own list.
	BookedAdopted Kind = "adopted"
	// Saved: a result was had without paying for its key again.
	Saved Kind = "saved"
	// Recalled: a result's sidecar tells what was paid, and the ledger that knew it was
	// lost. It counts against the budget of its day like what was spent.
	Recalled Kind = "recalled"
)

// Entry is one line of the ledger. It is written in the transaction of the job's
// change that it tells of, so that neither is ever there without the other.
type Entry struct {
	Time time.Time `json:"time"`
	// Day is the local calendar day that it counts for, as 2006-01-02: of a refund,
	// the day of the charge that came back.
	Day      string  `json:"day"`
	Job      string  `json:"job"`
	Provider string  `json:"provider"`
	Watch    string  `json:"watch"` // the watched root, empty for a command's asset
	Path     string  `json:"path"`
	User     string  `json:"user,omitempty"` // who the file belonged to
	Kind     Kind    `json:"kind"`
	Credits  float64 `json:"credits"` // never negative
}

// Booking is what the ledger holds of a job's present submission.
type Booking struct {
	Kind    Kind    `json:"kind"`
	Credits float64 `json:"credits"`
	Day     string  `json:"day"`
}

// dayForm is a calendar day; its first seven bytes are the month.
const dayForm = time.DateOnly

const monthLen = len("2006-01")

// today is the calendar day where the computer stands.
func today() string { return time.Now().Local().Format(dayForm) }

// book writes into the ledger what follows from the job's new state, and keeps
// what is reserved for open submissions.
func book(tx *bolt.Tx, was State, j *Job) error {
	if err := reserve(tx, j); err != nil {
		return err
	}
	if was == j.State || was == "" {
		return nil
	}
	switch j.State {
	case Submitting:
		if was == Queued {
			j.Booked = nil // of an earlier submission: this one is another
		}
	case Converting:
		return charge(tx, was, j)
	case Failed:
		return refund(tx, j)
	case Done:
		// A result that no submission of this job's was accepted for, or none that
		// still counts, is another's: it was paid for before.
		unpaid := j.Booked == nil || j.Booked.Kind == Refunded
		if unpaid && (j.CopyFrom != "" || j.Submitted.IsZero()) {
			return enter(tx, j, Booking{Saved, j.Estimate, today()})
		}
	}
	return nil
}

// charge books an accepted submission, once. A job that goes on with a remote job
// it had before, or that another one was charged for, costs nothing more.
func charge(tx *bolt.Tx, was State, j *Job) error {
	kind := Spent
	switch {
	case was == Queued && !j.Adopted, was != Queued && was != Submitting:
		return nil
	case j.Booked != nil && j.Booked.Kind != Refunded:
		return nil
	case j.Adopted:
		kind = BookedAdopted
	}
	day := today()
	if was == Queued && !j.Submitted.IsZero() {
		// Found in the list without an intent of ours: it was charged back then.
		day = j.Submitted.Local().Format(dayForm)
	}
	return enter(tx, j, Booking{kind, j.Credits, day})
}

// refund books what a failed remote job was charged and no longer costs.
func refund(tx *bolt.Tx, j *Job) error {
	b := j.Booked
	if !j.RemoteFailed || b == nil || b.Kind != Spent && b.Kind != BookedAdopted || b.Credits <= j.Credits {
		return nil
	}
	return enter(tx, j, Booking{Refunded, b.Credits - j.Credits, b.Day})
}

// enter writes an entry and adds it to the sums. What costs nothing is noted on
// the job only.
func enter(tx *bolt.Tx, j *Job, b Booking) error {
	j.Booked = &b
	if b.Credits <= 0 {
		return nil
	}
	e := Entry{
		Time: time.Now().UTC(), Day: b.Day, Job: j.ID, Provider: j.Provider, Watch: j.Watch, Path: j.Path, User: j.User,
		Kind: b.Kind, Credits: b.Credits,
	}
	v, err := json.Marshal(e)
	if err != nil {
		return err
	}
	bucket := tx.Bucket(bLedger)
	seq, err := bucket.NextSequence()
	if err != nil {
		return err
	}
	if err := put(bucket, binary.BigEndian.AppendUint64(nil, seq), v); err != nil {
		return err
	}
	return addToSums(tx, e)
}

// Ledger returns the entries that count for the day since, given as 2006-01-02,
// and later ones, oldest first; all for "".
func (q *Queue) Ledger(since string) ([]Entry, error) {
	var all []Entry
	err := q.db.View(func(tx *bolt.Tx) error {
		return eachEntry(tx, func(e Entry) {
			if e.Day >= since {
				all = append(all, e)
			}
		})
	})
	return all, err
}

func eachEntry(tx *bolt.Tx, f func(Entry)) error {
	return tx.Bucket(bLedger).ForEach(func(k, sealed []byte) error {
		var e Entry
		v, err := unseal(k, sealed)
		if err == nil {
			err = json.Unmarshal(v, &e)
		}
		if err != nil {
			return fmt.Errorf("an entry of the ledger: %w", err)
		}
		f(e)
		return nil
	})
}

// checkLedger verifies that the running sums are those of the entries, and that
// what is reserved is what open submissions ask for.
func checkLedger(tx *bolt.Tx) error {
	want := make(map[string]Sum)
	err := eachEntry(tx, func(e Entry) {
		for _, key := range sumKeys(e) {
			s := want[key]
			s.add(e.Kind, e.Credits)
			want[key] = s
		}
	})
	if err != nil {
		return err
	}
	reserved := make(map[string]float64)
	err = tx.Bucket(bLive).ForEach(func(num, _ []byte) error {
		j, err := getJob(tx, num)
		if open := isOpen(&j); err == nil && j.Reserved != 0 {
			if !open {
				return &InvariantError{j.ID, "is " + string(j.State) + " and reserves credits"}
			}
			reserved[reserveKey(j.Provider)] += j.Reserved
			reserved[folderReserveKey(j.Watch)] += j.Reserved
		}
		return err
	})
	if err != nil {
		return err
	}
	return tx.Bucket(bSums).ForEach(func(k, _ []byte) error {
		s, err := sumOf(tx, string(k))
		if err != nil {
			return fmt.Errorf("a sum of the ledger: %w", err)
		}
		w := want[string(k)]
		if isReserve(k) {
			w = Sum{Reserved: reserved[string(k)]}
		}
		if !s.near(w) {
			return &InvariantError{"", "the sum " + string(k) + " is not that of the ledger"}
		}
		return nil
	})
}

func near(x, y float64) bool { return math.Abs(x-y) < cent }

// cent is what credits are compared to: below it lies only what adding up rounds.
const cent = 1e-6
