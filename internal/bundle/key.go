package bundle

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// keyMagic begins what is hashed for a key. Another encoding would make people
// pay again for all they have, so it must never change without need.
const keyMagic = "simdrop job key 1\n"

// Key names what is paid for once: the files by place and content, the account
// they are sent to and the conversion options. It is 64 hex digits.
//
// It is the SHA-256 of keyMagic and then, every text preceded by its length and
// every list by its count as 8 bytes big-endian: the list of (place, SHA-256 as
// lower-case hex) sorted by place and hash; the account; the list of (option,
// value) sorted by option. Places are taken in Unicode NFC, because file systems
// hand the same name back in different forms. An option that is present and
// empty differs from one that is absent.
func Key(files []File, account string, options map[string]string) string {
	pairs := make([][2]string, len(files))
	for i, f := range files {
		pairs[i] = [2]string{norm.NFC.String(f.Place), strings.ToLower(f.SHA256)}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})

	h := keyHash{sha256.New()}
	io.WriteString(h, keyMagic)
	h.number(len(pairs))
	for _, p := range pairs {
		h.text(p[0])
		h.text(p[1])
	}
	h.text(account)
	h.number(len(options))
	for _, name := range slices.Sorted(maps.Keys(options)) {
		h.text(name)
		h.text(options[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

type keyHash struct{ hash.Hash }

func (h keyHash) number(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

func (h keyHash) text(s string) {
	h.number(len(s))
	io.WriteString(h, s)
}
