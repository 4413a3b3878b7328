package uploader_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/result"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/internal/tight"
	"simdrop/queue"
)

// TestDeliveryWithoutRoom lets the provider finish a job while the spool's disk, or
// the watched folder's, has room for nothing, for one page or file more, for two, and
// so on until it is enough: the download, each file of the result, its sidecar and
// the folders are once what finds no room. Each time the job says so and waits,
// nothing is seen of the result, and with room it comes by itself, paid once.
func TestDeliveryWithoutRoom(t *testing.T) {
	for _, where := range []string{"spool", "destination"} {
		for kind, disk := range tight.Kinds {
			t.Run(where+" "+kind, func(t *testing.T) {
				t.Parallel()
				d := disk(t)
				faults := 0
				for more := 0; ; more += d.Step {
					if more > 100*d.Step {
						t.Fatal("no room is ever enough")
					}
					if !cramped(t, d, where, more) {
						break
					}
					faults++
				}
				t.Logf("%d faults", faults)
				if least := map[string]int{"spool": 2, "destination": 3}[where]; faults < least && kind != "quota" || faults == 0 {
					t.Errorf("%d faults only", faults)
				}
			})
		}
	}
}

// cramped delivers one result with room for so much more, and reports whether it was
// kept from its place at first.
func cramped(t *testing.T, d *tight.Disk, where string, more int) (struck bool) {
	t.Helper()
	bubble(t, func(r *rig) {
		d.Allow(r.t, -1)
		r.stop()
		dir := filepath.Join(d.Dir, fmt.Sprint(more))
		if err := os.Mkdir(dir, 0o755); err != nil {
			r.t.Fatal(err)
		}
		if where == "spool" {
			r.state = dir
		} else {
			r.dir = dir
		}
		r.start()
		j := r.drop("chair.obj", "a chair")
		r.want(20*time.Second, j.ID, queue.Converting, "")
		if where == "spool" {
			more += int(downloadSpare(d))
		}
		d.Allow(r.t, more)
		j = r.after(time.Minute, j.ID)
		struck = j.State != queue.Done
		if struck {
			if j.State != queue.Fetching || !strings.Contains(j.Error, "no space left") && !strings.Contains(j.Error, "quota") || j.Hint == "" {
				r.t.Errorf("room for %d more: %s, %q, %q", more, j.State, j.Error, j.Hint)
			}
			if seen, err := filepath.Glob(filepath.Join(r.dir, "*.simready*")); err != nil || len(seen) > 0 {
				r.t.Errorf("room for %d more: %q is seen", more, seen)
			}
		}
		d.Allow(r.t, -1)
		j = r.want(20*time.Minute, j.ID, queue.Done, "")
		if problems, err := result.Verify(j.Result); err != nil || len(problems) > 0 {
			r.t.Errorf("room for %d more: the result: %v %v", more, problems, err)
		}
		if n := len(r.provider.Ledger()); n != 1 {
			r.t.Errorf("room for %d more: %d submissions", more, n)
		}
	}, rigydtest.Took(30*time.Second))
	return struck
}

// downloadSpare is what a download leaves free on a disk whose figures tell: without
// it no result is begun.
func downloadSpare(d *tight.Disk) int64 {
	if d.Name == "bytes" {
		return 1 << 20
	}
	return 0
}
