package uploader_test

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/queue/queuetest"
	"simdrop/uploader"
	"simdrop/uploader/rigyd"
	"simdrop/watcher"
)

// rig is an uploader with a real queue, real files and a provider that really
// queues, converts and misbehaves, all inside one synctest bubble.
type rig struct {
	t        *testing.T
	dir      string // the watched folder
	state    string
	queue    *queue.Queue
	provider *rigydtest.Provider
	line     uploader.Line
	log      *slog.Logger       // nil is the test's own
	up       *uploader.Uploader // the one that runs
	offline  atomic.Value       // string: why results cannot be placed
	instance string
	stop     func()
}

// bubble runs f with a started rig, with fake time.
func bubble(t *testing.T, f func(r *rig), opts ...rigydtest.Option) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, dir: t.TempDir(), state: t.TempDir()}
		r.queue = queuetest.MustOpen(t)
		r.provider = rigydtest.Start(t, append([]rigydtest.Option{rigydtest.InProcess(), rigydtest.Took(30 * time.Second)}, opts...)...)
		r.line = uploader.Line{
			Name: "rigyd", Type: "rigyd", Account: "rigyd test", Provider: r.client(r.provider.Key),
			MaxUploads: 2, MaxInFlight: 16, PollInterval: 4 * time.Second, GiveUpAfter: 2 * time.Hour, AmbiguousWait: 5 * time.Minute,
		}
		r.start()
		defer func() { r.stop() }()
		f(r)
	})
}

func (r *rig) client(key string) *rigyd.Client {
	c, err := rigyd.New(rigyd.Options{
		Name: "rigyd", BaseURL: r.provider.URL, Key: func() string { return key }, Version: "test",
		Transport: r.provider.Transport(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// start runs an uploader until stop, as one life of the daemon.
func (r *rig) start() *uploader.Uploader {
	u := uploader.New(uploader.Options{
		Queue: r.queue, Spool: r.spool(), Lines: []uploader.Line{r.line}, Instance: r.instance, Version: "test", Grace: time.Second,
		Inspect: func(ctx context.Context, j queue.Job) (*asset.Asset, error) {
			return asset.Inspect(ctx, j.Root, j.Path)
		},
		Stamp: watcher.Stamp,
		Place: func(j queue.Job) uploader.Place {
			return uploader.Place{Dir: filepath.Dir(j.Path), Root: r.dir, Offline: r.away()}
		},
		Logger: cmp.Or(r.log, slog.New(slog.NewTextHandler(r.t.Output(), nil))),
	})
	r.up = u
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- u.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		r.stop = func() {}
	}
	return u
}

func (r *rig) spool() string {
	dir := filepath.Join(r.state, "spool")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	return dir
}

// drop writes an OBJ that differs by its comment and offers it as settled.
func (r *rig) drop(name, content string) queue.Job {
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte("# "+content+obj), 0o644); err != nil {
		r.t.Fatal(err)
	}
	o := queuetest.Drop(path, content)
	o.Root = r.dir
	return queuetest.MustOffer(r.t, r.queue, o)
}

// obj is a triangle.
const obj = "\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"

// after lets fake time pass and returns the job as it is then.
func (r *rig) after(d time.Duration, id string) queue.Job {
	r.t.Helper()
	<-time.After(d) // fake time
	synctest.Wait()
	j, err := r.queue.Get(id)
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

// want checks where the job is after some time.
func (r *rig) want(d time.Duration, id string, s queue.State, reason queue.Reason) queue.Job {
	r.t.Helper()
	j := r.after(d, id)
	if j.State != s || j.Reason != reason {
		r.t.Errorf("after %s job %s is %s %s (%s), want %s %s", d, id, j.State, j.Reason, j.Error, s, reason)
	}
	return j
}

// mkdir makes a folder in the watched one.
func (r *rig) mkdir(name string) {
	if err := os.Mkdir(filepath.Join(r.dir, name), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

// away says why results cannot be placed, empty when they can.
func (r *rig) away() string {
	why, _ := r.offline.Load().(string)
	return why
}

// atLength skips a test of many steps where time is short: what it shows needs no
// race detector, which makes it ten times as long.
func atLength(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it takes many steps")
	}
}
