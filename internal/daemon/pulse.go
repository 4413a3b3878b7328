package daemon

import (
	"fmt"
	"strings"
	"time"

	"simdrop/queue"
	"simdrop/watcher"
)

// pulse makes the uploader's sign of life one for people, nil where nobody wants it.
// The uploader's loop owns the jobs and reads the queue each time it comes round:
// while it does, the daemon works.
func (d *Daemon) pulse(tell func(status string), every time.Duration) func() {
	if tell == nil {
		return nil
	}
	pause := time.Second
	if every > 0 {
		pause = min(pause, every/2)
	}
	var last time.Time
	return func() {
		if now := time.Now(); now.Sub(last) >= pause {
			last = now
			tell(d.summary())
		}
	}
}

// summary is what the daemon does, in one line.
func (d *Daemon) summary() string {
	counts, err := d.queue.Counts()
	if err != nil {
		return "cannot read the queue: " + err.Error()
	}
	watching := 0
	for _, w := range d.watches {
		if w.w.Status().State == watcher.Watching {
			watching++
		}
	}
	parts := []string{"watching " + number(watching, "folder")}
	if away := len(d.watches) - watching; away > 0 {
		parts = append(parts, fmt.Sprintf("%d not to be watched now", away))
	}
	if n := counts[queue.Queued] + counts[queue.Submitting] + counts[queue.Converting] + counts[queue.Fetching]; n > 0 {
		parts = append(parts, number(n, "job")+" on the way")
	}
	if n := counts[queue.Held]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d held", n))
	}
	if n := counts[queue.Failed]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n))
	}
	if paused, err := d.queue.IsPaused(); err == nil && paused {
		parts = append(parts, "submissions are paused")
	}
	return strings.Join(parts, ", ")
}

func number(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
