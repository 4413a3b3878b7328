package daemon_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	imagepng "image/png"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
	"simdrop/internal/rigydserver/rigydtest"
)

// rig is a daemon with real files, real events and a provider over a real socket.
type rig struct {
	t        *testing.T
	dir      string // the watched folder
	cfg      config.Config
	provider *rigydtest.Provider
	daemon   *daemon.Daemon
	changes  chan control.Job
	stop     func()
}

// newRig makes a rig whose daemon is not started.
func newRig(t *testing.T) *rig {
	r := &rig{t: t, dir: t.TempDir(), cfg: config.Default(), provider: rigydtest.Start(t)}
	p := config.DefaultProvider(config.Rigyd)
	p.BaseURL, p.APIKey = r.provider.URL, config.Secret(r.provider.Key)
	p.PollInterval = config.Duration(50 * time.Millisecond)
	r.cfg.Providers = map[string]config.Provider{config.Rigyd: p, config.Local: config.DefaultProvider(config.Local)}
	w := config.DefaultWatch()
	w.Path, w.SettlePeriod, w.Companions.Wait = r.dir, config.Duration(200*time.Millisecond), config.Duration(400*time.Millisecond)
	r.cfg.Watch = []config.Watch{w}
	r.cfg.StateDir = t.TempDir()
	r.cfg.Control.Listen = "127.0.0.1:0"
	return r
}

// start starts the daemon and waits until it watches.
func (r *rig) start() {
	r.t.Helper()
	d, err := daemon.New(daemon.Options{Config: &r.cfg, Version: "test", Logger: slog.New(slog.NewTextHandler(r.t.Output(), nil)), Probe: inChild})
	if err != nil {
		r.t.Fatal(err)
	}
	r.daemon = d
	ctx, cancel := context.WithCancel(context.Background())
	r.changes = make(chan control.Job, 10_000)
	d.Subscribe(ctx, func(j control.Job) { r.changes <- j })
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		r.stop = func() {}
	}
	r.t.Cleanup(func() { r.stop() })
	select {
	case <-d.Ready():
	case <-time.After(patience):
		r.t.Fatal("the daemon does not become ready")
	}
}

// patience bounds waits that end by an event long before.
const patience = 30 * time.Second

// write puts a file into the watched folder.
func (r *rig) write(name, content string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// until waits for a job at path to be in the state.
func (r *rig) until(path, state string) control.Job {
	r.t.Helper()
	return r.seen(path+" "+state, func(j control.Job) bool { return j.Path == path && j.State == state })
}

func (r *rig) seen(what string, ok func(control.Job) bool) control.Job {
	r.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case j := <-r.changes:
			if ok(j) {
				return j
			}
		case <-limit:
			jobs, _ := r.daemon.Jobs(context.Background(), "", 0)
			r.t.Fatalf("waited in vain for %s; jobs: %+v", what, jobs)
		}
	}
}

const (
	plainOBJ    = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
	texturedOBJ = "mtllib chair.mtl\n" + plainOBJ
	chairMTL    = "newmtl wood\nmap_Kd wood.png\n"
)

var discard = slog.New(slog.DiscardHandler)

// png is a whole picture.
var png = func() string {
	var b bytes.Buffer
	if err := imagepng.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		panic(err)
	}
	return b.String()
}()

// plainGLB is a GLB with an empty scene.
func plainGLB() string {
	doc := `{"asset":{"version":"2.0"}}`
	for len(doc)%4 != 0 {
		doc += " "
	}
	le := func(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	return "glTF" + le(2) + le(20+len(doc)) + le(len(doc)) + "JSON" + doc
}
