package notify_test

import (
	"net"
	"testing"
	"time"

	"simdrop/queue"
)

// ear listens for a hook's child, which keeps a connection open as long as it lives.
type ear struct {
	t  *testing.T
	ln net.Listener
}

func newEar(t *testing.T) ear {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ear{t, ln}
}

// hear waits for the child to live.
func (e ear) hear() net.Conn {
	e.t.Helper()
	e.ln.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute))
	c, err := e.ln.Accept()
	if err != nil {
		e.t.Fatal("the hook's child does not start: ", err)
	}
	e.t.Cleanup(func() { c.Close() }) // which ends it
	return c
}

// alive reports whether the child has not ended within the time.
func alive(c net.Conn, within time.Duration) bool {
	c.SetReadDeadline(time.Now().Add(within))
	_, err := c.Read(make([]byte, 1))
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

// A hook that is killed takes its children along, and is run again after the next
// start, because nobody knows how far it came.
func TestHookThatHangs(t *testing.T) {
	r, e := newRig(t), newEar(t)
	r.opt.Hooks = map[queue.State][]string{queue.Held: self(t, "act-hang", e.ln.Addr().String())}
	r.start()
	r.hold(r.drop("a.obj").ID, queue.Existing)
	c := e.hear()
	r.stop()
	if alive(c, time.Minute) {
		t.Error("the hook's child goes on")
	}
	if n, err := r.queue.Letters(); n != 1 || err != nil {
		t.Errorf("%d letters are left, want the one that was interrupted (%v)", n, err)
	}
}

// A hook may leave something running: it counts as ended.
func TestHookThatLeavesAChild(t *testing.T) {
	r, e := newRig(t), newEar(t)
	r.opt.Hooks = map[queue.State][]string{queue.Held: self(t, "act-stay", e.ln.Addr().String())}
	r.start()
	r.hold(r.drop("a.obj").ID, queue.Existing)
	c := e.hear()
	r.delivered()
	r.stop()
	if !alive(c, 100*time.Millisecond) {
		t.Error("the child was killed")
	}
}
