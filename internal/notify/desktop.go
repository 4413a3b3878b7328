package notify

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"simdrop/internal/redact"
	"simdrop/queue"
)

const (
	// quiet is how long nothing more may come before a message is shown, gathered
	// the longest that it waits, apart the least time between two.
	quiet    = 5 * time.Second
	gathered = time.Minute
	apart    = 30 * time.Second
	// showLimit bounds one message: a desktop that does not answer is passed over.
	showLimit = 10 * time.Second
)

// desktop shows many changes in one message.
type desktop struct {
	show func(ctx context.Context, title, text string) error
	log  *slog.Logger
	wake chan struct{}

	mu   sync.Mutex
	news batch
}

func newDesktop(show func(ctx context.Context, title, text string) error, log *slog.Logger) *desktop {
	return &desktop{show: show, log: log, wake: make(chan struct{}, 1)}
}

// hear takes in what a person at the desk would want to know.
func (d *desktop) hear(j queue.Job) {
	d.mu.Lock()
	heard := d.news.add(j)
	d.mu.Unlock()
	if !heard {
		return
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run shows messages until ctx ends. A desktop that cannot be told is no trouble: the
// session may have ended.
func (d *desktop) run(ctx context.Context) {
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		}
		if !d.gather(ctx) {
			return
		}
		d.mu.Lock()
		text := d.news.text()
		d.news = batch{}
		d.mu.Unlock()
		limited, cancel := context.WithTimeout(ctx, showLimit)
		err := d.show(limited, "simdrop", text)
		cancel()
		if err != nil && !failed && ctx.Err() == nil {
			d.log.Debug("the desktop cannot be told", "err", err)
		}
		failed = err != nil
		if !rest(ctx, apart) {
			return
		}
	}
}

// gather waits until nothing more comes, but not for ever.
func (d *desktop) gather(ctx context.Context) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	longest := time.NewTimer(gathered)
	defer longest.Stop()
	still := time.NewTimer(quiet)
	defer still.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-longest.C:
			return true
		case <-still.C:
			return true
		case <-d.wake:
			still.Reset(quiet)
		}
	}
}

// batch is what happened since the last message.
type batch struct{ done, failed, held tally }

// tally counts changes and remembers the first files.
type tally struct {
	n     int
	names []string
	why   string // of the first
}

// named is how many files a message names.
const named = 3

func (b *batch) add(j queue.Job) bool {
	t := &b.done
	switch j.State {
	case queue.Done:
		if j.Simulation != nil {
			return false // the model was told of
		}
	case queue.Failed:
		t = &b.failed
	case queue.Held:
		t = &b.held
	default:
		return false
	}
	if t.n++; len(t.names) < named {
		t.names = append(t.names, redact.Text(filepath.Base(j.Path)))
	}
	if t.n == 1 {
		t.why = redact.Text(j.Error)
	}
	return true
}

// text is the message, one line for each kind of change.
func (b *batch) text() string {
	var lines []string
	if t := b.done; t.n > 0 {
		lines = append(lines, t.say("%s is ready", "%d models are ready"))
	}
	if t := b.failed; t.n > 0 {
		lines = append(lines, t.say("%s failed", "%d models failed"))
	}
	if t := b.held; t.n > 0 {
		lines = append(lines, t.say("%s waits for you", "%d models wait for you"))
	}
	return strings.Join(lines, "\n")
}

func (t tally) say(one, many string) string {
	var s string
	if t.n == 1 {
		s = fmt.Sprintf(one, t.names[0])
	} else {
		s = fmt.Sprintf(many, t.n)
	}
	switch {
	case t.why != "":
		return s + ": " + t.why
	case t.n > 1:
		s += ": " + strings.Join(t.names, ", ")
		if t.n > len(t.names) {
			s += ", …"
		}
	}
	return s
}
