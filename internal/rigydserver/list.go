package rigydserver

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listQuery is the query of GET /conversions. What cannot be read means the default.
type listQuery struct {
	page, size int
	types      []string // empty: all but simulations
}

func parseListQuery(q url.Values) listQuery {
	l := listQuery{page: atLeast1(q.Get("page"), 1), size: min(atLeast1(q.Get("pageSize"), 25), 100)}
	for t := range strings.SplitSeq(q.Get("job_type"), ",") {
		if t = strings.TrimSpace(t); t != "" {
			l.types = append(l.types, t)
		}
	}
	return l
}

func atLeast1(text string, def int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return def
	}
	return n
}

func (l listQuery) wants(jobType string) bool {
	if len(l.types) == 0 {
		return jobType != TypeSimulate
	}
	return slices.Contains(l.types, jobType)
}

// window returns the half-open range of the page in a list of total jobs.
func (l listQuery) window(total int) (from, to int) {
	pages := (total + l.size - 1) / l.size
	if l.page > pages { // before multiplying: a huge page must not overflow
		return total, total
	}
	from = (l.page - 1) * l.size
	return from, min(from+l.size, total)
}

// list is GET /conversions, newest first.
func (s *Server) list(x *exchange) error {
	q := parseListQuery(x.r.URL.Query())
	s.mu.Lock()
	now := s.opt.Now()
	var found []*job
	for _, j := range slices.Backward(s.order) {
		if j.visible() && q.wants(j.Type) && !s.faults.hides(&j.record, now.Sub(j.Created)) {
			found = append(found, j)
		}
	}
	total := len(found)
	from, to := q.window(total)
	if x.fault.Kind == ListShift && q.page > 1 && from < total {
		// As when a job was accepted between two pages: the one before comes again.
		x.fire()
		from, to, total = from-1, to-1, total+1
	}
	data := make([]listed, 0, to-from)
	for _, j := range found[from:to] {
		data = append(data, listedJob(view{record: j.record, stage: j.stage, progress: j.progress}))
	}
	s.mu.Unlock()
	meta := &pageMeta{Page: q.page, PageSize: q.size, PageCount: (total + q.size - 1) / q.size, Total: total}
	return x.reply(200, envelope{Data: data, Meta: meta})
}
