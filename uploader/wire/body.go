package wire

import (
	"context"
	"errors"
	"io"
	"sync"
)

var errSealed = errors.New("the request is over")

// body is the request body that net/http reads. What it counts decides between
// "not sent" and "ambiguous", so the count is taken once and for all by seal:
// net/http may go on reading in another goroutine after an answer or an error.
type body struct {
	ctx   context.Context
	limit *limiter
	w     *watchdog
	done  func() // called after the last byte was handed over
	sent  func(n int64)
	src   io.ReadCloser

	mu     sync.Mutex
	left   int64 // of the declared length
	n      int64 // handed over
	sealed bool
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	n, total, err := b.read(p)
	if n == 0 {
		return 0, err
	}
	if werr := b.limit.wait(b.ctx, n); werr != nil {
		return n, werr
	}
	b.w.moved()
	if b.sent != nil {
		b.sent(total)
	}
	return n, err
}

func (b *body) read(p []byte) (n int, total int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sealed || b.closed {
		return 0, b.n, errSealed
	}
	if b.left == 0 {
		// Also asks a file that should be finished whether it is.
		n, err = b.src.Read(make([]byte, 1))
		if n > 0 {
			return 0, b.n, errGrew
		}
		return 0, b.n, err
	}
	p = p[:b.limit.piece(len(p))]
	n, err = b.src.Read(p[:min(int64(len(p)), b.left)])
	b.n += int64(n)
	b.left -= int64(n)
	if err == io.EOF && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if b.left == 0 {
		b.done()
	}
	return n, b.n, err
}

// seal stops further reading and returns how many bytes were handed over.
func (b *body) seal() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sealed = true
	return b.n
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	return b.src.Close()
}
