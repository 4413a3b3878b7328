package cli

import (
	"context"
	"log/slog"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/daemon"
	"simdrop/internal/dashboard"
	"simdrop/internal/engine/child"
	"simdrop/queue"
)

// daemonOptions says which daemon a command wants.
type daemonOptions struct {
	Config  *config.Config
	Version string
	Logger  *slog.Logger
	// NoWatch leaves the configured folders alone: for converting named paths.
	NoWatch bool
	// AnyPort takes a free port where the configured one is in use.
	AnyPort bool
	// Converter is the command line of the local engine's child.
	Converter []string
	// Probe examines the queue before it is opened.
	Probe queue.Prober
	// Pulse is told when the daemon is up, and then that it lives, with a line for people.
	Pulse      func(status string)
	PulseEvery time.Duration
}

// Daemon is an opened daemon.
type Daemon interface {
	dashboard.Backend
	// Run works until ctx ends, stops in an orderly way and closes everything.
	Run(ctx context.Context) error
	// Addr is the control API's address, empty when it is turned off.
	Addr() string
	StateDir() string
	// Close closes a daemon that was not run.
	Close() error
}

// engineOptions says where the local engine listens.
type engineOptions struct {
	Listen  string // host:port, port 0 picks one
	Version string
	Logger  *slog.Logger
}

// Engine is the local engine as a server, opened.
type Engine interface {
	Run(ctx context.Context) error
	// BaseURL is what a provider's base_url is set to.
	BaseURL() string
}

// starter makes daemons and engines.
type starter interface {
	Daemon(daemonOptions) (Daemon, error)
	Engine(engineOptions) (Engine, error)
}

// daemons is the starter of the program itself.
type daemons struct{}

func (daemons) Daemon(o daemonOptions) (Daemon, error) {
	probe, err := examiner()
	if err != nil {
		return nil, err
	}
	o.Converter, o.Probe = child.Self(), probe
	return daemon.New(daemon.Options(o))
}

func (daemons) Engine(o engineOptions) (Engine, error) {
	return daemon.OpenEngine(daemon.EngineOptions{Listen: o.Listen, Version: o.Version, Logger: o.Logger, Converter: child.Self()})
}
