package queue

import (
	"encoding/json"

	bolt "go.etcd.io/bbolt"
)

// Listed is a job seen in a provider's own list, found again by the token and
// generation in its name.
type Listed struct {
	RemoteID string `json:"remote_id"`
	Size     int64  `json:"size"` // bytes as uploaded, 0 when the list does not say
}

// listPrefix keeps accounts apart: NUL is in no account name and no token.
func listPrefix(account, token string) []byte {
	return append(append([]byte(account), 0), token...)
}

// fenceKey holds the point up to which an account's list was read. It sorts apart
// from tokens, which are letters and digits.
func fenceKey(account string) []byte { return listPrefix(account, "#fence") }

// AddListed records what a provider's list showed, by token and generation as they
// stand in the name, and the fence up to which it has been read, in one transaction.
func (q *Queue) AddListed(account string, fence json.RawMessage, jobs map[string]Listed) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		b := tx.Bucket(bLists)
		for name, l := range jobs {
			v, err := json.Marshal(l)
			if err != nil {
				return nil, err
			}
			key := listPrefix(account, name)
			if b.Get(key) != nil {
				continue // the oldest of a name is the one that was meant
			}
			if err := put(b, key, v); err != nil {
				return nil, err
			}
		}
		return nil, put(b, fenceKey(account), fence)
	})
}

// ListFence returns the fence of the last AddListed, nil before the first.
func (q *Queue) ListFence(account string) (json.RawMessage, error) {
	var f json.RawMessage
	err := q.db.View(func(tx *bolt.Tx) error {
		v, err := get(tx.Bucket(bLists), fenceKey(account))
		f = append(f, v...)
		return err
	})
	return f, err
}

// ListedAs returns the job that the account's list showed under the token and
// generation.
func (q *Queue) ListedAs(account, name string) (Listed, bool, error) {
	var l Listed
	ok := false
	err := q.db.View(func(tx *bolt.Tx) error {
		v, err := get(tx.Bucket(bLists), listPrefix(account, name))
		if v == nil {
			return err
		}
		ok = true
		return json.Unmarshal(v, &l)
	})
	return l, ok, err
}
