package uploader

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"simdrop/internal/crash"
	"simdrop/queue"
)

// follow asks for the remote job's state once.
func (u *Uploader) follow(ctx context.Context, l *line, j queue.Job) error {
	r, err := l.Provider.Poll(ctx, j.RemoteID)
	crash.Point(crash.Polled)
	if e, ok := errors.AsType[*Error](err); ok {
		switch e.Class {
		case NotReady:
			u.nextPoll(l, j)
			return nil
		case Gone:
			return u.vanished(ctx, l, j, e)
		}
	}
	if err != nil {
		return u.unanswered(ctx, l, j, err)
	}
	if r.Phase == Working && !r.Known {
		l.unknown(r.Status)
	}
	switch r.Phase {
	case Finished:
		if j.Simulation != nil && len(r.Outputs) == 0 {
			return u.change(j, func(j *queue.Job) {
				show(j, r)
				j.Fail(l.Name+" finished the simulation and gave nothing of it", "the conversion's result stays as it is")
			})
		}
		u.Logger.Debug("converted", "job", j.ID, "asset", j.Path, "provider", l.Name, "remote_id", j.RemoteID)
		return u.change(j, func(j *queue.Job) {
			j.Enter(queue.Fetching)
			show(j, r)
			j.Progress = 100
			j.Report = r.Report
			if j.Simulation != nil {
				j.Simulation.Outputs = r.Outputs
			}
		})
	case Failed:
		what, text, hint := "the conversion failed", " could not convert it: ", "mend the asset and save it again, or `simdrop retry "+j.ID+"`"
		if j.Simulation != nil {
			what, text, hint = "the simulation failed", " could not simulate it: ", "the conversion's result stays as it is; `simdrop retry "+j.ID+"` tries again"
		}
		u.Logger.Error(what, "job", j.ID, "asset", j.Path, "provider", l.Name, "remote_id", j.RemoteID, "err", r.Error)
		return u.change(j, func(j *queue.Job) {
			show(j, r)
			j.RemoteFailed = true
			j.Credits = 0 // returned by the provider
			j.Fail(l.Name+text+orUnknown(r.Error), hint)
		})
	}
	return u.working(l, j, r)
}

// working stores what changed about a job that is not finished.
func (u *Uploader) working(l *line, j queue.Job, r Remote) error {
	defer u.nextPoll(l, j) // after the change, which sets the job's due time anew
	late := j.State == queue.Converting && time.Since(j.Submitted) > l.GiveUpAfter
	if late {
		u.Logger.Error("not finished in time", "job", j.ID, "asset", j.Path, "provider", l.Name, "remote_id", j.RemoteID, "after", l.GiveUpAfter)
		return u.change(j, func(j *queue.Job) {
			show(j, r)
			j.Hold(queue.Deadline, fmt.Sprintf("%s has not finished it within %s", l.Name, l.GiveUpAfter),
				"simdrop still asks now and then and fetches a late result; nothing is paid again")
		})
	}
	if j.Error == "" && j.RemoteStatus == r.Status && j.Stage == r.Stage && j.Progress == r.Progress {
		return nil
	}
	return u.change(j, func(j *queue.Job) {
		show(j, r)
		if j.State == queue.Converting {
			j.Error, j.Hint, j.Tries = "", "", 0
		}
	})
}

func show(j *queue.Job, r Remote) {
	j.RemoteStatus, j.Stage, j.Progress = r.Status, r.Stage, min(max(r.Progress, 0), 100)
	if r.Type != "" {
		j.RemoteType = r.Type
	}
}

// nextPoll schedules the next poll in memory only: a poll that shows nothing new
// costs no write. The jitter keeps many jobs from being asked in one instant.
func (u *Uploader) nextPoll(l *line, j queue.Job) {
	wait := l.PollInterval
	if j.State == queue.Held {
		wait = max(time.Minute, 10*wait)
	}
	u.table.putOff(j.ID, time.Now().Add(wait*9/10+rand.N(wait/5+1)))
}

// vanished handles an answer that the provider does not know the remote job. Its
// list decides: it may show the job all the same, or under another ID; otherwise
// the job has failed. It is never sent again by itself.
func (u *Uploader) vanished(ctx context.Context, l *line, j queue.Job, e *Error) error {
	if lister, ok := l.Provider.(Lister); ok && j.Intent != nil && j.Simulation == nil {
		jobs, err := lister.Since(ctx, Fence{})
		if err != nil {
			return u.unanswered(ctx, l, j, err)
		}
		if slices.ContainsFunc(jobs, func(r Remote) bool { return r.ID == j.RemoteID }) {
			return e // somebody between us answered in the provider's place: tried again
		}
		if found := matches(jobs, j.Intent); len(found) > 0 {
			return u.change(j, func(j *queue.Job) { j.RemoteID = found[0].ID })
		}
	}
	return u.change(j, func(j *queue.Job) {
		j.RemoteFailed = true
		j.Fail(l.Name+" no longer knows the job "+j.RemoteID+": "+reason(e),
			"look for it in the provider's own list; `simdrop retry "+j.ID+"` sends it again, which may cost credits")
	})
}

// holdForKey holds a job because its provider refuses the key.
func (u *Uploader) holdForKey(_ context.Context, l *line, j queue.Job) error {
	return u.holdWhile(l.refused, l, j, queue.Key)
}

// holdForCredits holds a submission because the provider has no credits left.
func (u *Uploader) holdForCredits(_ context.Context, l *line, j queue.Job) error {
	return u.holdWhile(l.broke, l, j, queue.Credits)
}

// holdWhile holds a job for a reason that lies with its provider, unless the reason
// has gone meanwhile: what lifts such holds clears the reason first, so that none
// is left behind.
func (u *Uploader) holdWhile(still func() bool, l *line, j queue.Job, r queue.Reason) error {
	why, hint := u.Problem(l.Name)
	_, err := l.queue.Update(j.ID, func(j *queue.Job) error {
		if j.State == queue.Held || j.State.Ended() || !still() {
			return queue.ErrTransition
		}
		j.Hold(r, why, hint)
		return nil
	})
	return err
}

func orUnknown(s string) string {
	if s == "" {
		return "it gave no reason"
	}
	return s
}
