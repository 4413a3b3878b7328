package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/dashboard"
)

// converter is where jobs of named paths run: a daemon elsewhere, or one in here.
type converter interface {
	Convert(ctx context.Context, paths []string) ([]control.Job, error)
	Job(ctx context.Context, id string) (control.Job, error)
	// changes calls f with jobs that change, until ctx ends. It returns when no
	// change will be missed any more.
	changes(ctx context.Context, f func(control.Job)) error
}

// look is how often unfinished jobs are asked about besides listening: a stream
// that breaks must not make us wait for ever.
const look = 2 * time.Second

// follow waits until no job of jobs moves any more, and tells see of every change.
// It returns them as they ended, with the simulations that some have begun.
func follow(ctx context.Context, from converter, jobs []control.Job, changed <-chan control.Job, see func(control.Job)) ([]control.Job, error) {
	at := map[string]int{}
	open := 0
	add := func(i int, j control.Job) {
		at[j.ID] = i
		see(j)
		if !j.Resting() {
			open++
		}
	}
	for i, j := range jobs {
		add(i, j)
	}
	update := func(j control.Job) {
		if _, ours := at[j.Simulates]; ours && j.Simulates != "" {
			if _, known := at[j.ID]; !known {
				jobs = append(jobs, j)
				add(len(jobs)-1, j)
			}
		}
		i, ours := at[j.ID]
		if !ours || jobs[i].Resting() {
			return
		}
		jobs[i] = j
		see(j)
		if j.Resting() {
			open--
		}
	}
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		if err := addSimulations(ctx, from, jobs, at, update); err != nil {
			return jobs, err
		}
		if open == 0 {
			return jobs, nil
		}
		select {
		case <-ctx.Done():
			return jobs, ctx.Err()
		case j := <-changed:
			update(j)
		case <-ticker.C:
			for _, j := range jobs {
				if j.Resting() {
					continue
				}
				now, err := from.Job(ctx, j.ID)
				if err != nil {
					return jobs, err
				}
				update(now)
			}
		}
	}
}

// addSimulations looks for those that jobs have begun and that are not followed.
func addSimulations(ctx context.Context, from converter, jobs []control.Job, followed map[string]int, update func(control.Job)) error {
	for _, j := range jobs {
		if _, known := followed[j.Simulation]; j.Simulation == "" || known || j.State != control.Done {
			continue
		}
		sim, err := from.Job(ctx, j.Simulation)
		if err != nil {
			return err
		}
		update(sim)
	}
	return nil
}

// remote is a daemon that runs elsewhere.
type remote struct{ *control.Client }

func (r remote) changes(ctx context.Context, f func(control.Job)) error {
	events, err := r.Events(ctx)
	if err != nil {
		return err
	}
	go func() {
		defer events.Close()
		for {
			j, err := events.Next()
			if err != nil {
				return // what is missed now is found by asking
			}
			f(j)
		}
	}()
	return nil
}

// inside is a daemon in this process.
type inside struct{ dashboard.Backend }

func (i inside) changes(ctx context.Context, f func(control.Job)) error {
	i.Subscribe(ctx, f)
	return nil
}

// queueOf collects changes without ever holding up who tells them: a full queue
// loses some, and asking finds them.
func queueOf(ctx context.Context, from converter) (<-chan control.Job, error) {
	c := make(chan control.Job, 1024)
	return c, from.changes(ctx, func(j control.Job) {
		select {
		case c <- j:
		default:
		}
	})
}

// outcome tells of jobs that are not done and returns what that makes of the
// command: nil, or an exitError.
func (a *app) outcome(jobs []control.Job) error {
	var done, held, rest int
	for _, j := range jobs {
		switch j.State {
		case control.Done:
			done++
			continue
		case control.Held:
			held++
		default:
			rest++
		}
		why := j.Why(time.Now())
		if j.State == control.Cancelled || why == "" {
			why = j.State
		} else {
			why = j.State + ": " + why
		}
		a.errorf("%s: %s", j.Path, why)
		switch {
		case j.Hint != "":
			a.hintf("%s", j.Hint)
		case j.State == control.Held:
			a.hintf("`simdrop release %s` lets it go", j.ID)
		}
	}
	switch {
	case held+rest == 0:
		return nil
	case done+held > 0:
		return exitError(exitPartly)
	}
	return exitError(exitFailed)
}

// stopped words the end of a wait that somebody interrupted.
func stopped(err error, text string) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		return errors.New(text)
	}
	return err
}
