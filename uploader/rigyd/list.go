package rigyd

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"simdrop/uploader"
	"simdrop/uploader/wire"
)

const (
	pageSize = 100 // the documented maximum
	maxPages = 1000
	// maxListings is how often a list that moved meanwhile is read again.
	maxListings = 3
	// fenceSlack is how much older than the fence a job may say it is and still
	// be newer: the server's clocks may differ.
	fenceSlack = 10 * time.Minute
)

// page is one page of the job list.
type page struct {
	jobs   []uploader.Remote
	total  int // of all pages, -1 when the server does not say
	pages  int // number of pages, 0 when the server does not say
	date   time.Time
	answer *wire.Answer
}

// Newest returns the newest job as a fence.
func (c *Client) Newest(ctx context.Context) (uploader.Fence, error) {
	p, err := c.page(ctx, 1, 1, "")
	if err != nil {
		return uploader.Fence{}, err
	}
	f := uploader.Fence{At: p.date}
	if len(p.jobs) > 0 {
		f.RemoteID = p.jobs[0].ID
	}
	return f, nil
}

// Recent returns the n newest jobs or some more, newest first, a hundred in each
// answer. Simulations are missing.
func (c *Client) Recent(ctx context.Context, n int) ([]uploader.Remote, error) {
	var jobs []uploader.Remote
	for i := 1; i <= maxPages && len(jobs) < n; i++ {
		p, err := c.page(ctx, i, pageSize, "")
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, p.jobs...)
		if len(p.jobs) < pageSize {
			break
		}
	}
	return jobs, nil
}

// Since returns all jobs newer than f. The list moves while it is paged through,
// so it counts only if its total and its first job are the same afterwards; it
// is read up to three times before that is an error.
func (c *Client) Since(ctx context.Context, f uploader.Fence) ([]uploader.Remote, error) {
	return c.sinceOf(ctx, f, "")
}

// sinceOf is Since for one type of jobs, for the empty type what the server lists
// by itself: all but simulations.
func (c *Client) sinceOf(ctx context.Context, f uploader.Fence, jobType string) ([]uploader.Remote, error) {
	var err error
	for range maxListings {
		var jobs []uploader.Remote
		if jobs, err = c.since(ctx, f, jobType); err == nil {
			return jobs, nil
		}
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
	return nil, err
}

var errMoved = errors.New("the job list changed while it was read")

func (c *Client) since(ctx context.Context, f uploader.Fence, jobType string) ([]uploader.Remote, error) {
	first, err := c.page(ctx, 1, pageSize, jobType)
	if err != nil {
		return nil, err
	}
	l := listing{fence: f, seen: map[string]bool{}}
	n := 1
	for p := first; !l.add(p, n); n++ {
		if n == maxPages {
			return nil, c.listError(p, errors.New("the job list does not end"))
		}
		if p, err = c.page(ctx, n+1, pageSize, jobType); err != nil {
			return nil, err
		}
	}
	if n == 1 {
		return l.jobs, nil // one page is one moment
	}
	again, err := c.page(ctx, 1, pageSize, jobType)
	if err != nil {
		return nil, err
	}
	if l.short || again.total != first.total || again.firstID() != first.firstID() {
		return nil, c.listError(again, errMoved)
	}
	return l.jobs, nil
}

func (c *Client) listError(p page, cause error) error {
	return c.api.Unreadable("list", wire.Question, p.answer, cause)
}

// listing collects the jobs newer than the fence.
type listing struct {
	fence uploader.Fence
	seen  map[string]bool
	jobs  []uploader.Remote
	short bool // the list ended before its own total
}

// add takes the n-th page and tells whether it was the last one needed.
func (l *listing) add(p page, n int) (done bool) {
	fresh := false
	for _, r := range p.jobs {
		if l.beyond(r) {
			return true
		}
		if !l.seen[r.ID] {
			l.seen[r.ID] = true
			l.jobs = append(l.jobs, r)
			fresh = true
		}
	}
	switch {
	case p.total >= 0 && len(l.seen) >= p.total:
		return true
	case !fresh:
		// An empty page, or the same jobs again: there is no more to be had.
		l.short = p.total >= 0 || len(p.jobs) > 0
		return true
	}
	return p.total < 0 && p.pages > 0 && n >= p.pages
}

// beyond tells whether r is the fence or too old to be newer than it.
func (l *listing) beyond(r uploader.Remote) bool {
	if l.fence.RemoteID != "" && r.ID == l.fence.RemoteID {
		return true
	}
	return !l.fence.At.IsZero() && !r.Created.IsZero() && r.Created.Before(l.fence.At.Add(-fenceSlack))
}

func (p page) firstID() string {
	if len(p.jobs) == 0 {
		return ""
	}
	return p.jobs[0].ID
}

// page reads one page. An item that is no job makes it unreadable: it might be
// the one that is looked for.
func (c *Client) page(ctx context.Context, n, size int, jobType string) (page, error) {
	q := url.Values{"page": {strconv.Itoa(n)}, "pageSize": {strconv.Itoa(size)}}
	if jobType != "" {
		q.Set("job_type", jobType)
	}
	answer, err := c.api.Get(ctx, "list", wire.Question, "/conversions", q)
	if err != nil {
		return page{}, err
	}
	p := page{total: -1, answer: answer}
	p.date, _ = http.ParseTime(answer.Header.Get("Date"))
	var body struct {
		Data *[]json.RawMessage `json:"data"`
		Meta json.RawMessage    `json:"meta"`
	}
	if err := answer.Decode(&body); err != nil || body.Data == nil {
		return page{}, c.listError(p, errors.New("the answer is not a job list"))
	}
	for _, raw := range *body.Data {
		var j job
		if json.Unmarshal(raw, &j) != nil || checkID(string(j.ID)) != nil {
			return page{}, c.listError(p, errors.New("the job list holds something that is no job"))
		}
		p.jobs = append(p.jobs, j.remote())
	}
	p.total, p.pages = meta(body.Meta)
	return p, nil
}

// meta reads the counts, with or without a "pagination" object around them.
func meta(raw json.RawMessage) (total, pages int) {
	type counts struct {
		Total     *number `json:"total"`
		PageCount number  `json:"pageCount"`
	}
	var m struct {
		counts
		Pagination counts `json:"pagination"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return -1, 0
	}
	if m.Total == nil {
		m.counts = m.Pagination
	}
	if m.Total == nil || *m.Total < 0 || *m.Total > 1e9 {
		return -1, int(min(max(m.PageCount, 0), 1e9))
	}
	return int(*m.Total), int(min(max(m.PageCount, 0), 1e9))
}
