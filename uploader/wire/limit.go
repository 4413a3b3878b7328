package wire

import (
	"context"
	"sync"
	"time"
)

// limiter shares a number of bytes per second among all uploads of a provider.
// It keeps only the moment until which the line is spoken for, so that a pause
// saves up no burst. A nil limiter does not limit.
type limiter struct {
	rate int64
	mu   sync.Mutex
	free time.Time
}

func newLimiter(rate int64) *limiter {
	if rate <= 0 {
		return nil
	}
	return &limiter{rate: rate}
}

// piece is how much to send at once: a tenth of a second's worth, so that the
// line is shared evenly and a watchdog sees steady progress.
func (l *limiter) piece(n int) int {
	if l == nil {
		return n
	}
	return int(min(int64(n), max(l.rate/10, 1)))
}

// wait returns when n bytes that have been read may be sent.
func (l *limiter) wait(ctx context.Context, n int) error {
	if l == nil || n == 0 {
		return nil
	}
	l.mu.Lock()
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	due := l.free
	l.free = due.Add(time.Duration(float64(n) / float64(l.rate) * float64(time.Second)))
	l.mu.Unlock()
	if !due.After(now) {
		return nil
	}
	t := time.NewTimer(due.Sub(now))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
