package queue

import (
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// SetSchema writes another schema into the queue in dir.
func SetSchema(t testing.TB, dir, schema string) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(kSchema, []byte(schema)) }); err != nil {
		t.Fatal(err)
	}
}

// CloseFile closes the file below the database, so that the next commit fails as
// it does when a disk dies.
func (q *Queue) CloseFile() error { return q.file.Close() }
