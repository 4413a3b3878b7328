package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/control"
)

func (a *app) tryCommand() *cobra.Command {
	var once bool
	c := &cobra.Command{
		Use:   "try [DIR] [--once]",
		Short: "Look around: no account, no configuration, a sample to convert",
		Long: `Watch DIR (./simdrop-try) with the local engine: no account, no configuration, and
nothing leaves this machine. When DIR is new or empty, a sample asset is dropped into it.
The dashboard's address is printed.`,
		Args: wants(0, 1, "a folder"),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "simdrop-try"
			if len(args) > 0 {
				dir = args[0]
			}
			dir, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			return a.try(c.Context(), dir, once)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "end when everything in DIR is converted, and print the results' paths")
	return c
}

func (a *app) try(ctx context.Context, dir string, once bool) error {
	cfg := a.tryConfig(dir)
	if once {
		cfg.Log.Level = "warn" // the progress says the rest
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	isNew, err := makeNew(dir)
	if err != nil {
		return err
	}
	if isNew {
		if err := dropSample(dir); err != nil {
			return err
		}
		a.notef("dropped a sample into %s", dir)
	}
	log, closeLog, err := a.logger(cfg.Log)
	if err != nil {
		return err
	}
	defer closeLog() // stderr
	d, err := a.start.Daemon(daemonOptions{Config: cfg, Version: thisBuild().Version, Logger: log, AnyPort: true})
	if err != nil {
		return err
	}
	return a.with(ctx, d, func(ctx context.Context) error {
		if once {
			return a.untilIdle(ctx, d)
		}
		a.notef("watching %s: drop 3D assets there, ctrl-c ends", dir)
		if url, err := loginURL(ctx, d.StateDir()); err == nil {
			a.notef("dashboard: %s", url)
		} else {
			log.Warn("no address for the dashboard", "err", err)
		}
		<-ctx.Done()
		return nil
	})
}

func loginURL(ctx context.Context, stateDir string) (string, error) {
	client, err := control.Find(ctx, stateDir)
	if err != nil {
		return "", err
	}
	return client.LoginURL(ctx)
}

// tryConfig watches dir with the local engine, and is quicker than a studio's
// folder should be.
func (a *app) tryConfig(dir string) *config.Config {
	cfg := localConfig()
	// The state is not in dir, where everything is a drop, and not with a real
	// daemon's: both may run. The same dir finds its jobs again.
	sum := sha256.Sum256([]byte(dir))
	state := config.StateDir(a.env)
	if state == "" { // no home: a container, or a build
		state = filepath.Join(os.TempDir(), "simdrop")
	}
	cfg.StateDir = filepath.Join(state, "try", hex.EncodeToString(sum[:6]))
	w := config.DefaultWatch()
	w.Path, w.Provider = dir, config.Local
	w.Existing = "convert"
	w.SettlePeriod = config.Duration(time.Second)
	w.PollInterval = config.Duration(2 * time.Second)
	w.Companions.Wait = config.Duration(5 * time.Second)
	cfg.Watch = []config.Watch{w}
	return cfg
}

// makeNew makes dir, and says whether it is new: it was not there, or is empty.
func makeNew(dir string) (bool, error) {
	if fi, err := os.Stat(dir); err == nil && !fi.IsDir() {
		return false, fmt.Errorf("%s is not a folder", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	entries, err := os.ReadDir(dir)
	return len(entries) == 0, err
}

// glance is how often untilIdle looks.
const glance = 200 * time.Millisecond

// untilIdle waits until everything in the watched folder is converted, and prints
// the results.
func (a *app) untilIdle(ctx context.Context, d Daemon) error {
	progress := a.progress()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			progress.end()
			return errors.New("interrupted before everything was converted")
		case <-ticker.C:
		}
		// The folder first: a file that becomes a job in between is then seen as either.
		idle := settled(d.Status(ctx))
		jobs, err := d.Jobs(ctx, "", 0)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			progress.see(j)
			idle = idle && j.Resting()
		}
		if !idle {
			continue
		}
		progress.end()
		latest := latestOf(jobs)
		for _, j := range latest {
			if j.State == control.Done && j.Simulates == "" {
				fmt.Fprintln(a.stdout, j.Result)
			}
		}
		return a.outcome(latest)
	}
}

// settled says that every folder was looked through and nothing is on its way.
func settled(s control.Status) bool {
	for _, w := range s.Watch {
		if w.LastScan == nil || w.Settling > 0 {
			return false
		}
	}
	return true
}

// latestOf is each asset's newest job: an earlier one is history.
func latestOf(newestFirst []control.Job) []control.Job {
	var out []control.Job
	seen := map[string]bool{}
	for _, j := range newestFirst {
		if asset := j.Path + "\x00" + j.Scene; !seen[asset] {
			seen[asset] = true
			out = append(out, j)
		}
	}
	return out
}
