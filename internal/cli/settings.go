package cli

import (
	"context"
	"errors"
	"path/filepath"

	"simdrop/internal/config"
	"simdrop/internal/control"
)

// loadConfig reads the configuration. The error is a *configError, or
// config.ErrNotFound where there is none and none was named.
func (a *app) loadConfig() (*config.Config, error) {
	file, err := config.Find(a.configFlag, a.env)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(file, a.env)
	if err != nil {
		return nil, &configError{file, err}
	}
	return c, nil
}

// daemon returns a client of the running daemon. With a configuration it is the
// one that uses its state folder; without one, whichever is there, also `try`.
func (a *app) daemon(ctx context.Context) (*control.Client, error) {
	c, err := a.loadConfig()
	switch {
	case err == nil && c.StateDir == config.StateDir(a.env):
		// Not set: a service that uses the same configuration has another place for it.
		return control.Find(ctx, config.StateDirs(a.env)...)
	case err == nil:
		return control.Find(ctx, c.StateDir)
	case errors.Is(err, config.ErrNotFound):
		return control.Find(ctx, append(config.StateDirs(a.env), a.tryStates()...)...)
	}
	return nil, err
}

// tryStates are the state folders of `try`.
func (a *app) tryStates() []string {
	dirs, _ := filepath.Glob(filepath.Join(config.StateDir(a.env), "try", "*")) // the pattern is well-formed
	return dirs
}

// warn tells what is odd in the configuration.
func (a *app) warn(c *config.Config) {
	for _, m := range c.Warnings {
		a.notef("simdrop: warning: %s: %s", c.File, m)
	}
	for _, p := range c.Providers {
		if p.APIKeyFile == "" {
			continue
		}
		if w := config.KeyFileWarning(p.APIKeyFile); w != "" {
			a.notef("simdrop: warning: %s", w)
		}
	}
}
