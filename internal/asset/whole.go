package asset

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// State is what the structure of a file says about its completeness.
type State int

// The states.
const (
	// Unproved: nothing speaks against it, and the format cannot prove more.
	Unproved State = iota
	// Proved: the format itself shows that the file is complete.
	Proved
	// Suspicious: it may be complete, but only a long quiet time says so. A long
	// tail of zeros in a format whose length is the only proof is such a sign.
	Suspicious
	// NotWhole: it cannot be complete as it is.
	NotWhole
)

func (s State) String() string {
	return [...]string{"unproved", "proved", "suspicious", "not whole"}[s]
}

// Verdict says whether a file can be complete.
type Verdict struct {
	State  State
	Reason string // for people: why it is Suspicious or NotWhole
	// Soft is a sign that the file may still be written, worth a longer wait
	// but no reason to refuse it: "its last line has no end".
	Soft string
}

// zeroTail is the number of zero bytes at the end from which on a file counts as
// allocated but not yet filled: copies to shares set the full size first.
// Complete files end in a dozen at most.
const zeroTail = 512

// proof says what a format can prove.
type proof struct {
	check func(r io.ReaderAt, size int64) (Verdict, error)
	// ends: the content ends in something else than zeros, so a tail of zeros
	// is never content.
	ends bool
}

var proofs = map[Format]proof{
	"glb":    {checkGLB, false},
	"gltf":   {checkGLTF, true},
	"stl":    {checkSTL, false},
	"ply":    {checkPLY, false},
	"usd":    {checkUSD, true},
	"usda":   {checkUSD, true},
	"usdc":   {checkUSD, true},
	"usdz":   {checkZIP, true},
	"zip":    {checkZIP, true},
	"fbx":    {checkFBX, true},
	"obj":    {checkText, true},
	"mtl":    {checkText, true},
	"mtlx":   {checkText, true},
	"prompt": {checkText, true},
}

// Whole judges by its structure whether the file of this name can be complete.
// Errors are those of reading; what is wrong with the content is in the verdict.
// It reads little: headers, tables and the end, except where a format's proof is
// a walk through all of it (glTF and FBX text, PLY, JPEG).
func Whole(name string, r io.ReaderAt, size int64) (Verdict, error) {
	if size == 0 {
		return Verdict{State: NotWhole, Reason: "it is empty"}, nil
	}
	p, ok := proofs[companionFormat(name)]
	if !ok {
		p = byContent(r, companionFormat(name))
	}
	zeros, err := endsInZeros(r, size)
	if err != nil {
		return Verdict{}, err
	}
	if zeros && p.ends {
		return Verdict{State: NotWhole, Reason: "its end is zeros: it is not filled yet"}, nil
	}
	v, err := p.check(r, size)
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return Verdict{State: NotWhole, Reason: invalid.Reason}, nil
	}
	if err != nil {
		return Verdict{}, err
	}
	if zeros && v.State != NotWhole {
		v = Verdict{State: Suspicious, Reason: "its end is zeros, which may be content or not filled yet"}
	}
	return v, nil
}

// WholeFile is Whole for a file on disk.
func WholeFile(path string) (Verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return Verdict{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Verdict{}, err
	}
	return Whole(path, f, info.Size())
}

// Whole judges a member: by its own structure and by what the file that refers
// to it says about its size.
func (m Member) Whole() (Verdict, error) {
	f, err := os.Open(m.Path)
	if err != nil {
		return Verdict{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Verdict{}, err
	}
	if size := info.Size(); size > 0 && size < m.Need {
		return Verdict{State: NotWhole, Reason: fmt.Sprintf("it has %d of the %d bytes that are asked for", size, m.Need)}, nil
	}
	return Whole(m.Path, f, info.Size())
}

// endsInZeros tells whether the last zeroTail bytes, or all of a shorter file,
// are zero.
func endsInZeros(r io.ReaderAt, size int64) (bool, error) {
	var buf [zeroTail]byte
	tail := buf[:min(size, zeroTail)]
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return false, readError(err)
	}
	for _, b := range tail {
		if b != 0 {
			return false, nil
		}
	}
	return true, nil
}

// readError turns the end of a file that became shorter while it was read into a
// verdict; other errors stay what they are.
func readError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return invalidf("it is shorter than it was a moment ago")
	}
	return err
}

func checkGLB(r io.ReaderAt, size int64) (Verdict, error) {
	if _, err := readGLB(r, size); err != nil {
		return Verdict{}, err
	}
	return Verdict{State: Proved}, nil
}

func checkGLTF(r io.ReaderAt, size int64) (Verdict, error) {
	if _, err := gltfRefs(r, size, ""); err != nil {
		return Verdict{}, err
	}
	return Verdict{State: Proved}, nil
}

// checkText looks at the ends of a text: no text format here can prove more.
func checkText(r io.ReaderAt, size int64) (Verdict, error) {
	var head, tail [4096]byte
	h, t := head[:min(size, 4096)], tail[:min(size, 4096)]
	if _, err := r.ReadAt(h, 0); err != nil && err != io.EOF {
		return Verdict{}, readError(err)
	}
	if _, err := r.ReadAt(t, size-int64(len(t))); err != nil && err != io.EOF {
		return Verdict{}, readError(err)
	}
	return Verdict{Soft: softSign(h, t)}, nil
}

// softSign finds what a finished text seldom has.
func softSign(head, tail []byte) string {
	wide := len(head) >= 2 && (head[0] == 0xFE && head[1] == 0xFF || head[0] == 0xFF && head[1] == 0xFE)
	if !wide {
		for _, part := range [][]byte{head, tail} {
			for _, b := range part {
				if b == 0 {
					return "it holds a zero byte, which text does not"
				}
			}
		}
	}
	last := tail[len(tail)-1]
	if wide && last == 0 && len(tail) > 1 {
		last = tail[len(tail)-2]
	}
	if last != '\n' && last != '\r' {
		return "its last line has no end"
	}
	return ""
}
