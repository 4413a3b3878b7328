package uploader_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"simdrop/internal/result"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/queue/queuetest"
	"simdrop/uploader"
	"simdrop/uploader/rigyd"
)

// downloads notes what was asked for of results, and with what status it was answered.
type downloads struct {
	http.RoundTripper
	mu     sync.Mutex
	ranges []string
	status []int
}

func (d *downloads) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := d.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/result") {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ranges = append(d.ranges, r.Header.Get("Range"))
		d.status = append(d.status, resp.StatusCode)
	}
	return resp, err
}

// noteDownloads restarts the rig's uploader with a client whose downloads are noted.
func (r *rig) noteDownloads() *downloads {
	r.stop()
	d := &downloads{RoundTripper: r.provider.Transport()}
	c, err := rigyd.New(rigyd.Options{Name: "rigyd", BaseURL: r.provider.URL, Key: func() string { return r.provider.Key }, Transport: d})
	if err != nil {
		r.t.Fatal(err)
	}
	r.line.Provider = c
	r.start()
	return d
}

// dropFor is drop with a format to fetch.
func (r *rig) dropFor(format, name, content string) queue.Job {
	r.t.Helper()
	j := r.drop(name, content)
	return queuetest.MustUpdate(r.t, r.queue, j.ID, func(j *queue.Job) { j.Format = format })
}

var cutOnce = rigydserver.Fault{Kind: rigydserver.Cut, Op: rigydserver.OpResult, Times: 1, Name: "cut"}

// The archive with everything is a file at the provider: a cut download goes on.
// The archive with the USD alone is made while it is sent, and begins anew.
func TestCutDownloadGoesOn(t *testing.T) {
	for format, wantRest := range map[string]bool{"all": true, "usd": false} {
		t.Run(format, func(t *testing.T) {
			bubble(t, func(r *rig) {
				d := r.noteDownloads()
				j := r.want(10*minute, r.dropFor(format, "chair.obj", "a chair").ID, queue.Done, "")
				r.fired("cut")
				rest := len(d.ranges) == 2 && strings.HasPrefix(d.ranges[1], "bytes=") && d.status[1] == http.StatusPartialContent
				if rest != wantRest || len(d.ranges) != 2 {
					t.Errorf("asked for %q, answered %d", d.ranges, d.status)
				}
				if problems, err := result.Verify(j.Result); err != nil || len(problems) > 0 {
					t.Errorf("the result: %v %v", problems, err)
				}
				if left, _ := os.ReadDir(r.spool()); len(left) != 0 {
					t.Errorf("the spool still holds %v", left)
				}
			}, rigydtest.WithFaults(cutOnce))
		})
	}
}

// The part and what is known of it outlive the process; the note says nothing that
// could be used to fetch the result.
func TestPartOutlivesTheProcess(t *testing.T) {
	bubble(t, func(r *rig) {
		d := r.noteDownloads()
		j := r.dropFor("all", "chair.obj", "a chair")
		part := filepath.Join(r.spool(), j.ID, "result.zip.part")
		for i := 0; d.count() == 0; i++ {
			if r.after(minute/60, j.ID); i > 600 {
				t.Fatal("nothing was fetched")
			}
		}
		r.stop()
		note, err := os.ReadFile(part + ".json")
		if err != nil || strings.Contains(string(note), "http") || strings.Contains(string(note), r.provider.Key) {
			t.Fatalf("the note is %s, %v", note, err)
		}
		r.provider.Faults.Clear()
		r.start()
		r.want(10*minute, j.ID, queue.Done, "")
		if n := len(d.ranges); n < 2 || !strings.HasPrefix(d.ranges[n-1], "bytes=") || d.status[n-1] != http.StatusPartialContent {
			t.Errorf("asked for %q, answered %d", d.ranges, d.status)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Cut, Op: rigydserver.OpResult, Name: "cut"}))
}

func (d *downloads) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.ranges)
}

// A power cut may leave zeros in a part. The archive's checksums tell, and then
// all of it is fetched again.
func TestDamagedPartIsFetchedAnew(t *testing.T) {
	bubble(t, func(r *rig) {
		d := r.noteDownloads()
		j := r.dropFor("all", "chair.obj", "a chair")
		for i := 0; d.count() == 0; i++ {
			if r.after(minute/60, j.ID); i > 600 {
				t.Fatal("nothing was fetched")
			}
		}
		r.stop()
		part := filepath.Join(r.spool(), j.ID, "result.zip.part")
		fi, err := os.Stat(part)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(part, make([]byte, fi.Size()), 0o600); err != nil {
			t.Fatal(err)
		}
		r.provider.Faults.Clear()
		r.start()
		j = r.want(20*minute, j.ID, queue.Done, "")
		if last := d.ranges[len(d.ranges)-1]; last != "" {
			t.Errorf("asked for %q last", last)
		}
		if problems, err := result.Verify(j.Result); err != nil || len(problems) > 0 {
			t.Errorf("the result: %v %v", problems, err)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Cut, Op: rigydserver.OpResult, Name: "cut"}))
}

// Only folders of this daemon's ended jobs are swept.
func TestSweepLeavesOthersAlone(t *testing.T) {
	bubble(t, func(r *rig) {
		r.stop()
		r.offline.Store("the share is away")
		r.instance = "ME"
		u := r.start()
		live := r.drop("live.obj", "live")
		ended := r.drop("ended.obj", "ended")
		r.want(2*minute, live.ID, queue.Fetching, "")
		queuetest.MustUpdate(t, r.queue, ended.ID, func(j *queue.Job) { j.Enter(queue.Cancelled) })
		staging := filepath.Join(r.dir, ".simdrop", "staging")
		want := map[string]bool{
			"ME-" + live.ID: true, "ME-" + ended.ID: false, "ME-999": false,
			"YOU-" + ended.ID: true, "YOU-999": true, ended.ID: true, "MEMBER-" + ended.ID: true,
		}
		for name := range want {
			if err := os.MkdirAll(filepath.Join(staging, name, "textures"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := u.Sweep(r.dir); err != nil {
			t.Fatal(err)
		}
		for name, stays := range want {
			if _, err := os.Stat(filepath.Join(staging, name)); (err == nil) != stays {
				t.Errorf("%s: %v, want it to stay: %v", name, err, stays)
			}
		}
		r.offline.Store("")
		r.want(2*minute, live.ID, queue.Done, "")
	})
}

// What stands in the way of a result is told in plain words, and waited for.
func TestObstacles(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		text string
	}{
		"space": {&result.SpaceError{Need: 500_000_000, Free: 12_345_678, Dir: "/mnt/x"}, "500 MB needed, 12 MB free at /mnt/x"},
		"busy":  {result.ErrBusy, "a program has the old result open"},
	} {
		text, hint, ok := uploader.Obstacle(tc.err)
		if !ok || !strings.Contains(text, tc.text) || hint == "" {
			t.Errorf("%s: %q, %q, %v", name, text, hint, ok)
		}
	}
}
