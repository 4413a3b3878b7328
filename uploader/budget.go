package uploader

import (
	"fmt"
	"os"
	"time"

	"simdrop/queue"
)

// overBudget holds a job that the provider's limits do not allow now. Its frozen
// copy goes: it may wait for long, together with many others.
func (u *Uploader) overBudget(l *line, j queue.Job, b *queue.BudgetError) error {
	err := u.change(j, func(j *queue.Job) {
		j.Estimate = b.Estimate
		j.Hold(queue.Budget, b.Error(), l.budgetHint(b))
	})
	if err != nil {
		return err
	}
	l.overdrawn(b)
	return os.RemoveAll(u.bundleDir(j.ID))
}

func (l *line) budgetHint(b *queue.BudgetError) string {
	key, next := "per_day", "it goes on by itself tomorrow"
	if b.Month {
		key, next = "per_month", "it goes on by itself next month"
	}
	if b.Estimate > b.Limit {
		next = "it goes on"
	}
	if b.Folder != "" {
		return fmt.Sprintf("%s, or when budget.%s of the watched folder %s is raised and simdrop restarted", next, key, b.Folder)
	}
	return fmt.Sprintf("%s, or when providers.%s.budget.%s is raised and simdrop restarted", next, l.Name, key)
}

// overdrawn logs that a limit is reached, once for each day.
func (l *line) overdrawn(b *queue.BudgetError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if day := time.Now().Local().Format(time.DateOnly); l.overOn != day {
		l.overOn = day
		l.logger.Warn("submissions are held for the budget", "provider", l.Name, "err", b)
	}
}

// lift lets jobs go that are held for the line's budget, as soon as there is room:
// after midnight, after a refund, and when the limit was raised. It returns when
// the limits count anew, the zero time when nothing waits for that.
func (u *Uploader) lift(l *line, now time.Time) time.Time {
	held, moving, queued := u.table.waiting(l.Name)
	if held == 0 {
		l.looked = budgetLook{}
		return time.Time{}
	}
	room, err := u.Queue.Room(l.Name, l.Budget)
	if err != nil {
		l.logger.Error("read the queue", "err", err)
		return time.Time{}
	}
	paid, err := u.Queue.ProviderSum(l.Name, queue.Ever)
	if err != nil {
		l.logger.Error("read the queue", "err", err)
		return time.Time{}
	}
	// Between two changes there is nothing to look for.
	look := budgetLook{room - queued, paid.Net(), held, moving > 0, now.Local().YearDay()}
	if look == l.looked {
		return midnight(now)
	}
	l.looked = look
	if look.room > 0 {
		u.liftNow(l)
	}
	if moving == 0 { // what is spent and reserved stays so: say that
		err := u.Queue.Restate(l.Name, l.Budget, func(b *queue.BudgetError) (string, string) { return b.Error(), l.budgetHint(b) })
		if err != nil {
			l.logger.Error("write the queue", "err", err)
		}
	}
	return midnight(now)
}

// budgetLook is what lift saw when it last looked.
type budgetLook struct {
	room   float64 // for jobs that are not queued
	paid   float64
	held   int
	moving bool
	day    int
}

// allowStarts says how many submissions this pass of the scheduler may begin: one
// at a time where those under way may use up the budget, so that the last credits
// go in the order of the queue.
func (u *Uploader) allowStarts(l *line) {
	l.starts = l.MaxUploads
	if l.Budget.None() {
		return
	}
	n := u.table.preparing(l.Name)
	room, err := u.Queue.Room(l.Name, l.Budget)
	if err != nil || room < float64(n+l.MaxUploads)*l.dearest() {
		l.starts = max(0, 1-n)
	}
}

func (u *Uploader) liftNow(l *line) {
	n, err := u.Queue.Lift(l.Name, l.Budget)
	if err != nil {
		l.logger.Error("write the queue", "err", err)
	}
	if n > 0 {
		l.logger.Info("the budget has room again", "provider", l.Name, "jobs", n)
	}
}

// midnight is when the local calendar day ends.
func midnight(now time.Time) time.Time {
	y, m, d := now.Local().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.Local)
}
