package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"

	"simdrop/internal/config"
	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/queue"
	"simdrop/uploader"
	"simdrop/uploader/rigyd"
)

// maxRigydUpload is Rigyd's limit for one upload, enforced by its front web
// server: 500 MB, in the units of a web server's configuration.
const maxRigydUpload = 500 << 20

// openProviders returns a line for each provider that is used, from an explicit
// list of types.
func (d *Daemon) openProviders() ([]uploader.Line, error) {
	var lines []uploader.Line
	for _, name := range slices.Sorted(maps.Keys(d.cfg.Providers)) {
		if !used(d.cfg, name) {
			continue
		}
		p := d.cfg.Providers[name]
		line := uploader.Line{
			Name: name, Type: p.Type, Account: account(p),
			MaxUploads: p.MaxUploads, MaxInFlight: p.MaxInFlight,
			PollInterval: p.PollInterval.D(), GiveUpAfter: p.GiveUpAfter.D(), AmbiguousWait: p.AmbiguousWait.D(),
			Budget: budget(d.cfg, name),
		}
		var err error
		switch p.Type {
		case config.Rigyd:
			line.MaxBytes = maxRigydUpload
			line.Tariff = uploader.Tariff{Prices: rigyd.Prices, JobType: rigyd.JobType, Simulation: rigyd.SimulationType}
			line.Provider, line.NoKey, err = d.openRigyd(name, p)
		case config.Local:
			line.PollInterval = min(line.PollInterval, localPoll)
			line.Provider, err = d.openLocal(name, p)
		default:
			err = fmt.Errorf("type %s is not offered by this version", p.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("provider %s: %w", name, err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// budget is what the provider may be paid, by its own limits and those of the folders
// that use it.
func budget(c *config.Config, provider string) queue.Limits {
	p := c.Providers[provider].Budget
	l := queue.Limits{PerDay: p.PerDay, PerMonth: p.PerMonth}
	for _, w := range c.Watch {
		if w.Provider != provider || w.Budget == (config.Limits{}) {
			continue
		}
		if path, err := filepath.Abs(w.Path); err == nil {
			if l.Folders == nil {
				l.Folders = make(map[string]queue.FolderLimits)
			}
			l.Folders[path] = queue.FolderLimits(w.Budget)
		}
	}
	return l
}

func (d *Daemon) openRigyd(name string, p config.Provider) (uploader.Provider, string, error) {
	key, source, err := config.ResolveKey(name, p)
	if err != nil {
		return nil, "", err
	}
	problem := ""
	if key == "" {
		problem = "no API key is configured"
	} else {
		d.log.Debug("API key", "provider", name, "source", source)
	}
	c, err := rigyd.New(rigyd.Options{
		Name: name, BaseURL: p.BaseURL, Key: key.Reveal, Version: d.version,
		Bandwidth: int64(p.Bandwidth), Logger: d.log,
	})
	return c, problem, err
}

// openLocal starts the local engine on a loopback port of its own. The same client
// speaks to it over HTTP as to Rigyd; the key keeps other programs of this machine out.
func (d *Daemon) openLocal(name string, p config.Provider) (uploader.Provider, error) {
	key := newSecret()
	srv, err := rigydserver.New(rigydserver.Options{
		Dir: filepath.Join(d.stateDir, "engine", name), Convert: converter(d.child, d.log), Formats: engine.Formats(), Simulate: simulator(d.child, d.log), Workers: engineWorkers(),
		Keys: []string{key}, Version: d.version, Logger: slog.New(atLeast{d.log.Handler(), slog.LevelWarn}).With("engine", name),
	})
	if err != nil {
		return nil, fmt.Errorf("start the local engine: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the local engine: %w", err)
	}
	d.teardown.add("local engine "+name, srv.Close)
	hs := srv.HTTPServer()
	d.background("local engine", func(ctx context.Context) error { return srv.Run(ctx) })
	d.background("local engine's listener", func(ctx context.Context) error { return serve(ctx, hs, ln) })
	return rigyd.New(rigyd.Options{
		Name: name, BaseURL: "http://" + ln.Addr().String() + "/api", Key: func() string { return key },
		Version: d.version, Logger: d.log,
	})
}

// serve serves until ctx ends.
func serve(ctx context.Context, hs *http.Server, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { hs.Close() })
	defer stop()
	err := hs.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
