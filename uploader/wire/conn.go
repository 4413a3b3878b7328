package wire

import (
	"io"
	"net"
	"sync"
)

// writeChunk bounds one write, so that each is progress even on a slow line.
const writeChunk = 64 << 10

// watchedConn tells its watchdog what moves.
type watchedConn struct {
	net.Conn
	w *watchdog
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
		chunk := p[written:min(len(p), written+writeChunk)]
		n, err := c.Conn.Write(chunk)
		written += n
		if n > 0 {
			c.w.moved()
		}
		if err != nil || written == len(p) {
			return written, err
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
