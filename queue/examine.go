package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Condition is what an examination found a queue's file to be.
type Condition string

// The conditions.
const (
	Absent     Condition = "absent"
	Whole      Condition = "whole"
	InUse      Condition = "in use"     // another process has it open
	TooNew     Condition = "too new"    // a newer simdrop wrote it
	Damaged    Condition = "damaged"    // it cannot be trusted
	Unreadable Condition = "unreadable" // the system does not let us read it: nothing is known
)

// Finding is what an examination found.
type Finding struct {
	Condition Condition `json:"condition"`
	ID        string    `json:"id,omitempty"`     // of a whole queue, empty when it was never used
	Schema    int       `json:"schema,omitempty"` // of one that is too new
	Reason    string    `json:"reason,omitempty"` // why it is damaged or unreadable
}

// examineWait is how long an examination waits for another process to let go.
const examineWait = 500 * time.Millisecond

// Examine looks whether the file at path is a whole queue, without changing it.
//
// bbolt maps the file into memory and trusts it, so that a truncated one panics,
// in goroutines where nobody recovers, or faults, and a cut-off file of no bytes
// is taken for a new database. Examine is therefore made to run in a process of
// its own, which may die of what it reads: see InChild.
func Examine(path string) (f Finding) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Finding{Condition: Absent}
	case err != nil:
		return Finding{Condition: Unreadable, Reason: err.Error()}
	case !info.Mode().IsRegular():
		return damaged("it is not a file")
	case info.Size() == 0:
		return damaged("it is empty")
	}
	defer func() {
		if p := recover(); p != nil {
			f = damaged(fmt.Sprint(p))
		}
	}()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: examineWait})
	if err != nil {
		return unopened(err)
	}
	defer db.Close()
	if err := checkMetas(path); err != nil {
		return damaged(err.Error())
	}
	err = db.View(func(tx *bolt.Tx) error {
		f, err = examine(tx)
		return err
	})
	if e, ok := errors.AsType[*NewerError](err); ok {
		return Finding{Condition: TooNew, Schema: e.Has}
	}
	if err != nil {
		return damaged(err.Error())
	}
	return f
}

func damaged(reason string) Finding { return Finding{Condition: Damaged, Reason: reason} }

// unopened tells what the system refuses from what is wrong in the file.
func unopened(err error) Finding {
	if errors.Is(err, bolterrors.ErrTimeout) {
		return Finding{Condition: InUse}
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return Finding{Condition: Unreadable, Reason: err.Error()}
	}
	return damaged(err.Error())
}

func examine(tx *bolt.Tx) (Finding, error) {
	meta := tx.Bucket(bMeta)
	if meta == nil { // made, and never used: the first transaction makes all buckets
		if k, _ := tx.Cursor().First(); k != nil {
			return Finding{}, errors.New("it is not a queue")
		}
		return Finding{Condition: Whole}, nil
	}
	if err := checkSchema(meta); err != nil {
		return Finding{}, err
	}
	if err := checkAll(tx); err != nil {
		return Finding{}, err
	}
	id, err := get(meta, kID)
	return Finding{Condition: Whole, ID: string(id)}, err
}

// The layout of bbolt's file (package go.etcd.io/bbolt/internal/common): the first
// two pages are metas, written in turn. A meta follows a page header of 16 bytes and
// ends in the FNV-1a checksum of what is before it. All in the machine's byte order.
const (
	pageHeader  = 16
	metaSummed  = 56
	metaSize    = metaSummed + 8
	maxPageSize = 64 << 10
)

// checkMetas verifies both metas. bbolt itself is content with one, and goes back
// to the transaction before the last when the newer one is broken: it would have
// forgotten an intent without a word.
func checkMetas(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var meta [metaSize]byte
	if err := readMeta(f, 0, meta[:]); err != nil {
		return err
	}
	size := int64(binary.NativeEndian.Uint32(meta[8:]))
	if size <= pageHeader+metaSize || size > maxPageSize {
		return fmt.Errorf("it has pages of %d bytes", size)
	}
	return readMeta(f, size, meta[:])
}

func readMeta(f io.ReaderAt, page int64, meta []byte) error {
	if _, err := f.ReadAt(meta, page+pageHeader); err != nil {
		return fmt.Errorf("its head cannot be read: %w", err)
	}
	h := fnv.New64a()
	h.Write(meta[:metaSummed])
	if h.Sum64() != binary.NativeEndian.Uint64(meta[metaSummed:]) {
		return errors.New("its head is damaged")
	}
	return nil
}
