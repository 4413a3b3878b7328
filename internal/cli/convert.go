package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/redact"
)

func (a *app) convertCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "convert PATH… [--json]",
		Short: "Convert files or folders now and wait; prints each result's path",
		Long: `Convert files, or the assets in folders, now and wait. Each result's path is
printed on stdout. The daemon does it when it runs; otherwise this process does,
with the configuration, or with the local engine where there is none.`,
		Args: wants(1, many, "a file or a folder"),
		RunE: func(c *cobra.Command, args []string) error {
			paths := make([]string, len(args))
			for i, p := range args {
				abs, err := filepath.Abs(p)
				if err != nil {
					return err
				}
				if err := there(abs); err != nil {
					return err
				}
				paths[i] = abs
			}
			client, err := a.daemon(c.Context())
			switch {
			case err == nil:
				return a.convert(c.Context(), remote{client}, paths, asJSON)
			case errors.Is(err, control.ErrNotRunning):
				return a.convertHere(c.Context(), paths, asJSON)
			}
			return err
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// statLimit is how long a file named on the command line may take to be looked at:
// on a share whose server died it would be for ever.
const statLimit = 15 * time.Second

// there says what is wrong with a path that a person named.
func there(path string) error {
	answer := make(chan error, 1)
	go func() {
		_, err := os.Stat(path)
		answer <- err
	}()
	select {
	case err := <-answer:
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: there is no such file or folder", path)
		}
		return err
	case <-time.After(statLimit):
		return fmt.Errorf("%s: the file system does not answer", path)
	}
}

// convert has paths converted and prints the results.
func (a *app) convert(ctx context.Context, by converter, paths []string, asJSON bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed, err := queueOf(ctx, by)
	if err != nil {
		return err
	}
	jobs, err := by.Convert(ctx, paths)
	if err != nil {
		return stopped(err, "interrupted")
	}
	progress := a.progress()
	jobs, err = follow(ctx, by, jobs, changed, progress.see)
	progress.end()
	if err != nil {
		return stopped(err, "interrupted; what was submitted is followed when simdrop runs again")
	}
	if asJSON {
		if err := a.printJSON(jobs); err != nil {
			return err
		}
	} else {
		for _, j := range jobs {
			if j.State == control.Done && j.Simulates == "" {
				fmt.Fprintln(a.stdout, j.Result)
			}
		}
	}
	return a.outcome(jobs)
}

// convertHere converts in this process, without a daemon.
func (a *app) convertHere(ctx context.Context, paths []string, asJSON bool) (err error) {
	cfg, err := a.loadConfig()
	if errors.Is(err, config.ErrNotFound) {
		a.notef("no configuration: converting with the local engine")
		var cleanUp func() error
		if cfg, cleanUp, err = throwaway(); err == nil {
			defer func() { err = errors.Join(err, cleanUp()) }()
		}
	}
	if err != nil {
		return err
	}
	cfg.Control.Listen = "" // there is nothing to look at: we are gone in a moment
	// The command says itself what becomes of the jobs; the log is for trouble.
	log := slog.New(redact.Handler(a.logHandler(config.Log{Level: "error", Format: cfg.Log.Format}, a.stderr)))
	d, err := a.start.Daemon(daemonOptions{Config: cfg, Version: thisBuild().Version, Logger: log, NoWatch: true})
	if err != nil {
		return err
	}
	return a.with(ctx, d, func(ctx context.Context) error { return a.convert(ctx, inside{d}, paths, asJSON) })
}

// with runs d while do does its work; what ends first ends the other.
func (a *app) with(ctx context.Context, d Daemon, do func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- d.Run(ctx)
		stop()
	}()
	err := do(ctx)
	stop()
	derr := <-ended
	switch _, told := errors.AsType[exitError](err); {
	case derr == nil || errors.Is(derr, context.Canceled):
		return err
	case told:
		a.errorf("%v", derr)
		return err
	}
	return errors.Join(derr, err)
}

// throwaway is the configuration of the local engine with a state folder that is
// gone afterwards: nothing is paid for, so nothing must be remembered.
func throwaway() (*config.Config, func() error, error) {
	dir, err := os.MkdirTemp("", "simdrop-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a state folder: %w", err)
	}
	cfg := localConfig()
	cfg.StateDir = dir
	return cfg, func() error { return os.RemoveAll(dir) }, nil
}

// localConfig is a configuration without an account: the local engine for all.
func localConfig() *config.Config {
	cfg := config.Default()
	local := config.DefaultProvider(config.Local)
	local.Budget.ApproveAbove = 0 // nothing is spent
	cfg.Providers = map[string]config.Provider{config.Local: local}
	return &cfg
}
