package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"simdrop/uploader"
)

const whole = "PK the whole of the result"

// kept is a Resumable in memory.
type kept struct {
	bytes.Buffer
	version uploader.Version
	begun   int
	refuse  error
}

func (k *kept) Kept() (int64, uploader.Version) { return int64(k.Len()), k.version }

func (k *kept) Begin(v uploader.Version) error {
	k.Reset()
	k.begun++
	k.version = v
	return k.refuse
}

func halfOf(v uploader.Version) *kept {
	k := &kept{version: v}
	k.WriteString(whole[:10])
	return k
}

// rest answers with the part from that byte on.
func rest(w http.ResponseWriter, from int, contentRange string) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Content-Range", contentRange)
	w.Header().Set("Content-Length", fmt.Sprint(len(whole)-from))
	w.WriteHeader(http.StatusPartialContent)
	fmt.Fprint(w, whole[from:])
}

func TestDownloadGoesOnWhereItWasCut(t *testing.T) {
	v1 := uploader.Version{ETag: `"v1"`, Size: int64(len(whole))}
	full := fmt.Sprintf("bytes 10-%d/%d", len(whole)-1, len(whole))
	tests := map[string]struct {
		version uploader.Version
		answer  func(w http.ResponseWriter, r *http.Request) // to a request with a Range
		asked   string                                       // what the requests had as Range, If-Range
		begun   int
	}{
		"goes on":         {v1, func(w http.ResponseWriter, r *http.Request) { rest(w, 10, full) }, `bytes=10-|"v1"`, 0},
		"by date":         {uploader.Version{Modified: "Mon, 02 Jan 2006 15:04:05 GMT"}, func(w http.ResponseWriter, r *http.Request) { rest(w, 10, full) }, "bytes=10-|Mon, 02 Jan 2006 15:04:05 GMT", 0},
		"another version": {v1, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, whole) }, `bytes=10-|"v1"`, 1},
		"no such range":   {v1, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(416) }, `bytes=10-|"v1" |`, 1},
		"another range": {v1, func(w http.ResponseWriter, r *http.Request) {
			rest(w, 5, fmt.Sprintf("bytes 5-%d/%d", len(whole)-1, len(whole)))
		}, `bytes=10-|"v1" |`, 1},
		"another size": {v1, func(w http.ResponseWriter, r *http.Request) {
			rest(w, 10, fmt.Sprintf("bytes 10-%d/%d", len(whole)-1, len(whole)+5))
		}, `bytes=10-|"v1" |`, 1},
		"unknown size":        {v1, func(w http.ResponseWriter, r *http.Request) { rest(w, 10, fmt.Sprintf("bytes 10-%d/*", len(whole)-1)) }, `bytes=10-|"v1" |`, 1},
		"no Content-Range":    {v1, func(w http.ResponseWriter, r *http.Request) { rest(w, 10, "") }, `bytes=10-|"v1" |`, 1},
		"another tag":         {uploader.Version{ETag: `"v0"`}, func(w http.ResponseWriter, r *http.Request) { rest(w, 10, full) }, `bytes=10-|"v0" |`, 1},
		"nothing to ask with": {uploader.Version{Size: 3}, nil, "|", 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var asked []string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.Header.Get("Range")+"|"+r.Header.Get("If-Range"))
				if r.Header.Get("Range") != "" {
					tc.answer(w, r)
					return
				}
				w.Header().Set("ETag", `"v2"`)
				fmt.Fprint(w, whole)
			}))
			defer srv.Close()
			k := halfOf(tc.version)
			n, err := api(t, srv.URL).Download(t.Context(), Download{Op: "fetch", Path: "/x"}, k)
			if err != nil || n != int64(len(whole)) || k.String() != whole {
				t.Errorf("%d bytes %q, %v", n, k.String(), err)
			}
			if got := strings.Join(asked, " "); got != tc.asked || k.begun != tc.begun {
				t.Errorf("asked %q and began %d times, want %q and %d", got, k.begun, tc.asked, tc.begun)
			}
		})
	}
}

func api(t *testing.T, url string) *API {
	t.Helper()
	a, err := New(Options{Provider: "p", BaseURL: url, Key: func() string { return "secret" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// The rest of a result lies where its beginning lay: at a signed address, which is
// asked for anew, without the key.
func TestTheRestIsAskedForBehindARedirect(t *testing.T) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the key went to the storage")
		}
		if r.Header.Get("Range") != "bytes=10-" || r.Header.Get("If-Range") != `"v1"` {
			t.Errorf("asked for %v", r.Header)
		}
		rest(w, 10, fmt.Sprintf("bytes 10-%d/%d", len(whole)-1, len(whole)))
	}))
	defer store.Close()
	srv := httptest.NewServer(http.RedirectHandler(store.URL+"/x?X-Amz-Signature=abc", http.StatusFound))
	defer srv.Close()
	k := halfOf(uploader.Version{ETag: `"v1"`})
	if n, err := api(t, srv.URL).Download(t.Context(), Download{Op: "fetch", Path: "/x"}, k); err != nil || k.String() != whole || n != int64(len(whole)) {
		t.Errorf("%d bytes %q, %v", n, k.String(), err)
	}
}

// A part stays a part when the rest is cut too, and what has no room is not begun.
func TestCutRest(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") == "" {
			fmt.Fprint(w, whole)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 10-%d/%d", len(whole)-1, len(whole)))
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)-10))
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, whole[10:15])
	}))
	defer srv.Close()
	k := halfOf(uploader.Version{ETag: `"v1"`})
	var e *uploader.Error
	if _, err := api(t, srv.URL).Download(t.Context(), Download{Op: "fetch", Path: "/x"}, k); !errors.As(err, &e) || e.Class != uploader.Transient || k.String() != whole[:15] {
		t.Errorf("%q, %v", k.String(), err)
	}
	k = &kept{refuse: errors.New("no room")}
	if _, err := api(t, srv.URL).Download(t.Context(), Download{Op: "fetch", Path: "/x"}, k); !errors.Is(err, k.refuse) || k.Len() != 0 {
		t.Errorf("%d bytes, %v", k.Len(), err)
	}
}

func TestStrongValidators(t *testing.T) {
	const date, later = "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:06 GMT"
	for name, tc := range map[string]struct {
		header map[string]string
		want   uploader.Version
	}{
		"strong":      {map[string]string{"ETag": `"a"`}, uploader.Version{ETag: `"a"`}},
		"weak":        {map[string]string{"ETag": `W/"a"`}, uploader.Version{}},
		"no quotes":   {map[string]string{"ETag": `a`}, uploader.Version{}},
		"date":        {map[string]string{"Last-Modified": date, "Date": later}, uploader.Version{Modified: date}},
		"just now":    {map[string]string{"Last-Modified": date, "Date": date}, uploader.Version{}},
		"unreadable":  {map[string]string{"Last-Modified": "x", "Date": later}, uploader.Version{}},
		"hardly told": {nil, uploader.Version{}},
	} {
		resp := &http.Response{Header: http.Header{}, ContentLength: -1}
		for k, v := range tc.header {
			resp.Header.Set(k, v)
		}
		if got := versionOf(resp); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-1/2", "bytes 5-5/6", "bytes */3", "bytes 1-0/2", "bytes +1-2/3", "bytes 9223372036854775808-1/2", "bytes 0-9/5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, last, size, ok := contentRange(s)
		if ok && (first < 0 || last < first || size <= last) {
			t.Errorf("%q is read as %d-%d/%d", s, first, last, size)
		}
	})
}
