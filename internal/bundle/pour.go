package bundle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"simdrop/internal/asset"
)

// pour copies in to out with edits applied, and fills in the sizes and hashes.
func pour(ctx context.Context, out io.Writer, in io.Reader, edits []asset.Edit) (File, error) {
	sum, crc := sha256.New(), crc32.NewIEEE()
	copied := &counter{w: io.MultiWriter(out, sum, crc)}
	read := &tally{ctx: ctx, r: in}
	if len(edits) > 0 {
		read.sum = sha256.New() // else what is read is what is written
	}
	if err := applyEdits(copied, read, edits); err != nil {
		return File{}, err
	}
	f := File{Size: copied.n, SHA256: hex.EncodeToString(sum.Sum(nil)), CRC32: crc.Sum32(), SourceSize: read.n}
	f.SourceSHA256 = f.SHA256
	if read.sum != nil {
		f.SourceSHA256 = hex.EncodeToString(read.sum.Sum(nil))
	}
	return f, nil
}

// copyBuffer is large enough that a network file system reads ahead, and small
// enough to stay in the processor's cache between reading, hashing and writing.
const copyBuffer = 256 << 10

// applyEdits copies in to out, putting each edit's text in the place of its bytes.
func applyEdits(out io.Writer, in io.Reader, edits []asset.Edit) error {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b asset.Edit) int { return cmp.Compare(a.Offset, b.Offset) })
	buf := make([]byte, copyBuffer)
	var pos int64
	for _, e := range edits {
		if e.Offset < pos || e.Length < 0 || e.Length > math.MaxInt64-e.Offset {
			return fmt.Errorf("rewritten references overlap at byte %d", e.Offset)
		}
		kept, err := io.CopyBuffer(out, io.LimitReader(in, e.Offset-pos), buf)
		if err != nil {
			return err
		}
		dropped, err := io.CopyBuffer(nowhere{}, io.LimitReader(in, e.Length), buf)
		if err != nil {
			return err
		}
		if pos += kept + dropped; pos != e.Offset+e.Length {
			return ErrChanged // shorter than when the reference was found in it
		}
		if _, err := io.WriteString(out, e.Text); err != nil {
			return err
		}
	}
	_, err := io.CopyBuffer(out, in, buf)
	return err
}

// tally counts and hashes what is read, and ends with its context.
type tally struct {
	ctx context.Context
	r   io.Reader
	sum hash.Hash // nil: not wanted
	n   int64
}

func (t *tally) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, context.Cause(t.ctx)
	}
	n, err := t.r.Read(p)
	t.n += int64(n)
	if t.sum != nil {
		t.sum.Write(p[:n])
	}
	return n, err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// nowhere discards. It has no other method than Write, so that CopyBuffer uses our buffer.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
