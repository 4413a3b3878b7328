package cli

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"simdrop/internal/control"
)

// progress shows how jobs get on, on stderr.
type progress interface {
	see(control.Job)
	end()
}

// progress returns moving bars for a terminal, else one line per change of state.
func (a *app) progress() progress {
	if w, ok := terminal(a.stderr); ok {
		if kind, _ := a.env("TERM"); kind != "dumb" {
			return &bars{all: mpb.New(mpb.WithOutput(w), mpb.WithWidth(barWidth)), of: map[string]*bar{}}
		}
	}
	return &lines{w: a.stderr, last: map[string]string{}}
}

// lines is progress for logs and pipes.
type lines struct {
	w    io.Writer
	last map[string]string // state told last, by job
}

func (l *lines) see(j control.Job) {
	if l.last[j.ID] == j.State {
		return
	}
	l.last[j.ID] = j.State
	fmt.Fprintln(l.w, clean(nameOf(j)+": "+j.State))
}

func (l *lines) end() {}

// nameOf is what progress calls a job.
func nameOf(j control.Job) string {
	name := filepath.Base(j.Path)
	if j.Simulates != "" {
		name += " (" + j.Scene + " simulation)"
	}
	return name
}

const barWidth = 32

// bars is progress for people.
type bars struct {
	all *mpb.Progress
	of  map[string]*bar
}

type bar struct {
	*mpb.Bar
	text chan string // the newest text; one place
}

func (b *bars) see(j control.Job) {
	one := b.of[j.ID]
	if one == nil {
		one = b.add(j)
	}
	select { // replace what was not shown yet
	case <-one.text:
	default:
	}
	text := j.State
	if !j.Resting() && j.Stage != "" {
		text = j.Stage
	}
	one.text <- clean(text)
	switch {
	case j.State == control.Done:
		one.SetCurrent(100)
	case j.Resting():
		one.Abort(false)
	default:
		one.SetCurrent(int64(min(j.Progress, 99))) // 100 would end it
	}
}

func (b *bars) add(j control.Job) *bar {
	one := &bar{text: make(chan string, 1)}
	shown := j.State
	one.Bar = b.all.AddBar(100,
		mpb.PrependDecorators(decor.Name(clean(nameOf(j)), decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			select {
			case shown = <-one.text:
			default:
			}
			return shown
		})))
	b.of[j.ID] = one
	return one
}

// end draws the bars a last time, also those of jobs that did not end.
func (b *bars) end() {
	for _, one := range b.of {
		one.Abort(false)
	}
	b.all.Wait()
}
