package uploader

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"simdrop/internal/bundle"
	"simdrop/internal/crash"
	"simdrop/internal/mutant"
	"simdrop/queue"
)

// doubt records that the answer to a submission was lost. The job stays where it
// is; the next step asks the provider's list.
func (u *Uploader) doubt(l *line, j queue.Job, e *Error) error {
	u.Logger.Warn("the answer was lost: asking the provider's job list", "job", j.ID, "asset", j.Path, "provider", l.Name, "err", reason(e))
	crash.Point(crash.Doubting)
	return u.change(j, func(j *queue.Job) {
		j.Note(reason(e))
		j.Error = "the answer to the submission was lost: " + reason(e)
		j.Hint = fmt.Sprintf("simdrop asks %s whether it was accepted, until %s after the loss, before sending it again", l.Name, l.AmbiguousWait)
		j.Intent.Doubt = time.Now().UTC()
		j.Intent.Checks = 0
	})
}

// reconcile finds out whether a submission without a stored answer was accepted:
// it asks the list at once, again after 30 s or a tenth of the ambiguous wait, and
// at its end. A job found there is adopted. Only a complete list without it, read
// after the whole wait, lets the submission be sent again, once.
func (u *Uploader) reconcile(ctx context.Context, l *line, j queue.Job) error {
	if j.Intent.Doubt.IsZero() || j.Intent.Doubt.After(time.Now()) {
		// We died between the intent and the answer, or the clock was set back.
		// We were not dead before now, so the wait from here is never too short.
		return u.change(j, func(j *queue.Job) { j.Intent.Doubt = time.Now().UTC() })
	}
	if mutant.Is(mutant.NoIntent) {
		return u.change(j, func(j *queue.Job) { j.Enter(queue.Queued); j.Intent = nil })
	}
	if j.Simulation != nil {
		return u.reconcileSimulation(ctx, l, j)
	}
	lister, ok := l.Provider.(Lister)
	if !ok {
		return u.change(j, func(j *queue.Job) {
			j.Enter(queue.Queued)
			j.Hold(queue.Ambiguous, "the answer to the submission was lost, and "+l.Type+" keeps no list to look it up in", ambiguousHint(l, j))
		})
	}
	var fence Fence
	if err := json.Unmarshal(j.Intent.Fence, &fence); err != nil {
		return fmt.Errorf("read the fence of job %s: %w", j.ID, err)
	}
	asked := time.Now()
	jobs, err := lister.Since(ctx, fence)
	if err != nil {
		return u.unanswered(ctx, l, j, err)
	}
	crash.Point(crash.Listed)
	found := matches(jobs, j.Intent)
	if j.Intent.Prompt != "" {
		if found, err = u.unclaimed(found); err != nil {
			return err
		}
	}
	switch {
	case len(found) == 0:
		return u.missing(ctx, l, j, asked)
	case len(found) == 1:
	case j.Intent.Prompt != "": // any of them may be somebody else's
		return u.change(j, func(j *queue.Job) {
			j.Enter(queue.Queued)
			j.Hold(queue.Ambiguous, fmt.Sprintf("the answer was lost, and %s's job list shows the same prompt %d times", l.Name, len(found)), ambiguousHint(l, j))
		})
	default:
		u.Logger.Error("the provider accepted one submission more than once", "job", j.ID, "provider", l.Name, "remote_ids", ids(found))
	}
	return u.accepted(l, j, found[0], j.Intent.Recorded, true)
}

func ids(jobs []Remote) []string {
	all := make([]string, len(jobs))
	for i, r := range jobs {
		all[i] = r.ID
	}
	return all
}

// matches returns the jobs that are the intent's submission, oldest first.
func matches(jobs []Remote, in *queue.Intent) []Remote {
	if in.Prompt != "" { // a text job's file name is the prompt: there is no place for a token
		return slices.DeleteFunc(slices.Clone(jobs), func(r Remote) bool { return r.Filename != in.Prompt || r.Simulation })
	}
	want := in.Token + bundle.Generation(in.Generation)
	var found []Remote
	for _, r := range slices.Backward(jobs) {
		if r.Simulation { // it has the name of what it was made from
			continue
		}
		token, gen, ok := bundle.ParseFilename(r.Filename)
		if ok && token+gen == want && (r.Size == 0 || r.Size == in.Size || in.Size == 0) {
			found = append(found, r)
		}
	}
	return found
}

// unclaimed leaves out the remote jobs that are some job's already.
func (u *Uploader) unclaimed(jobs []Remote) ([]Remote, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	ours, err := u.Queue.List("", 0)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool, len(ours))
	for _, j := range ours {
		ids[j.RemoteID] = true
	}
	return slices.DeleteFunc(jobs, func(r Remote) bool { return ids[r.ID] }), nil
}

// byToken indexes the list's jobs by the tokens in their names; of equal names the
// oldest stays, since jobs come newest first.
func byToken(jobs []Remote) map[string]queue.Listed {
	m := make(map[string]queue.Listed)
	for _, r := range jobs {
		token, gen, ok := bundle.ParseFilename(r.Filename)
		if !ok || r.Simulation {
			continue
		}
		m[token+gen] = queue.Listed{RemoteID: r.ID, Size: r.Size}
	}
	return m
}

// missing decides about a submission that a complete list does not show. The wait
// is measured by our monotonic clock: one that is set forward must not shorten it.
func (u *Uploader) missing(ctx context.Context, l *line, j queue.Job, asked time.Time) error {
	since := u.table.doubtedSince(j.ID)
	over := since.Add(l.AmbiguousWait)
	if mutant.Is(mutant.NoWait) {
		over = asked
	}
	switch {
	case asked.Before(over):
		again := since.Add(min(30*time.Second, l.AmbiguousWait/10))
		if !again.After(asked) {
			again = over
		}
		return u.change(j, func(j *queue.Job) {
			j.Intent.Checks++
			j.Due = time.Now().Add(time.Until(again)).UTC()
		})
	case j.Intent.Resent:
		return u.change(j, func(j *queue.Job) {
			j.Enter(queue.Queued)
			j.Hold(queue.Ambiguous, "two answers were lost, and "+l.Name+"'s job list does not show the asset", ambiguousHint(l, j))
		})
	}
	return u.resend(ctx, l, j)
}

// resend sends an intent's submission again, under the same name.
func (u *Uploader) resend(ctx context.Context, l *line, j queue.Job) error {
	if !l.reserve(0) { // it is in flight already: as many doubts as may be in flight must not wait for each other
		u.table.putOff(j.ID, time.Now().Add(time.Second))
		return nil
	}
	defer l.unreserve()
	if err := u.Allowed(ctx, j); err != nil {
		return u.await(j, err)
	}
	if j.Simulation != nil {
		return u.resimulate(ctx, l, j)
	}
	b, err := bundle.Load(u.bundleDir(j.ID))
	if err != nil {
		return u.change(j, func(j *queue.Job) {
			j.Enter(queue.Queued)
			j.Hold(queue.Ambiguous, "the answer was lost, and the frozen bundle is gone from the spool: "+err.Error(), ambiguousHint(l, j))
		})
	}
	p, err := pack(b, j, j.Intent.Token, j.Intent.Generation)
	if err != nil {
		return err
	}
	if j, err = u.intendAgain(l, j); err != nil {
		return err
	}
	return u.post(ctx, l, j, p)
}

// intendAgain records that an intent's submission is sent for the second time.
func (u *Uploader) intendAgain(l *line, j queue.Job) (queue.Job, error) {
	j, err := u.Queue.Update(j.ID, func(j *queue.Job) error {
		if j.State != queue.Submitting {
			return queue.ErrTransition
		}
		j.Intent.Resent = true
		j.Intent.Doubt, j.Intent.Checks = time.Time{}, 0
		j.Submissions++
		j.Error, j.Hint, j.Due, j.Tries = "", "", time.Time{}, 0
		return nil
	})
	if err != nil {
		return j, err
	}
	crash.Point(crash.Resending)
	u.Logger.Warn("the list does not show it: sending it again", "job", j.ID, "asset", j.Path, "provider", l.Name, "waited", l.AmbiguousWait)
	return j, nil
}

// unanswered handles an error of a provider that was asked about a job it has or
// may have: nothing is decided, only when to ask again.
func (u *Uploader) unanswered(ctx context.Context, l *line, j queue.Job, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := classified(l, "ask", err)
	switch e.Class {
	case KeyRefused:
		err := u.change(j, func(j *queue.Job) { j.Hold(queue.Key, reason(e), keyHint(l.Name)) })
		l.refuseKey(e)
		return err
	case RateLimited:
		if e.After > 0 {
			l.limit(time.Now().Add(e.After))
			l.holdPolls(e.After)
			u.table.putOff(j.ID, time.Now().Add(e.After))
			return nil
		}
	}
	u.later(j, e, unreachableHint(l, e))
	return nil
}
