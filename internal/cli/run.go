package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/service"
)

func (a *app) runCommand() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "run [--service NAME]",
		Short: "Run the daemon in the foreground; this is what the service runs",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			o := service.RunOptions{Name: name, Code: func(err error) int { return codeOf(err) }}
			err := service.Run(c.Context(), o, a.daemonMain)
			if name != "" && codeOf(err) == exitUsage {
				a.report(err)
				return nil // launchd and tasks would start it again and again
			}
			return err
		},
	}
	c.Flags().StringVar(&name, "service", "", "started in the background as `NAME`: keep a log file; end with 0 when the configuration is wrong")
	return c
}

func codeOf(err error) int {
	if err == nil {
		return exitOK
	}
	code, _ := judge(err)
	return code
}

// daemonMain runs the daemon for whoever started this process.
func (a *app) daemonMain(ctx context.Context, by *service.Supervisor) (err error) {
	a.env = by.Env(a.env)
	cfg, err := a.loadConfig()
	if err != nil {
		return errors.Join(err, a.tellBackground(by, err))
	}
	log, closeLog, err := a.serviceLogger(cfg.Log, by)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	for _, m := range cfg.Warnings {
		log.Warn("configuration", "file", cfg.File, "line", m.Line, "path", m.Path, "warning", m.Text)
	}
	if len(cfg.Watch) == 0 {
		log.Warn("no folder is watched", "file", cfg.File)
	}
	d, err := a.start.Daemon(daemonOptions{Config: cfg, Version: thisBuild().Version, Logger: log, Pulse: by.Beat, PulseEvery: by.Every})
	if err == nil {
		log.Info("running", "version", thisBuild().Version, "config", cfg.File, "state_dir", d.StateDir(), "control", d.Addr())
		err = d.Run(ctx)
	}
	switch {
	case by.Background == "":
	case err != nil:
		log.Error("ended", "err", err)
	default:
		log.Info("stopped")
	}
	return err
}

// tellBackground writes a configuration's mistakes where somebody will look: into
// the log that would have been.
func (a *app) tellBackground(by *service.Supervisor, mistakes error) error {
	if by.Background == "" {
		return nil
	}
	log, closeLog, err := a.serviceLogger(config.Default().Log, by)
	if err != nil {
		return err
	}
	for _, text := range texts(mistakes) {
		log.Error("wrong configuration", "err", text)
	}
	return closeLog()
}
