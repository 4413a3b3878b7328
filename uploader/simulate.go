package uploader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"simdrop/internal/crash"
	"simdrop/internal/result"
	"simdrop/queue"
)

// A simulation is sent like a conversion: the intent is durable before the request,
// and a lost answer is looked up, never guessed. Two things differ. There is no
// file whose name could carry a token, so that it is known again by its source and
// scene, and by not having been there before. And nothing that happens to it
// touches the conversion, which is done.

// simulate takes a queued simulation to the provider, unless it has one like it.
func (u *Uploader) simulate(ctx context.Context, l *line, j queue.Job) error {
	sim, ok := l.Provider.(Simulator)
	if !ok || j.Simulation.Source == "" {
		return u.change(j, func(j *queue.Job) {
			j.Fail(l.Name+" cannot simulate this result", "the conversion's result stays as it is")
		})
	}
	if err := result.StillOf(j.Simulation.Result, j.Simulation.Key); err != nil {
		return u.unwanted(j, err)
	}
	j, verdict, paid, err := u.Queue.Claim(j.ID, queue.Frozen{Key: j.Simulation.Paid()})
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
	made, err := sim.Simulations(ctx, j.Simulation.Source)
	if err != nil {
		return u.unsimulated(ctx, l, j, err)
	}
	free, err := u.unclaimed(made)
	if err != nil {
		return err
	}
	for _, r := range free {
		if r.Scene == j.Simulation.Scene && r.Phase != Failed {
			return u.accepted(l, j, r, r.Created, true) // made on another machine, or by a queue that was lost
		}
	}
	if paid.Generation >= maxUnasked && !j.Again && !j.Released {
		return u.change(j, func(j *queue.Job) {
			j.Fail(fmt.Sprintf("the same simulation failed %d times at %s: it is not sent once more by itself", paid.Generation, l.Name),
				"the conversion's result stays as it is; `simdrop retry "+j.ID+"` tries again")
		})
	}
	crash.Point(crash.Sought)
	fence, err := json.Marshal(ids(made))
	if err != nil {
		return err
	}
	in := &queue.Intent{Generation: paid.Generation, Fence: fence, Recorded: time.Now().UTC()}
	intended, err := u.Queue.Intend(j.ID, in, l.simulationPrice(ctx), l.Budget)
	if over, ok := errors.AsType[*queue.BudgetError](err); ok {
		return u.overBudget(l, j, over)
	}
	if err != nil {
		return err
	}
	return u.postSimulation(ctx, l, sim, intended)
}

// postSimulation sends the one request of a recorded intent.
func (u *Uploader) postSimulation(ctx context.Context, l *line, sim Simulator, j queue.Job) error {
	u.Logger.Info("simulating", "job", j.ID, "asset", j.Path, "provider", l.Name, "scene", j.Simulation.Scene)
	began := time.Now()
	crash.Point(crash.Posting)
	r, err := sim.Simulate(ctx, j.Simulation.Source, j.Simulation.Scene)
	if err == nil {
		crash.Point(crash.Answered)
		return u.accepted(l, j, r, began, false)
	}
	if ctx.Err() != nil {
		return ctx.Err() // stopped by us: the next start looks for it
	}
	e := classified(l, "simulate", err)
	switch e.Class {
	case Ambiguous, Transient:
		return u.doubt(l, j, e)
	}
	return u.unsimulated(ctx, l, j, e)
}

// unsimulated handles an error that says that no simulation was accepted.
func (u *Uploader) unsimulated(ctx context.Context, l *line, j queue.Job, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Class == Gone {
		return u.change(j, func(j *queue.Job) {
			j.Fail(l.Name+" no longer has the conversion: "+reason(e), "the conversion's result stays as it is")
		})
	}
	return u.refused(ctx, l, j, err)
}

// reconcileSimulation finds out whether a simulation without a stored answer was
// accepted: it is one of its source's that was not there before.
func (u *Uploader) reconcileSimulation(ctx context.Context, l *line, j queue.Job) error {
	sim, ok := l.Provider.(Simulator)
	if !ok {
		return fmt.Errorf("%s cannot simulate any more", l.Name)
	}
	var fence []string
	if err := json.Unmarshal(j.Intent.Fence, &fence); err != nil {
		return fmt.Errorf("read the fence of job %s: %w", j.ID, err)
	}
	asked := time.Now()
	made, err := sim.Simulations(ctx, j.Simulation.Source)
	if e, ok := errors.AsType[*Error](err); ok && e.Class == Gone {
		return u.unsimulated(ctx, l, j, e)
	}
	if err != nil {
		return u.unanswered(ctx, l, j, err)
	}
	crash.Point(crash.Listed)
	found, err := u.unclaimed(made)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(r Remote) bool {
		return slices.Contains(fence, r.ID) || r.Scene != "" && r.Scene != j.Simulation.Scene
	})
	slices.SortStableFunc(found, func(a, b Remote) int { return a.Created.Compare(b.Created) })
	if len(found) == 0 {
		return u.missing(ctx, l, j, asked)
	}
	if len(found) > 1 {
		u.Logger.Error("the provider accepted one simulation more than once", "job", j.ID, "provider", l.Name, "remote_ids", ids(found))
	}
	return u.accepted(l, j, found[0], j.Intent.Recorded, true)
}

// resimulate sends an intent's simulation again.
func (u *Uploader) resimulate(ctx context.Context, l *line, j queue.Job) error {
	sim, ok := l.Provider.(Simulator)
	if !ok {
		return fmt.Errorf("%s cannot simulate any more", l.Name)
	}
	j, err := u.intendAgain(l, j)
	if err != nil {
		return err
	}
	return u.postSimulation(ctx, l, sim, j)
}

// unwanted ends a simulation whose result was removed or replaced; other errors of
// the disk are waited out.
func (u *Uploader) unwanted(j queue.Job, err error) error {
	if !errors.Is(err, result.ErrSuperseded) {
		return err
	}
	return u.change(j, func(j *queue.Job) {
		j.Enter(queue.Cancelled)
		j.Error = "nothing to simulate: " + err.Error()
	})
}

// outputName is where an output goes: sim/drop.gif. The provider's own names are not
// used, because they are made of the uploaded one.
func outputName(scene, output string) string {
	ext := map[string]string{"sim_video": ".mp4", "sim_gif": ".gif", "sim_log": ".log"}[output]
	if ext == "" {
		return "sim/" + scene + "-" + strings.TrimPrefix(output, "sim_")
	}
	return "sim/" + scene + ext
}
