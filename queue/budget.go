package queue

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// Limits are what a provider may be paid in one local calendar day and month, in
// credits; 0 is no limit.
type Limits struct {
	PerDay, PerMonth float64
	// Folders are further limits, of what the assets of a watched root may cost.
	Folders map[string]FolderLimits
}

// FolderLimits are those of a watched root; 0 is no limit.
type FolderLimits struct{ PerDay, PerMonth float64 }

// None reports whether there is no limit at all.
func (l Limits) None() bool { return l.PerDay == 0 && l.PerMonth == 0 && len(l.Folders) == 0 }

// BudgetError says that a submission would go beyond a limit.
type BudgetError struct {
	Folder   string // the watched root whose limit it is, empty for the provider's
	Month    bool   // the month's limit, else the day's
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
	of := ""
	if e.Folder != "" {
		of = " of this folder"
	}
	if e.Estimate > e.Limit+cent {
		return fmt.Sprintf("it costs about %s credits, and the limit%s for %s is %s", Credited(e.Estimate), of, period, Credited(e.Limit))
	}
	text := fmt.Sprintf("%s of %s credits%s of %s are spent", Credited(e.Spent), Credited(e.Limit), of, period)
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
	folder   string // empty for the provider's
	month    bool
	limit    float64
	net      float64
	reserved float64
}

func (p period) room() float64 { return p.limit - p.net - p.reserved }

// periods returns the limits in force for an asset of the folder, with what was paid
// so far: those of days, then those of months.
func (l Limits) periods(tx *bolt.Tx, provider, folder string) ([]period, error) {
	f := l.Folders[folder]
	all := []period{
		{limit: l.PerDay}, {folder: folder, limit: f.PerDay}, {limit: l.PerMonth, month: true}, {folder: folder, limit: f.PerMonth, month: true},
	}
	day := today()
	set := all[:0]
	for i, p := range all {
		if p.limit <= 0 {
			continue
		}
		kind, name, reserve := "p", provider, reserveKey(provider)
		if i%2 == 1 {
			kind, name, reserve = "f", folder, folderReserveKey(folder)
		}
		when := day
		if p.month {
			when = day[:monthLen]
		}
		s, err := sumOf(tx, sumKey(kind, name, when))
		if err != nil {
			return nil, err
		}
		r, err := sumOf(tx, reserve)
		if err != nil {
			return nil, err
		}
		p.net, p.reserved = s.Net(), r.Reserved
		set = append(set, p)
	}
	return set, nil
}

// within returns a *BudgetError when the estimate does not fit. The month's limit
// goes first: it is the one that lasts longer.
func (l Limits) within(tx *bolt.Tx, provider, folder string, estimate float64) error {
	ps, err := l.periods(tx, provider, folder)
	if err != nil {
		return err
	}
	for _, p := range slices.Backward(ps) {
		if estimate > 0 && estimate > p.room()+cent {
			return &BudgetError{p.folder, p.month, p.limit, p.net, p.reserved, estimate}
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
		if err := l.within(tx, j.Provider, j.Watch, estimate); err != nil {
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

// Room is what the limits leave for further submissions, infinite without one. A
// folder whose limit is reached keeps nobody else's room small.
func (q *Queue) Room(provider string, l Limits) (float64, error) {
	room := math.Inf(1)
	err := q.db.View(func(tx *bolt.Tx) (err error) {
		if room, err = l.room(tx, provider, ""); err != nil {
			return err
		}
		for folder := range l.Folders {
			left, err := l.room(tx, provider, folder)
			if err != nil {
				return err
			}
			if left > cent {
				room = min(room, left)
			}
		}
		return nil
	})
	return room, err
}

// room is what the limits leave for assets of the folder.
func (l Limits) room(tx *bolt.Tx, provider, folder string) (float64, error) {
	room := math.Inf(1)
	ps, err := l.periods(tx, provider, folder)
	for _, p := range ps {
		room = min(room, p.room())
	}
	return room, err
}

// rooms is what the limits leave while jobs are let go one after another.
type rooms struct {
	all    float64
	folder map[string]float64
}

func (l Limits) rooms(tx *bolt.Tx, provider string) (rooms, error) {
	all, err := Limits{PerDay: l.PerDay, PerMonth: l.PerMonth}.room(tx, provider, "")
	r := rooms{all, make(map[string]float64)}
	for folder := range l.Folders {
		if err != nil {
			break
		}
		r.folder[folder], err = Limits{Folders: l.Folders}.room(tx, provider, folder)
	}
	return r, err
}

// has reports whether there is room for the job.
func (r rooms) has(j *Job) bool {
	left, limited := r.folder[j.Watch]
	return j.Estimate <= r.all+cent && (!limited || j.Estimate <= left+cent)
}

func (r *rooms) take(j *Job) {
	r.all -= j.Estimate
	if _, limited := r.folder[j.Watch]; limited {
		r.folder[j.Watch] -= j.Estimate
	}
}

// Lift lets jobs go that are held for the provider's budget, oldest first, as far
// as the limits have room for them and for those that are queued already. It
// returns how many.
func (q *Queue) Lift(provider string, l Limits) (int, error) {
	var changed []Job
	err := q.write(func(tx *bolt.Tx) ([]Job, error) {
		room, err := l.rooms(tx, provider)
		if err != nil {
			return nil, err
		}
		err = tx.Bucket(bLive).ForEach(func(num, _ []byte) error {
			j, err := getJob(tx, num)
			if err == nil && j.Provider == provider && j.State == Queued {
				room.take(&j)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		changed, err = changeLive(tx, func(j *Job) bool {
			if j.Provider != provider || j.State != Held || j.Reason != Budget || !room.has(j) {
				return false
			}
			room.take(j)
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
			err := l.within(tx, provider, j.Watch, j.Estimate)
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
