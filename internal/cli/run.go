package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

func (a *app) runCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the daemon in the foreground; this is what the service runs",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) (err error) {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			log, closeLog, err := a.logger(cfg.Log)
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
			d, err := a.start.Daemon(daemonOptions{Config: cfg, Version: thisBuild().Version, Logger: log})
			if err != nil {
				return err
			}
			log.Info("running", "version", thisBuild().Version, "config", cfg.File, "state_dir", d.StateDir(), "control", d.Addr())
			return d.Run(c.Context())
		},
	}
}
