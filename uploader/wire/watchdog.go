package wire

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// idleError says that a transfer stood still.
type idleError struct{ limit time.Duration }

func (e idleError) Error() string   { return fmt.Sprintf("nothing moved for %v", e.limit) }
func (e idleError) Timeout() bool   { return true }
func (e idleError) Temporary() bool { return true }

// watchdog cancels a transfer in which nothing moves. It knows no total limit:
// half a gigabyte over a slow line is fine as long as it moves.
type watchdog struct {
	cancel context.CancelCauseFunc
	start  time.Time

	mu    sync.Mutex
	limit time.Duration
	last  time.Duration // since start, when something moved
	conn  net.Conn      // asked for what the peer has acknowledged
	acked uint64
	timer *time.Timer
	over  bool
}

// watch returns a context that ends when nothing has moved for limit.
func watch(ctx context.Context, limit time.Duration) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watchdog{cancel: cancel, start: time.Now(), limit: limit}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.step(), w.check)
	return ctx, w
}

// step is how often it looks; a pause is noticed a quarter late at worst.
func (w *watchdog) step() time.Duration { return max(w.limit/4, time.Millisecond) }

// moved notes progress.
func (w *watchdog) moved() {
	w.mu.Lock()
	w.last = time.Since(w.start)
	w.mu.Unlock()
}

// patience changes the limit, counted from now.
func (w *watchdog) patience(limit time.Duration) {
	w.mu.Lock()
	w.limit = limit
	w.last = time.Since(w.start)
	w.mu.Unlock()
}

// follow makes the kernel's count of acknowledged bytes on conn progress too: on
// a slow line one write may stay in its buffer for minutes.
func (w *watchdog) follow(conn net.Conn) {
	w.mu.Lock()
	w.conn, w.acked = conn, 0
	w.mu.Unlock()
}

func (w *watchdog) check() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	now := time.Since(w.start)
	if n, ok := acknowledged(w.conn); ok && n != w.acked {
		w.acked, w.last = n, now
	}
	if now-w.last >= w.limit {
		w.over = true
		w.cancel(idleError{w.limit})
		return
	}
	w.timer.Reset(w.step())
}

// stop ends the watch and its context. It may be called more than once.
func (w *watchdog) stop() {
	w.mu.Lock()
	w.over = true
	w.timer.Stop()
	w.mu.Unlock()
	w.cancel(nil)
}
