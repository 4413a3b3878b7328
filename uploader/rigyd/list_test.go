package rigyd

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simdrop/uploader"
)

// fakeList is a job list, newest first, that can move while it is read.
type fakeList struct {
	jobs    []string // IDs
	cap     int      // the server's own maximum page size, 0: as asked
	noTotal bool
	ignore  bool                              // ignores the page number
	onPage  func(l *fakeList, page, call int) // before a page is answered
	calls   int
	item    func(id string) string
}

var listDate = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

func (l *fakeList) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	size, _ := strconv.Atoi(r.URL.Query().Get("pageSize"))
	l.calls++
	if l.onPage != nil {
		l.onPage(l, n, l.calls)
	}
	if l.cap > 0 {
		size = min(size, l.cap)
	}
	if l.ignore {
		n = 1
	}
	from := min((n-1)*size, len(l.jobs))
	var items []string
	for _, id := range l.jobs[from:min(from+size, len(l.jobs))] {
		if l.item != nil {
			items = append(items, l.item(id))
			continue
		}
		items = append(items, fmt.Sprintf(`{"id":%q,"status":"queued","filename":"%s.glb","file_size_bytes":7,"createdAt":"2026-05-02T11:59:00.000Z"}`, id, id))
	}
	w.Header().Set("Date", listDate.Format(http.TimeFormat))
	meta := fmt.Sprintf(`{"page":%d,"pageSize":%d,"pageCount":%d,"total":%d}`, n, size, (len(l.jobs)+size-1)/size, len(l.jobs))
	if l.noTotal {
		meta = "null"
	}
	fmt.Fprintf(w, `{"data":[%s],"meta":%s}`, strings.Join(items, ","), meta)
}

// names are n IDs from the newest, j<n>, to j1.
func names(n int) (l []string) {
	for i := n; i > 0; i-- {
		l = append(l, fmt.Sprintf("j%d", i))
	}
	return l
}

func since(t *testing.T, l *fakeList, f uploader.Fence) ([]string, error) {
	t.Helper()
	c := serve(t, l.ServeHTTP)
	jobs, err := c.Since(context.Background(), f)
	var got []string
	for _, r := range jobs {
		got = append(got, r.ID)
	}
	return got, err
}

func TestSince(t *testing.T) {
	all := names(250)
	for name, c := range map[string]struct {
		list  *fakeList
		fence uploader.Fence
		want  []string
		calls int
	}{
		"everything":           {&fakeList{jobs: all}, uploader.Fence{}, all, 4},
		"nothing":              {&fakeList{}, uploader.Fence{}, nil, 1},
		"nothing new":          {&fakeList{jobs: all}, uploader.Fence{RemoteID: "j250"}, nil, 1},
		"fence on page one":    {&fakeList{jobs: all}, uploader.Fence{RemoteID: "j240"}, all[:10], 1},
		"fence on page two":    {&fakeList{jobs: all}, uploader.Fence{RemoteID: "j100"}, all[:150], 3},
		"fence job deleted":    {&fakeList{jobs: all, item: aged("j249")}, uploader.Fence{RemoteID: "gone", At: listDate}, all[:2], 1},
		"just inside slack":    {&fakeList{jobs: names(3), item: aged("j4")}, uploader.Fence{At: listDate.Add(-51 * time.Minute)}, names(3), 1},
		"empty list as fence":  {&fakeList{jobs: names(3)}, uploader.Fence{At: listDate}, names(3), 1},
		"small pages":          {&fakeList{jobs: all, cap: 25}, uploader.Fence{RemoteID: "j200"}, all[:50], 4},
		"no total, one page":   {&fakeList{jobs: names(3), noTotal: true}, uploader.Fence{}, names(3), 3},
		"no total, page count": {&fakeList{jobs: all, noTotal: true}, uploader.Fence{RemoteID: "j240"}, all[:10], 1},
		"a job came in": {&fakeList{jobs: all, onPage: func(l *fakeList, _, call int) {
			if call == 2 {
				l.jobs = slices.Insert(slices.Clone(l.jobs), 0, "new")
			}
		}}, uploader.Fence{RemoteID: "j100"}, append([]string{"new"}, all[:150]...), 6},
		"a job went": {&fakeList{jobs: all, onPage: func(l *fakeList, _, call int) {
			if call == 2 {
				l.jobs = slices.Delete(slices.Clone(l.jobs), 3, 4)
			}
		}}, uploader.Fence{RemoteID: "j100"}, slices.Delete(slices.Clone(all[:150]), 3, 4), 6},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := since(t, c.list, c.fence)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %d jobs %.60v, want %d; %v", len(got), got, len(c.want), err)
			}
			if c.list.calls != c.calls {
				t.Errorf("%d calls, want %d", c.list.calls, c.calls)
			}
		})
	}
}

// aged makes list items that were created at 11:59, from the given one on an hour
// earlier.
func aged(first string) func(string) string {
	old := false
	return func(id string) string {
		at := "2026-05-02T11:59:00.000Z"
		if old = old || id == first; old && id != first {
			at = "2026-05-02T10:59:00.000Z"
		}
		if first == "j4" {
			at = "2026-05-02T11:00:00.000Z"
		}
		return fmt.Sprintf(`{"id":%q,"status":"failed","createdAt":%q}`, id, at)
	}
}

// A list that cannot be shown to be complete is an error, never a short answer: a
// job missing from it would be paid for again.
func TestSinceIncomplete(t *testing.T) {
	for name, l := range map[string]*fakeList{
		"always moving": {jobs: names(250), onPage: func(l *fakeList, page, call int) {
			l.jobs = slices.Insert(slices.Clone(l.jobs), 0, fmt.Sprint("new", call))
		}},
		"pages ignored": {jobs: names(100), ignore: true, noTotal: true},
		// The second page repeats the first, and what was on it stays unseen.
		"fewer than said":         {jobs: names(250), onPage: func(l *fakeList, page, _ int) { l.ignore = page >= 2 }},
		"an item without an ID":   {jobs: names(3), item: func(string) string { return `{"status":"queued"}` }},
		"an item of another kind": {jobs: names(3), item: func(string) string { return `17` }},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := since(t, l, uploader.Fence{})
			var e *uploader.Error
			if !asError(err, &e) || e.Class != uploader.Transient || got != nil {
				t.Errorf("got %d jobs, %v", len(got), err)
			}
		})
	}
	for _, body := range []string{`{}`, `{"data":null}`, `{"data":{}}`, `[]`, `{"data":[`, ``} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		var e *uploader.Error
		if _, err := c.Since(context.Background(), uploader.Fence{}); !asError(err, &e) || e.Class != uploader.Transient {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNewestAndRecent(t *testing.T) {
	l := &fakeList{jobs: names(150)}
	c := serve(t, l.ServeHTTP)
	f, err := c.Newest(context.Background())
	if err != nil || f.RemoteID != "j150" || !f.At.Equal(listDate) {
		t.Errorf("%+v %v", f, err)
	}
	if all, err := c.Recent(context.Background(), 101); err != nil || len(all) != 150 || all[149].ID != "j1" {
		t.Errorf("%d of 150, %v", len(all), err)
	}
	recent, err := c.Recent(context.Background(), 100)
	if err != nil || len(recent) != 100 || recent[99].ID != "j51" || recent[0].Filename != "j150.glb" || recent[0].Size != 7 {
		t.Errorf("%d recent, %v", len(recent), err)
	}
	l.jobs = nil
	if f, err = c.Newest(context.Background()); err != nil || f.RemoteID != "" || f.At.IsZero() {
		t.Errorf("of an empty list: %+v %v", f, err)
	}
}
