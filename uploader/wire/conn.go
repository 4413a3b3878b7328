package wire

import (
	"io"
	"net"
	"sync"
	"time"
)

// The bounds of one write. It grows while writes are quick and shrinks when they
// are not, so that each is progress to a watchdog even at a kilobyte a minute,
// and few system calls on a fast line.
const (
	minWrite = 1 << 10
	oneWrite = 4 << 10 // the first
	maxWrite = 64 << 10
	quick    = 50 * time.Millisecond
	slow     = time.Second
)

// watchedConn tells its watchdog what moves.
type watchedConn struct {
	net.Conn
	w     *watchdog
	chunk int // only used by the writer
}

var copyBuffers = sync.Pool{New: func() any { return new([copyBuffer]byte) }}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.w.moved()
	}
	return n, err
}

func (c *watchedConn) Write(p []byte) (int, error) {
	written := 0
	for {
		part := p[written:min(len(p), written+c.chunk)]
		start := time.Now()
		n, err := c.Conn.Write(part)
		written += n
		if n > 0 {
			c.w.moved()
		}
		if err != nil || written == len(p) {
			return written, err
		}
		switch d := time.Since(start); {
		case d < quick:
			c.chunk = min(2*c.chunk, maxWrite)
		case d > slow:
			c.chunk = max(c.chunk/2, minWrite)
		}
	}
}

// ReadFrom is what net/http copies a body with; its own buffer is an eighth as
// large, which costs eight times the system calls for reading the file.
func (c *watchedConn) ReadFrom(r io.Reader) (int64, error) {
	buf := copyBuffers.Get().(*[copyBuffer]byte)
	defer copyBuffers.Put(buf)
	var total int64
	for {
		n, err := r.Read(buf[:])
		if n > 0 {
			m, werr := c.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				return total, werr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
