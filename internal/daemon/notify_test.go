package daemon_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/notify"
)

// A hook and a webhook are told of the same job, with the object of the contract.
func TestHookAndWebhook(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the hook of this test is a Unix command")
	}
	told := make(chan *http.Request, 100)
	bodies := make(chan []byte, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		bodies <- b
		told <- r
	}))
	defer srv.Close()
	r := newRig(t)
	out := filepath.Join(t.TempDir(), "job.json")
	r.cfg.Hooks.OnDone = "tee '" + out + "'"
	r.cfg.Webhooks = []config.Webhook{{URL: srv.URL, Events: []string{"done"}, Secret: "hush"}}
	r.start()
	j := r.until(r.write("chair.obj", plainOBJ), "done")
	var body []byte
	select {
	case body = <-bodies:
	case <-time.After(patience):
		t.Fatal("the webhook is not told")
	}
	if got := (<-told).Header.Get(notify.SignatureHeader); got != notify.Sign("hush", body) {
		t.Errorf("signed %q", got)
	}
	r.stop() // lets the hook end
	fromHook, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{body, fromHook} {
		var got control.Job
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if got.ID != j.ID || got.State != "done" || got.Path != j.Path || got.Result != j.Result || got.Credits != 1 || len(got.Bundle) != 1 {
			t.Errorf("told %s", b)
		}
	}
}
