package queue

import (
	"bytes"
	"encoding/json"

	bolt "go.etcd.io/bbolt"
)

// Sum is what the entries of some days add up to, in credits.
type Sum struct {
	Spent    float64 `json:"spent,omitempty"`
	Refunded float64 `json:"refunded,omitempty"`
	Adopted  float64 `json:"adopted,omitempty"`
	Saved    float64 `json:"saved,omitempty"`
	Recalled float64 `json:"recalled,omitempty"`
	// Reserved is what open submissions may still cost.
	Reserved float64 `json:"reserved,omitempty"`
}

// Net is what was paid in the end.
func (s Sum) Net() float64 { return s.Spent + s.Adopted + s.Recalled - s.Refunded }

func (s *Sum) add(k Kind, credits float64) {
	switch k {
	case Spent:
		s.Spent += credits
	case Refunded:
		s.Refunded += credits
	case BookedAdopted:
		s.Adopted += credits
	case Saved:
		s.Saved += credits
	case Recalled:
		s.Recalled += credits
	}
}

func (s Sum) near(o Sum) bool {
	return near(s.Spent, o.Spent) && near(s.Refunded, o.Refunded) && near(s.Adopted, o.Adopted) &&
		near(s.Saved, o.Saved) && near(s.Recalled, o.Recalled) && near(s.Reserved, o.Reserved)
}

// The running sums are kept by provider and by folder, for each day and month:
// "p NUL rigyd NUL 2026-05-02", "f NUL /assets NUL 2026-05". What is reserved has
// no time: "r NUL rigyd", "q NUL /assets".
func sumKey(kind, name, period string) string { return kind + "\x00" + name + "\x00" + period }

func reserveKey(provider string) string { return "r\x00" + provider }

func folderReserveKey(folder string) string { return "q\x00" + folder }

// isReserve reports whether k is the key of what is reserved.
func isReserve(k []byte) bool {
	return bytes.HasPrefix(k, []byte(reserveKey(""))) || bytes.HasPrefix(k, []byte(folderReserveKey("")))
}

func sumKeys(e Entry) []string {
	month := e.Day[:monthLen]
	return []string{
		sumKey("p", e.Provider, e.Day), sumKey("p", e.Provider, month), sumKey("p", e.Provider, Ever),
		sumKey("f", e.Watch, e.Day), sumKey("f", e.Watch, month),
	}
}

func addToSums(tx *bolt.Tx, e Entry) error {
	for _, key := range sumKeys(e) {
		s, err := sumOf(tx, key)
		if err != nil {
			return err
		}
		s.add(e.Kind, e.Credits)
		if err := putSum(tx, key, s); err != nil {
			return err
		}
	}
	return nil
}

func sumOf(tx *bolt.Tx, key string) (Sum, error) {
	var s Sum
	v, err := get(tx.Bucket(bSums), []byte(key))
	if v == nil || err != nil {
		return s, err
	}
	return s, json.Unmarshal(v, &s)
}

func putSum(tx *bolt.Tx, key string, s Sum) error {
	v, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return put(tx.Bucket(bSums), []byte(key), v)
}

// isOpen reports whether the job may be accepted and charged without another
// look at the budget.
func isOpen(j *Job) bool {
	return j.State == Submitting || j.State == Held && (j.Back == Submitting || j.Reason == Ambiguous && j.Intent != nil)
}

// reserve keeps the credits of open submissions aside. It goes by what the job
// itself has noted, so that it is right whatever state comes before.
func reserve(tx *bolt.Tx, j *Job) error {
	want := 0.0
	if isOpen(j) {
		want = j.Estimate
	}
	if want == j.Reserved {
		return nil
	}
	for _, key := range []string{reserveKey(j.Provider), folderReserveKey(j.Watch)} {
		s, err := sumOf(tx, key)
		if err != nil {
			return err
		}
		if s.Reserved += want - j.Reserved; s.Reserved < cent {
			s.Reserved = 0
		}
		if err := putSum(tx, key, s); err != nil {
			return err
		}
	}
	j.Reserved = want
	return nil
}

// Ever is the period of a provider's sum over all time.
const Ever = "ever"

// ProviderSum is what the provider was paid on the local day (2006-01-02) in the
// month (2006-01) or Ever, without reading the ledger.
func (q *Queue) ProviderSum(provider, period string) (Sum, error) {
	return q.sum(sumKey("p", provider, period))
}

// FolderSum is ProviderSum for a watched root, "" for what commands converted.
func (q *Queue) FolderSum(watch, period string) (Sum, error) {
	return q.sum(sumKey("f", watch, period))
}

func (q *Queue) sum(key string) (Sum, error) {
	var s Sum
	err := q.db.View(func(tx *bolt.Tx) (err error) {
		s, err = sumOf(tx, key)
		return err
	})
	return s, err
}
