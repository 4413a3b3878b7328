package result

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"simdrop/internal/durable"
)

// Limits bound what an archive may be. The zero value of a field is its default.
type Limits struct {
	Entries int    // 10,000
	Bytes   int64  // of all files together, 64 GiB
	Ratio   int64  // unpacked to packed, once 64 MiB are exceeded: 250
	Free    int64  // bytes the disk can spare; 0: not compared
	Format  string // what was asked for: usd, all or "" want a USD file, mjcf an XML file, glb a .glb
}

func (l Limits) withDefaults() Limits {
	l.Entries = cmp.Or(l.Entries, 10_000)
	l.Bytes = cmp.Or(l.Bytes, 64<<30)
	l.Ratio = cmp.Or(l.Ratio, 250)
	return l
}

// ratioFloor is what an archive may unpack to whatever its ratio: a flat texture
// packs a thousandfold and harms nobody.
const ratioFloor = 64 << 20

// Listing is what an archive holds, after Check.
type Listing struct {
	Files []Entry // in the order of the archive; folders are left out
	Size  int64   // bytes of all files
}

// Entry is one file of an archive.
type Entry struct {
	Name   string // slash path, checked
	Size   int64  // bytes, unpacked
	Packed int64  // bytes in the archive
	CRC32  uint32
	method uint16
	data   int64 // offset of the first packed byte
}

// Check judges an archive by its directory and local headers alone, before
// anything is unpacked: what it returns can be extracted on any system, into no
// more than Size bytes, without leaving the folder. Refusals are of type
// *ArchiveError, a lack of space is a *SpaceError.
func Check(path string, lim Limits) (*Listing, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("check result archive: %w", err)
	}
	defer f.Close()
	return checkFile(f, lim)
}

func checkFile(f *os.File, lim Limits) (*Listing, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("check result archive: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("check result archive: %s is not a regular file", f.Name())
	}
	return check(f, info.Size(), lim.withDefaults())
}

func check(r io.ReaderAt, size int64, lim Limits) (*Listing, error) {
	headers, dirStart, err := readDirectory(r, size, lim.Entries)
	if err != nil {
		return nil, err
	}
	if err := checkSum(headers, size, lim); err != nil {
		return nil, err
	}
	seen := newNames()
	for i := range headers {
		h := &headers[i]
		reason := h.check()
		if reason == "" {
			reason = seen.add(h.name)
		}
		if reason != "" {
			return nil, &ArchiveError{Entry: quote(h.name), Reason: reason}
		}
	}
	if err := checkLocals(r, headers, dirStart); err != nil {
		return nil, err
	}
	l := list(headers)
	if !l.has(wanted(lim.Format)...) {
		return nil, &ArchiveError{Reason: "no " + strings.ToUpper(strings.Replace(cmp.Or(lim.Format, "usd"), "all", "usd", 1)) + " inside"}
	}
	return l, nil
}

func list(headers []header) *Listing {
	l := &Listing{Files: make([]Entry, 0, len(headers))}
	for _, h := range headers {
		if !h.isFolder() {
			l.Files = append(l.Files, Entry{h.name, h.size, h.packed, h.crc, h.method, h.data})
			l.Size += h.size
		}
	}
	return l
}

var usdExts = []string{".usd", ".usda", ".usdc", ".usdz"}

// wanted are the extensions one of which a result in format must have.
func wanted(format string) []string {
	switch format {
	case "", "usd", "all":
		return usdExts
	case "mjcf":
		return []string{".xml"}
	}
	return []string{"." + strings.ToLower(format)}
}

func (l *Listing) has(exts ...string) bool {
	return slices.ContainsFunc(l.Files, func(e Entry) bool { return e.Size > 0 && slices.Contains(exts, extOf(e.Name)) })
}

func extOf(name string) string { return strings.ToLower(path.Ext(name)) }

// checkSum compares what all files declare with what there is room for. The
// declared sizes are a true bound, because extraction hands out no byte more.
func checkSum(headers []header, packed int64, lim Limits) error {
	var sum int64
	for _, h := range headers {
		if h.size > math.MaxInt64-sum {
			return &ArchiveError{Entry: quote(h.name), Reason: "the declared sizes overflow"}
		}
		sum += h.size
	}
	switch {
	case sum > lim.Bytes:
		return &ArchiveError{Reason: fmt.Sprintf("%d bytes unpacked, more than %d", sum, lim.Bytes)}
	case sum > ratioFloor && sum/max(packed, 1) >= lim.Ratio:
		return &ArchiveError{Reason: fmt.Sprintf("unpacks to %d times its size, which only a bomb does", sum/max(packed, 1))}
	case lim.Free > 0 && sum > lim.Free:
		return &SpaceError{Need: sum, Free: lim.Free}
	}
	return nil
}

// ErrNoSpace: the disk is full, or a quota is used up. The archive is kept; it works once
// there is room.
var ErrNoSpace = errors.New("no space left on the disk")

// SpaceError says that an archive is larger than what the disk can spare. It is
// ErrNoSpace.
type SpaceError struct {
	Need, Free int64
	Dir        string // where; may be empty
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("%v: %s needed, %s free", ErrNoSpace, amount(e.Need), amount(e.Free))
}

// amount is a size for people.
func amount(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// Room returns a *SpaceError when dir's file system cannot take need bytes, nil when
// it can or cannot tell.
func Room(dir string, need int64) error {
	if free, err := durable.Free(dir); err == nil && free < need {
		return &SpaceError{need, free, dir}
	}
	return nil
}

// short adds to an error of a full disk how much of what is missing there, where
// the system's figures explain it; a quota's do not.
func short(err error, dir string, need int64) error {
	if s, ok := errors.AsType[*SpaceError](err); ok {
		s.Dir = dir
		if free, ferr := durable.Free(dir); ferr == nil {
			s.Free = free // the limit for an archive is never 0, the disk may be
		}
		return err
	}
	if !isDiskFull(err) {
		return err
	}
	if s := Room(dir, need); s != nil {
		return s
	}
	return err
}

// Is makes a SpaceError an ErrNoSpace.
func (e *SpaceError) Is(target error) bool { return target == ErrNoSpace }

// quote makes a foreign name safe to print.
func quote(name string) string {
	const most = 120
	if len(name) > most {
		name = name[:most] + "…"
	}
	return strconv.Quote(name)
}
