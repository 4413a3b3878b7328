package queue

import (
	"encoding/json"

	bolt "go.etcd.io/bbolt"
)

// Listed is a job seen in a provider's own list, found again by the token and
// generation in its name.
type Listed struct {
	RemoteID   string `json:"remote_id"`
	Generation int    `json:"generation"`
	Size       int64  `json:"size"` // bytes as uploaded, 0 when the list does not say
}

// listPrefix keeps accounts apart: NUL is in no account name and no token.
func listPrefix(account, token string) []byte {
	return append(append([]byte(account), 0), token...)
}

// fenceKey holds the point up to which an account's list was read. It sorts apart
// from tokens, which are letters and digits.
func fenceKey(account string) []byte { return listPrefix(account, "#fence") }

// AddListed records what a provider's list showed, by token, and the fence up to
// which it has been read, in one transaction.
func (q *Queue) AddListed(account string, fence json.RawMessage, jobs map[string]Listed) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		b := tx.Bucket(bLists)
		for token, l := range jobs {
			v, err := json.Marshal(l)
			if err != nil {
				return nil, err
			}
			key := append(listPrefix(account, token), byte(0), byte(l.Generation))
			if b.Get(key) != nil {
				continue // the oldest of a name is the one that was meant
			}
			if err := b.Put(key, v); err != nil {
				return nil, err
			}
		}
		return nil, b.Put(fenceKey(account), fence)
	})
}

// ListFence returns the fence of the last AddListed, nil before the first.
func (q *Queue) ListFence(account string) (json.RawMessage, error) {
	var f json.RawMessage
	err := q.db.View(func(tx *bolt.Tx) error {
		f = append(f, tx.Bucket(bLists).Get(fenceKey(account))...)
		return nil
	})
	return f, err
}

// ListedAs returns the jobs that the account's list showed under the token, by
// rising generation.
func (q *Queue) ListedAs(account, token string) ([]Listed, error) {
	var all []Listed
	err := q.db.View(func(tx *bolt.Tx) error {
		prefix := append(listPrefix(account, token), 0)
		c := tx.Bucket(bLists).Cursor()
		for k, v := c.Seek(prefix); len(k) == len(prefix)+1 && string(k[:len(prefix)]) == string(prefix); k, v = c.Next() {
			var l Listed
			if err := json.Unmarshal(v, &l); err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	})
	return all, err
}
