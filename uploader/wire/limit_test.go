package wire

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Two uploads share one rate, whatever the sizes of their reads.
func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1000)
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for left := 30_000; left > 0; {
					n := l.piece(left)
					if n > 100 {
						t.Errorf("a piece of %d", n)
					}
					if err := l.wait(context.Background(), n); err != nil {
						t.Error(err)
					}
					left -= n
				}
			})
		}
		wg.Wait()
		if d := time.Since(start).Round(time.Second); d != time.Minute {
			t.Errorf("60,000 bytes at 1,000 a second took %v", d)
		}
		<-time.After(time.Hour) // saves up no burst
		start = time.Now()
		for range 20 {
			l.wait(context.Background(), 100)
		}
		if d := time.Since(start); d < 1900*time.Millisecond {
			t.Errorf("a burst after a pause: 2,000 bytes in %v", d)
		}
		ctx, cancel := context.WithCancel(context.Background())
		l.wait(ctx, 1000000)
		cancel()
		if l.wait(ctx, 1) == nil {
			t.Error("went on after the end")
		}
	})
	var none *limiter
	if none.piece(1<<20) != 1<<20 || none.wait(context.Background(), 1<<30) != nil {
		t.Error("no limiter limits")
	}
}
