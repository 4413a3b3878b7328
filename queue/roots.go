package queue

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// What is recorded of a watched root.
var (
	rootSeen = []byte{1} // its first listing was taken in
	rootLost = []byte{2} // the same, by a queue that was lost; this one has not yet
)

// Seen records that the first listing of a watched root was taken in.
func (q *Queue) Seen(root string) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		return nil, put(tx.Bucket(bRoots), []byte(root), rootSeen)
	})
}

// HasSeen reports whether Seen was called for the root, in this or an earlier run.
func (q *Queue) HasSeen(root string) (bool, error) { return q.rootIs(root, rootSeen) }

// WasLost reports whether the root was watched when the queue before this one was
// lost, and Seen was not called for it since. What lies there may have been paid
// for, cancelled or held: nobody knows any more.
func (q *Queue) WasLost(root string) (bool, error) { return q.rootIs(root, rootLost) }

func (q *Queue) rootIs(root string, what []byte) (bool, error) {
	is := false
	err := q.db.View(func(tx *bolt.Tx) error {
		v, err := get(tx.Bucket(bRoots), []byte(root))
		is = err == nil && bytes.Equal(v, what)
		return err
	})
	return is, err
}

// identityKey holds what is remembered of a root beside its being seen: NUL is in
// no path.
func identityKey(root string) []byte { return append([]byte(root), 0) }

// SetIdentity remembers by what a watched root is recognised.
func (q *Queue) SetIdentity(root string, identity []byte) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		return nil, put(tx.Bucket(bRoots), identityKey(root), identity)
	})
}

// Identity returns what SetIdentity remembered, nil when there is nothing.
func (q *Queue) Identity(root string) ([]byte, error) {
	var identity []byte
	err := q.db.View(func(tx *bolt.Tx) error {
		v, err := get(tx.Bucket(bRoots), identityKey(root))
		identity = append(identity, v...)
		return err
	})
	return identity, err
}

// Lost returns why the queue before this one was lost, empty when it was not, or
// MarkLost was called since.
func (q *Queue) Lost() (string, error) {
	var why string
	err := q.db.View(func(tx *bolt.Tx) error {
		v, err := get(tx.Bucket(bMeta), kLost)
		why = string(v)
		return err
	})
	return why, err
}

// MarkLost records which roots the lost queue had watched, and ends the loss.
func (q *Queue) MarkLost(roots []string) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		for _, r := range roots {
			if err := put(tx.Bucket(bRoots), []byte(r), rootLost); err != nil {
				return nil, err
			}
		}
		return nil, tx.Bucket(bMeta).Delete(kLost)
	})
}
