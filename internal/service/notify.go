//go:build unix

package service

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// notifier speaks sd_notify(3): datagrams of VARIABLE=VALUE lines to the socket in
// NOTIFY_SOCKET. What cannot be sent is lost: a service does not fail for that.
type notifier struct {
	conn  net.Conn
	every time.Duration // a third of the watchdog's patience, 0 without one
	ready chan struct{} // closed by the first beat
	once  sync.Once

	mu       sync.Mutex
	stopping bool
}

// newNotifier returns nil where nobody wants to be notified.
func newNotifier(env func(string) (string, bool), pid int) *notifier {
	socket, _ := env("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	if socket[0] == '@' { // the abstract name space, see unix(7)
		socket = "\x00" + socket[1:]
	}
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return nil
	}
	n := &notifier{conn: conn, ready: make(chan struct{})}
	usec, _ := env("WATCHDOG_USEC")
	who, _ := env("WATCHDOG_PID")
	if us, err := strconv.ParseInt(usec, 10, 64); err == nil && us > 0 && (who == "" || who == strconv.Itoa(pid)) {
		n.every = time.Duration(us) * time.Microsecond / 3
	}
	return n
}

func (n *notifier) send(lines ...string) {
	n.conn.SetWriteDeadline(time.Now().Add(time.Second))
	n.conn.Write([]byte(strings.Join(lines, "\n")))
}

// beat is a sign of life; the first one says that the daemon is up.
func (n *notifier) beat(status string) {
	lines := []string{"WATCHDOG=1"}
	n.once.Do(func() {
		lines = append(lines, "READY=1")
		close(n.ready)
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.stopping {
		lines = append(lines, "STATUS="+strings.ReplaceAll(status, "\n", " "))
	}
	n.send(lines...)
}

const (
	extendEvery = time.Second
	extendBy    = 10 * time.Second
	// After that long, starting or stopping hangs, and systemd may do what it does.
	startLimit = 30 * time.Minute // examining and rebuilding a large queue
	stopLimit  = 2 * time.Minute
)

// run asks for more time while the daemon starts and, from the end of ctx on, while
// it stops. The function it returns ends that.
func (n *notifier) run(ctx context.Context) (end func()) {
	over := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		n.extend(startLimit, n.ready, over, ctx.Done())
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		n.mu.Lock()
		n.stopping = true
		n.send("STOPPING=1", "STATUS=finishing what has begun")
		n.mu.Unlock()
		n.extend(stopLimit, over)
	})
	return func() {
		close(over)
		done.Wait()
		n.conn.Close()
	}
}

// extend asks for more time until one of the channels is closed or the limit is reached.
func (n *notifier) extend(limit time.Duration, until ...<-chan struct{}) {
	stop := make(chan struct{})
	defer close(stop)
	enough := make(chan struct{}, len(until))
	for _, c := range until {
		go func() {
			select {
			case <-c:
				enough <- struct{}{}
			case <-stop:
			}
		}()
	}
	tick := time.NewTicker(extendEvery)
	defer tick.Stop()
	end := time.After(limit)
	for {
		n.send(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", extendBy.Microseconds()))
		select {
		case <-tick.C:
		case <-enough:
			return
		case <-end:
			return
		}
	}
}
