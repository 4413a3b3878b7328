//go:build unix

package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/notify"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestToldThroughKills kills the daemon at random while assets are converted and a
// receiver fails now and then. In the end the hook and the webhook were told of every
// result at least once, and the webhook of each job's states in their order.
func TestToldThroughKills(t *testing.T) {
	t.Parallel()
	const drops, kills = 12, 5
	_, dice := seeded(t)
	var mu sync.Mutex
	told := map[string][]string{} // states by job, as they came first
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var j control.Job
		if err != nil || json.Unmarshal(body, &j) != nil {
			return // cut by a kill
		}
		mu.Lock()
		defer mu.Unlock()
		if got := r.Header.Get(notify.SignatureHeader); got != notify.Sign("hush-hush", body) {
			t.Errorf("signed %q", got)
		}
		if n++; n%7 == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if !slices.Contains(told[j.ID], j.State) {
			told[j.ID] = append(told[j.ID], j.State)
		}
	}))
	t.Cleanup(srv.Close)
	p := rigydtest.Start(t, rigydtest.Took(50*time.Millisecond))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
	hook, seen := filepath.Join(h.Dir, "hook.sh"), filepath.Join(h.Dir, "told")
	if err := os.WriteFile(hook, []byte("cat >>"+seen+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := os.OpenFile(h.Config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(config, "hooks: {on_done: %q}\nwebhooks: [{url: %q, events: [queued, submitting, converting, fetching, done], secret: hush-hush}]\n", "sh "+hook, srv.URL)
	if err := config.Close(); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for range drops {
		name := fmt.Sprintf("asset%02d.obj", len(paths))
		paths = append(paths, h.Write(name, object(name)))
	}
	for range kills {
		proc := h.Start()
		<-time.After(time.Duration(100+dice.IntN(700)) * time.Millisecond)
		proc.Kill()
	}
	jobs, _ := untilReleased(t, h.Start().Ready(), paths)
	until(t, "the hook and the webhook to be told", func() bool {
		b, _ := os.ReadFile(seen)
		mu.Lock()
		defer mu.Unlock()
		for _, j := range jobs {
			if !strings.Contains(string(b), fmt.Sprintf(`"id":%q`, j.ID)) || !slices.Contains(told[j.ID], "done") {
				return false
			}
		}
		return true
	})
	mu.Lock()
	defer mu.Unlock()
	for _, j := range jobs {
		if got := told[j.ID]; got[0] != "queued" || got[len(got)-1] != "done" {
			t.Errorf("job %s was told as %v", j.ID, got)
		}
	}
}
