package uploader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/bundle"
	"simdrop/internal/crash"
	"simdrop/internal/mutant"
	"simdrop/internal/result"
	"simdrop/queue"
)

// submit takes a queued job to the provider: freeze, claim the key, look in the
// provider's list, record the intent, send once.
func (u *Uploader) submit(ctx context.Context, l *line, j queue.Job) error {
	free := sync.OnceFunc(l.unreserve)
	defer free()
	if err := u.Allowed(ctx, j); err != nil {
		return u.await(j, err)
	}
	if j.Simulation != nil {
		return u.simulate(ctx, l, j)
	}
	answered := u.whenHung(ctx, j, free)
	b, err := u.freeze(ctx, j)
	if placed := answered(); err == nil && !placed {
		return nil // its place is another's by now: it is sent, from the spool, in a new one
	}
	if err != nil {
		return u.unfrozen(j, err)
	}
	crash.Point(crash.Frozen)
	key := bundle.Key(b.Files, j.Account, j.Options)
	j, verdict, paid, err := u.Queue.Claim(j.ID, frozen(b, key, j.Options))
	if err != nil {
		return err
	}
	switch verdict {
	case queue.Wait:
		return nil
	case queue.Copy:
		return u.enter(j, queue.Fetching)
	case queue.Adopt:
		return u.enter(j, queue.Converting)
	}
	crash.Point(crash.Claimed)
	return u.send(ctx, l, j, b, paid.Generation)
}

// maxUnasked is how often a key is submitted, one failure after the other, before a
// person has to ask for it: many copies of one bad asset are no reason to pay for
// each of them, even where the provider returns the credits.
const maxUnasked = 3

// send submits a frozen bundle whose key is the job's to submit.
func (u *Uploader) send(ctx context.Context, l *line, j queue.Job, b *bundle.Bundle, gen int) error {
	token := bundle.Token(j.Key)
	if p, err := pack(b, j, token, gen); err != nil {
		return u.unfrozen(j, err)
	} else if l.MaxBytes > 0 && p.bytes > l.MaxBytes {
		return u.change(j, func(j *queue.Job) { j.Fail(tooBig(l, p.bytes), tooBigHint) })
	}
	fence, err := l.fence(ctx)
	if err != nil {
		return u.refused(ctx, l, j, err)
	}
	gen, adopted, err := u.seek(ctx, l, j, token, gen)
	switch {
	case errors.Is(err, errSpent):
		return u.change(j, func(j *queue.Job) { j.Fail(err.Error(), "change the asset, or its conversion options") })
	case err != nil:
		return u.refused(ctx, l, j, err)
	case adopted:
		return nil
	case gen >= maxUnasked && !j.Again && !j.Released:
		return u.change(j, func(j *queue.Job) {
			j.Fail(fmt.Sprintf("the same asset failed %d times at %s: it is not sent once more by itself", gen, l.Name),
				"mend the asset and save it, or `simdrop retry "+j.ID+"`")
		})
	}
	p, err := pack(b, j, token, gen)
	if err != nil {
		return u.unfrozen(j, err)
	}
	crash.Point(crash.Sought)
	in, err := intend(p, token, gen, fence)
	if err != nil {
		return err
	}
	intended, err := u.Queue.Intend(j.ID, in, l.estimate(ctx, j.Path, len(b.Files)), l.Budget)
	if over, ok := errors.AsType[*queue.BudgetError](err); ok {
		return u.overBudget(l, j, over)
	}
	if err != nil {
		return err
	}
	return u.post(ctx, l, intended, p)
}

// await puts a job off because its folder is away or not ours. That is no failed
// try, and it is looked at again soon: a share comes back without notice.
func (u *Uploader) await(j queue.Job, err error) error {
	hint := "it goes on by itself when the folder is back"
	if h, ok := err.(interface{ Hint() string }); ok {
		hint = h.Hint()
	}
	return u.change(j, func(j *queue.Job) {
		j.Error, j.Hint, j.Due = err.Error(), hint, time.Now().Add(offlineWait).UTC()
	})
}

// post sends the one request of a recorded intent and stores what came of it.
func (u *Uploader) post(ctx context.Context, l *line, j queue.Job, p parcel) error {
	u.Logger.Info("submitting", "job", j.ID, "asset", j.Path, "provider", l.Name, "bytes", p.bytes, "name", p.filename)
	began := time.Now()
	crash.Point(crash.Posting)
	watchBytes(&p)
	r, err := l.Provider.Submit(ctx, p.Submission)
	if err == nil {
		crash.Point(crash.Answered)
		return u.accepted(l, j, r, began, false)
	}
	if ctx.Err() != nil {
		return ctx.Err() // stopped by us: the next start asks the list
	}
	e := classified(l, "submit", err)
	switch e.Class {
	case NotSent, Refused, KeyRefused, NoCredits, RateLimited:
		return u.refused(ctx, l, j, e)
	}
	return u.doubt(l, j, e)
}

// accepted stores the remote ID before anything else is done with the answer.
func (u *Uploader) accepted(l *line, j queue.Job, r Remote, began time.Time, adopted bool) error {
	j, err := u.Queue.Update(j.ID, func(j *queue.Job) error {
		j.Enter(queue.Converting)
		j.RemoteID, j.RemoteType, j.Credits, j.Adopted = r.ID, r.Type, cost(j, r), adopted
		j.RemoteStatus, j.Stage, j.Progress = r.Status, r.Stage, r.Progress
		j.Submitted = began.UTC()
		j.Due = time.Now().Add(l.PollInterval).UTC()
		return nil
	})
	if err != nil {
		return err
	}
	how := "accepted"
	if !adopted {
		l.worked()
	} else {
		how = "found in the provider's list: adopted"
	}
	u.Logger.Info(how, "job", j.ID, "asset", j.Path, "provider", l.Name, "remote_id", r.ID, "credits", j.Credits)
	if in := j.Intent; in != nil && in.Filename != "" && r.Filename != "" {
		if token, gen, ok := bundle.ParseFilename(r.Filename); !ok || token+gen != in.Token+bundle.Generation(in.Generation) {
			u.Logger.Warn("the provider changed the file name: a lost answer could not be looked up", "provider", l.Name, "sent", in.Filename, "has", r.Filename)
		}
	}
	return nil
}

// cost is what the provider says it charged, else what it was expected to.
func cost(j *queue.Job, r Remote) float64 {
	if r.HasCredits {
		return r.Credits
	}
	return j.Estimate
}

// refused handles an error that says the provider has not accepted the job.
func (u *Uploader) refused(ctx context.Context, l *line, j queue.Job, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := classified(l, "submit", err)
	switch {
	case e.Class == Refused && j.State == queue.Submitting:
		return u.change(j, func(j *queue.Job) { j.Fail(reason(e), refusedHint(j, e)) })
	case e.Class == KeyRefused:
		// The job first: a hold that came after the refusal was lifted would stay.
		err := u.change(j, func(j *queue.Job) { withdraw(j); j.Hold(queue.Key, reason(e), keyHint(l.Name)) })
		l.refuseKey(e)
		return err
	case e.Class == NoCredits:
		err := u.change(j, func(j *queue.Job) { withdraw(j); j.Hold(queue.Credits, reason(e), creditsHint) })
		l.refuseCredits(e)
		return err
	}
	wait := queue.Backoff(j.Tries)
	if e.Class == RateLimited {
		if e.After > 0 {
			wait = e.After
		}
		l.limit(time.Now().Add(wait))
	}
	u.logRetry(j, wait, reason(e))
	return u.change(j, func(j *queue.Job) {
		withdraw(j)
		j.Retry(reason(e), unreachableHint(l, e), time.Now().Add(wait).UTC())
	})
}

// withdraw takes back a submission that provably led to nothing. When it was the
// second after a lost answer, the first is still in doubt, and long enough so.
func withdraw(j *queue.Job) {
	if j.State != queue.Submitting {
		return
	}
	j.Submissions--
	if j.Intent.Resent {
		j.Intent.Resent = false
		j.Intent.Doubt = j.Intent.Recorded
		return
	}
	tries := j.Tries
	j.Enter(queue.Queued)
	j.Tries = tries
	j.Intent = nil
}

// seek looks for the key's token in the provider's list, for a job that an
// earlier state of ours, or another machine of the same account, submitted. It
// returns the generation to submit, or that the job found was adopted.
func (u *Uploader) seek(ctx context.Context, l *line, j queue.Job, token string, gen int) (int, bool, error) {
	if mutant.Is(mutant.NoIntent) {
		return gen, false, nil
	}
	for ; gen <= bundle.MaxGeneration; gen++ {
		listed, ok, err := u.Queue.ListedAs(l.Account, token+bundle.Generation(gen))
		if err != nil || !ok {
			return gen, false, err
		}
		r, err := l.Provider.Poll(ctx, listed.RemoteID)
		switch e, _ := errors.AsType[*Error](err); {
		case e != nil && e.Class == Gone, err == nil && r.Phase == Failed:
			continue // that one failed: the next generation is ours
		case err != nil:
			return gen, false, err
		}
		return gen, true, u.accepted(l, j, r, r.Created, true)
	}
	return gen, false, errSpent
}

// errSpent ends a key that was submitted and failed too often to have a name left.
var errSpent = errors.New("this very asset has failed too often to be sent again")

func intend(p parcel, token string, gen int, fence Fence) (*queue.Intent, error) {
	raw, err := json.Marshal(fence)
	return &queue.Intent{
		Token: token, Generation: gen, Filename: p.filename, Prompt: p.Prompt, Size: p.Size, Fence: raw, Recorded: time.Now().UTC(),
	}, err
}

// freeze returns the job's bundle from the spool, freezing it now if it is not there.
func (u *Uploader) freeze(ctx context.Context, j queue.Job) (*bundle.Bundle, error) {
	dir := u.bundleDir(j.ID)
	if b, err := bundle.Load(dir); err == nil {
		return b, nil
	}
	a, err := u.Inspect(ctx, j)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, result.Plain(err)
	}
	crash.Point(crash.Freezing)
	before, err := u.Stamp(a)
	if err != nil {
		return nil, err
	}
	if err := roomFor(a, u.Spool); err != nil {
		return nil, err
	}
	b, err := bundle.Freeze(ctx, a, dir)
	if err != nil {
		return nil, result.Plain(err)
	}
	// Freeze sees what changes while it reads a member. Between two members, and
	// since the references were read, only the whole set's state tells.
	if after, err := u.Stamp(a); err != nil || after != before {
		return nil, errors.Join(ErrMoved, err, os.RemoveAll(dir))
	}
	return b, nil
}

// roomFor returns a *result.SpaceError when the spool cannot take the asset's copy
// and leave room for the queue beside it.
func roomFor(a *asset.Asset, spool string) error {
	need := int64(spare)
	for _, m := range a.Members {
		if info, err := os.Stat(m.Path); err == nil {
			need += info.Size()
		}
	}
	return result.Room(spool, need)
}

// unfrozen decides what it means that a job's asset could not be frozen.
func (u *Uploader) unfrozen(j queue.Job, err error) error {
	if inv, ok := errors.AsType[*asset.InvalidError](err); ok {
		return u.change(j, func(j *queue.Job) { j.Fail(filepath.Base(inv.Path)+": "+inv.Reason, invalidHint) })
	}
	switch {
	case errors.Is(err, ErrMoved), errors.Is(err, bundle.ErrChanged), errors.Is(err, fs.ErrNotExist):
		// The watcher sees the change as well and reports what it becomes. The
		// stamp goes, so that the same state, come back, is not taken for known.
		return u.change(j, func(j *queue.Job) {
			j.Stamp = ""
			j.Enter(queue.Cancelled)
			j.Error = "withdrawn before it was sent: " + err.Error()
		})
	}
	if errors.Is(err, result.ErrNoSpace) {
		return u.crowded(j, err)
	}
	return err
}

func frozen(b *bundle.Bundle, key string, options map[string]string) queue.Frozen {
	f := queue.Frozen{Key: key, Bytes: b.Size(), Options: options}
	for _, file := range b.Files {
		f.Places = append(f.Places, file.Place)
		src := queue.Source{Path: file.Source, Size: file.SourceSize, SHA256: file.SourceSHA256}
		if file.Place == b.Primary {
			f.Sources = append([]queue.Source{src}, f.Sources...)
		} else {
			f.Sources = append(f.Sources, src)
		}
	}
	return f
}

func (u *Uploader) bundleDir(id string) string { return filepath.Join(u.Spool, id, "bundle") }

func (u *Uploader) enter(j queue.Job, s queue.State) error {
	return u.change(j, func(j *queue.Job) { j.Enter(s) })
}

// change updates the job if it is still in the state in which the step found it.
func (u *Uploader) change(j queue.Job, f func(*queue.Job)) error {
	_, err := u.Queue.Update(j.ID, func(now *queue.Job) error {
		if now.State != j.State {
			return queue.ErrTransition
		}
		f(now)
		return nil
	})
	return err
}
