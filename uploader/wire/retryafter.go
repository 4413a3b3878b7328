package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter caps what a server may ask for.
const MaxRetryAfter = time.Hour

// retryAfter reads the Retry-After header (RFC 9110, section 10.2.3): seconds or
// a date. The date is compared with the server's own clock where it tells it.
func retryAfter(h http.Header) time.Duration {
	return ParseRetryAfter(h.Get("Retry-After"), h.Get("Date"), time.Now())
}

// ParseRetryAfter returns the wait between 0 and MaxRetryAfter that value asks for,
// 0 for one that makes no sense. date is the answer's Date header, now is used
// when that cannot be read.
func ParseRetryAfter(value, date string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		if seconds >= MaxRetryAfter.Seconds() {
			return MaxRetryAfter
		}
		return time.Duration(seconds * float64(time.Second))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if d, err := http.ParseTime(date); err == nil {
		now = d
	}
	return min(max(at.Sub(now), 0), MaxRetryAfter)
}
