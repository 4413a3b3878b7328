package uploader

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// However many jobs a provider has of ours, it is asked about them at a steady
// rate: pollsAtOnce single questions in each poll interval, the job that was not
// asked about for longest first. When there are more jobs than that, its job list
// is read beside it, once in each interval: one question tells of a hundred jobs,
// and those that it shows as finished are asked about next. A list may be behind
// what a single question tells, so it only ever puts jobs first; nothing waits
// for it.
const (
	pollsAtOnce = 16
	// pollBurst is how many questions may catch up when the scheduler was late.
	pollBurst = 4
	// surveyPause is how long a list that could not be read is left alone.
	surveyPause = time.Minute
)

// polls paces the questions about jobs in flight. It is guarded by its line's mutex.
type polls struct {
	next    time.Time       // when another single question may be asked
	survey  time.Time       // when the list may be read again
	reading bool            // it is being read
	first   map[string]bool // remote IDs that the list showed as finished
}

// pollGap is the time from one single question to the next.
func (l *line) pollGap() time.Duration { return l.PollInterval / pollsAtOnce }

// poll starts the single questions of the jobs that are due, as far as the rate
// allows, and returns when the next may be asked.
func (u *Uploader) poll(ctx context.Context, l *line, due []entry, now time.Time) time.Time {
	u.survey(ctx, l, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(due, func(a, b entry) int {
		if x, y := l.polls.first[a.remote], l.polls.first[b.remote]; x != y {
			return cmp.Compare(btoi(y), btoi(x))
		}
		return a.due.Compare(b.due)
	})
	for _, e := range due {
		if l.polls.next.After(now) {
			return l.polls.next
		}
		if u.table.take(e.id) {
			delete(l.polls.first, e.remote)
			late := now.Add(-pollBurst * l.pollGap())
			if l.polls.next.Before(late) {
				l.polls.next = late
			}
			l.polls.next = l.polls.next.Add(l.pollGap())
			u.steps.Go(func() { u.run(ctx, e.id, u.follow) })
		}
	}
	return now
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// holdPolls stops the questions about all jobs for as long as the provider asked.
func (l *line) holdPolls(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(wait); until.After(l.polls.next) {
		l.polls.next, l.polls.survey = until, until
	}
}

// survey reads the newest jobs of the list when there are more in flight than
// single questions reach in an interval.
func (u *Uploader) survey(ctx context.Context, l *line, now time.Time) {
	shower, ok := l.Provider.(Shower)
	flying := u.table.inFlight(l.Name)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ok || flying <= pollsAtOnce || l.polls.reading || l.polls.survey.After(now) || l.key.why != nil {
		return
	}
	l.polls.reading = true
	l.polls.survey = now.Add(l.PollInterval)
	u.steps.Go(func() { u.readSurvey(ctx, l, shower, flying) })
}

func (u *Uploader) readSurvey(ctx context.Context, l *line, shower Shower, flying int) {
	jobs, err := shower.Recent(ctx, flying)
	l.mu.Lock()
	l.polls.reading = false
	if err != nil { // single questions will tell what it means
		l.polls.survey = time.Now().Add(surveyPause)
		l.mu.Unlock()
		l.logger.Debug("the job list cannot be read: asking about each job", "provider", l.Name, "err", err)
		return
	}
	l.mu.Unlock()
	first := make(map[string]bool)
	for _, r := range jobs {
		if id, ok := u.table.flyingAs(l.Name, r.ID); ok && r.Phase != Working {
			first[r.ID] = true
			u.table.putOff(id, time.Now())
		}
	}
	l.mu.Lock()
	l.polls.first = first
	l.mu.Unlock()
	u.Wake()
}
