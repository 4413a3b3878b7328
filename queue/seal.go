package queue

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// bbolt protects its two meta pages by a checksum and nothing else, so a flipped
// bit in a record would be believed: a token that differs in one character is not
// found in the provider's list, and the asset is paid for again. Every record
// therefore ends in the CRC-32C (RFC 3720, section 12.1) of its key and value, 4
// bytes big-endian.

// errSeal says that a record is not what was written.
var errSeal = errors.New("a record's checksum is wrong")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sealSize = 4

func seal(key, value []byte) []byte {
	sealed := make([]byte, len(value), len(value)+sealSize)
	copy(sealed, value)
	return binary.BigEndian.AppendUint32(sealed, sum(key, value))
}

// unseal returns the value without its checksum. Like all of bbolt's slices it is
// gone with its transaction.
func unseal(key, sealed []byte) ([]byte, error) {
	n := len(sealed) - sealSize
	if n < 0 {
		return nil, errSeal
	}
	if sum(key, sealed[:n]) != binary.BigEndian.Uint32(sealed[n:]) {
		return nil, errSeal
	}
	return sealed[:n], nil
}

func sum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// put stores a sealed record.
func put(b *bolt.Bucket, key, value []byte) error { return b.Put(key, seal(key, value)) }

// get returns a record, nil when there is none.
func get(b *bolt.Bucket, key []byte) ([]byte, error) {
	sealed := b.Get(key)
	if sealed == nil {
		return nil, nil
	}
	return unseal(key, sealed)
}
