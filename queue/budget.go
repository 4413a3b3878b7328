package queue

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// Limits are what a provider may be paid in one local calendar day and month, in
// credits; 0 is no limit.
type Limits struct{ PerDay, PerMonth float64 }

// BudgetError says that a submission would go beyond a limit.
type BudgetError struct {
	Month    bool // the month's limit, else the day's
	Limit    float64
	Spent    float64 // net of refunds
	Reserved float64 // by submissions under way
	Estimate float64 // what this one is expected to cost
}

func (e *BudgetError) Error() string {
	period, next := "today", "tomorrow"
	if e.Month {
		period, next = "this month", "next month"
	}
	if e.Estimate > e.Limit+cent {
		return fmt.Sprintf("it costs about %s credits, and the limit for %s is %s", Credited(e.Estimate), period, Credited(e.Limit))
	}
	text := fmt.Sprintf("%s of %s credits of %s are spent", Credited(e.Spent), Credited(e.Limit), period)
	if e.Reserved > 0 {
		text += ", " + Credited(e.Reserved) + " are reserved for submissions under way"
	}
	if e.Spent+e.Reserved < e.Limit-cent {
		text += ", and it costs about " + Credited(e.Estimate)
	}
	return text + "; it goes on " + next
}

// Credited writes a number of credits as people do: 100, 2.5.
func Credited(c float64) string {
	return strconv.FormatFloat(math.Round(c*1e4)/1e4, 'f', -1, 64)
}

// period is a limit and what counts against it.
type period struct {
	month bool
	limit float64
	net   float64
}

// periods returns the limits in force with what was paid so far.
func (l Limits) periods(tx *bolt.Tx, provider string) ([]period, error) {
	day := today()
	all := []period{{false, l.PerDay, 0}, {true, l.PerMonth, 0}}
	set := all[:0]
	for _, p := range all {
		if p.limit <= 0 {
			continue
		}
		name := day
		if p.month {
			name = day[:monthLen]
		}
		s, err := sumOf(tx, sumKey("p", provider, name))
		if err != nil {
			return nil, err
		}
		p.net = s.Net()
		set = append(set, p)
	}
	return set, nil
}

// within returns a *BudgetError when the estimate does not fit. The month's limit
// goes first: it is the one that lasts longer.
func (l Limits) within(tx *bolt.Tx, provider string, estimate float64) error {
	ps, err := l.periods(tx, provider)
	if err != nil {
		return err
	}
	r, err := sumOf(tx, reserveKey(provider))
	if err != nil {
		return err
	}
	for i := len(ps) - 1; i >= 0; i-- {
		if p := ps[i]; estimate > 0 && p.net+r.Reserved+estimate > p.limit+cent {
			return &BudgetError{p.month, p.limit, p.net, r.Reserved, estimate}
		}
	}
	return nil
}

// Intend records the intent to submit a queued job at the estimated cost, in the
// transaction that sees that the provider's limits allow it. The credits stay
// reserved until it is known what came of the submission. It returns a
// *BudgetError, and nothing is changed, when they do not.
func (q *Queue) Intend(id string, in *Intent, estimate float64, l Limits) (Job, error) {
	return q.update(id, func(tx *bolt.Tx, j *Job) error {
		if j.State != Queued {
			return ErrTransition
		}
		if err := l.within(tx, j.Provider, estimate); err != nil {
			return err
		}
		j.Enter(Submitting)
		j.Intent = in
		j.Submissions++
		j.RemoteFailed = false
		j.Estimate = estimate
		return nil
	})
}

// Room is what the limits leave for further submissions, infinite without one.
func (q *Queue) Room(provider string, l Limits) (float64, error) {
	room := math.Inf(1)
	err := q.db.View(func(tx *bolt.Tx) (err error) {
		room, err = l.room(tx, provider)
		return err
	})
	return room, err
}

func (l Limits) room(tx *bolt.Tx, provider string) (float64, error) {
	room := math.Inf(1)
	ps, err := l.periods(tx, provider)
	if err != nil {
		return 0, err
	}
	r, err := sumOf(tx, reserveKey(provider))
	for _, p := range ps {
		room = min(room, p.limit-p.net-r.Reserved)
	}
	return room, err
}

// Lift lets jobs go that are held for the provider's budget, oldest first, as far
// as the limits have room for them and for those that are queued already. It
// returns how many.
func (q *Queue) Lift(provider string, l Limits) (int, error) {
	var changed []Job
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		room, err := l.room(tx, provider)
		if err != nil {
			return nil, err
		}
		err = tx.Bucket(bLive).ForEach(func(num, _ []byte) error {
			j, err := getJob(tx, num)
			if err == nil && j.Provider == provider && j.State == Queued {
				room -= j.Estimate
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		changed, err = changeLive(tx, func(j *Job) bool {
			if j.Provider != provider || j.State != Held || j.Reason != Budget || j.Estimate > room+cent {
				return false
			}
			room -= j.Estimate
			j.Enter(j.Back)
			return true
		})
		return changed, err
	})
	return len(changed), err
}

// Restate writes anew why jobs are held for the provider's budget, as far as that
// has changed. say gives the text and the hint.
func (q *Queue) Restate(provider string, l Limits, say func(*BudgetError) (text, hint string)) error {
	return q.write(func(tx *bolt.Tx) ([]Job, error) {
		var failed error
		changed, err := changeLive(tx, func(j *Job) bool {
			if j.Provider != provider || j.State != Held || j.Reason != Budget {
				return false
			}
			err := l.within(tx, provider, j.Estimate)
			over, ok := errors.AsType[*BudgetError](err)
			if !ok {
				failed = errors.Join(failed, err)
				return false
			}
			text, hint := say(over)
			if j.Error == text && j.Hint == hint {
				return false
			}
			j.Error, j.Hint = text, hint
			return true
		})
		return changed, errors.Join(err, failed)
	})
}
