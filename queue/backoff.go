package queue

import (
	"math/rand/v2"
	"time"
)

// The bounds of the back-off.
const (
	minBackoff = time.Second
	maxBackoff = 5 * time.Minute
)

// Backoff returns how long to wait before try number n+1, after n failed ones:
// full jitter below an exponentially growing bound, from 1 s to 5 min. Full
// jitter spreads many jobs that failed at one moment.
func Backoff(n int) time.Duration {
	bound := maxBackoff
	if n < 9 {
		bound = min(maxBackoff, minBackoff<<max(n, 0))
	}
	return minBackoff/2 + rand.N(bound)
}
