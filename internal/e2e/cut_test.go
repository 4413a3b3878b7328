package e2e_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// cutter forwards connections to a server and resets two of three after a
// random number of bytes or a random time, both ways at once.
type cutter struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	dice  *rand.Rand
	left  int // cuts still to be made
	early int // cuts before the server had answered a byte
	late  int
}

func newCutter(t *testing.T, to string, cuts int, dice *rand.Rand) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &cutter{listener: l, to: to, dice: dice, left: cuts}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn.(*net.TCPConn))
		}
	}()
	return c
}

// fate decides about a new connection: how many bytes may pass, how long it lives.
func (c *cutter) fate() (up, down int64, life time.Duration, doomed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	up, down, life = 1<<40, 1<<40, time.Hour
	if c.left == 0 || c.dice.IntN(3) == 0 {
		return up, down, life, false
	}
	switch c.dice.IntN(4) {
	case 0:
		up = c.dice.Int64N(700) // header and body of a submission
	case 1:
		down = c.dice.Int64N(700)
	default:
		life = time.Duration(c.dice.Int64N(int64(60 * time.Millisecond)))
	}
	return up, down, life, true
}

func (c *cutter) serve(client *net.TCPConn) {
	defer client.Close()
	up, down, life, doomed := c.fate()
	conn, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	over := make(chan bool, 2) // whether the limit ended it
	var answered int64
	var mu sync.Mutex
	go func() { n, err := io.CopyN(server, client, up); over <- err == nil && n == up }()
	go func() {
		n, err := io.CopyN(client, server, down)
		mu.Lock()
		answered = n
		mu.Unlock()
		over <- err == nil && n == down
	}()
	timer := time.NewTimer(life)
	defer timer.Stop()
	select {
	case cut := <-over:
		if !cut {
			return // one side ended it by itself
		}
	case <-timer.C:
	}
	if !doomed {
		return
	}
	client.SetLinger(0)
	server.SetLinger(0)
	mu.Lock()
	defer mu.Unlock()
	c.count(answered > 0)
}

func (c *cutter) count(late bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left > 0 {
		c.left--
	}
	if late {
		c.late++
	} else {
		c.early++
	}
}

func (c *cutter) remaining() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// TestCutConnections cuts connections to the provider at random moments. In the
// end every asset has its result and was paid for once. SIMDROP_CUTS makes it longer.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	cuts := number("SIMDROP_CUTS", 12)
	seed, dice := seeded(t)
	p := rigydtest.Start(t, rigydtest.Took(20*time.Millisecond), rigydtest.With(func(o *rigydserver.Options) { o.Account.Metered = false }))
	base, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newCutter(t, base.Host, cuts, dice)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(strings.Replace(p.URL, base.Host, c.listener.Addr().String(), 1), p.Key, ", ambiguous_wait: 1s, max_uploads: 6"))
	stopReading := scan(t, h)
	client := h.Start().Ready()
	var paths []string
	drop := func() {
		n := len(paths)
		paths = append(paths, h.Write(fmt.Sprintf("asset%04d.obj", n), fmt.Appendf(nil, "# asset %d of %d\n%s", n, seed, triangle)))
	}
	for c.remaining() > 0 {
		for range 16 {
			drop()
		}
		e2e.UntilAll(t, client, paths[len(paths)-16:], func(j control.Job) bool {
			return j.Resting() || c.remaining() == 0
		})
	}
	jobs, doubts := untilReleased(t, client, paths)
	if torn := stopReading(); torn != 0 {
		t.Errorf("%d results were visible before they were whole", torn)
	}
	oncePaid(t, p, jobs, len(paths))
	// A dozen may all fall into the same moment on a busy machine.
	if cuts >= 50 && (c.early == 0 || c.late == 0) {
		t.Error("cuts at one kind of moment only prove too little")
	}
	t.Logf("%d cuts, %d of them before the first byte of an answer; %d assets, %d released", c.early+c.late, c.early, len(paths), doubts)
}
